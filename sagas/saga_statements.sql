-- The statements of sagas.db that its store runs. base/statement_set.h says how they are found.

-- ---- the runner ----

-- name: runner_add
INSERT INTO runner (one, id, log_id, position, hash) VALUES (1, ?1, ?2, ?3, ?4)

-- name: runner_read
SELECT id, log_id, position, hash FROM runner

-- name: runner_save
UPDATE runner SET log_id = ?1, position = ?2, hash = ?3

-- ---- sagas ----

-- name: saga_add
INSERT INTO sagas (saga, id, version, phase, step, facts, correlation, traceparent, started_us, updated_us)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
ON CONFLICT DO NOTHING
RETURNING number

-- name: saga_find
SELECT number, saga, id, version, phase, step, reason, facts, due, pending, abandoned, sent, told,
       correlation, traceparent, wakes_us
  FROM sagas WHERE saga = ?1 AND id = ?2

-- name: saga_read
SELECT number, saga, id, version, phase, step, reason, facts, due, pending, abandoned, sent, told,
       correlation, traceparent, wakes_us
  FROM sagas WHERE number = ?1

-- name: saga_save
UPDATE sagas SET phase = ?2, step = ?3, reason = ?4, facts = ?5, due = ?6, pending = ?7, abandoned = ?8,
                 sent = ?9, told = ?10, updated_us = ?11, wakes_us = nullif(?12, 0), forgotten = 0
 WHERE number = ?1

-- name: saga_due
SELECT number FROM sagas WHERE due = 1 ORDER BY number LIMIT 1

-- name: saga_counts
SELECT saga, phase, sagas FROM phases WHERE sagas > 0 ORDER BY saga, phase

-- name: saga_versions
SELECT saga, version, count(*), min(id), max(id) FROM sagas WHERE phase <> 'ended' GROUP BY saga, version

-- ---- the outbox ----

-- name: outbox_last
SELECT coalesce(max(number), 0) FROM outbox

-- name: outbox_add
INSERT INTO outbox (number, saga, kind, category, target, command, body, idempotency, message, correlation,
                    traceparent, first_sent_us)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, nullif(?12, 0))

-- name: outbox_remove
DELETE FROM outbox WHERE number = ?1 RETURNING saga

-- name: outbox_after
SELECT number, kind, category, target, command, body, idempotency, message, correlation, traceparent, first_sent_us,
       kind <> 'event' AND (SELECT abandoned FROM sagas WHERE sagas.number = outbox.saga)
  FROM outbox WHERE number > ?1 ORDER BY number LIMIT ?2

-- name: outbox_mark
UPDATE outbox SET first_sent_us = coalesce(first_sent_us, ?3)
 WHERE number IN (SELECT number FROM outbox WHERE number > ?1 ORDER BY number LIMIT ?2)

-- name: outbox_remove_unsent
DELETE FROM outbox WHERE number = ?1 AND first_sent_us IS NULL

-- name: outbox_shift
UPDATE outbox SET first_sent_us = first_sent_us + ?1 WHERE first_sent_us IS NOT NULL

-- ---- timers ----

-- name: timer_next
SELECT number, wakes_us FROM sagas WHERE wakes_us IS NOT NULL ORDER BY wakes_us LIMIT 1

-- name: timer_shift
UPDATE sagas SET wakes_us = wakes_us + ?1 WHERE wakes_us IS NOT NULL

-- ---- history ----

-- name: history_add
INSERT INTO history (saga, at_us, lines) VALUES (?1, ?2, ?3)

-- name: forget_next
SELECT number, updated_us FROM sagas WHERE phase = 'ended' AND forgotten = 0 ORDER BY updated_us LIMIT 1

-- name: forget_history
DELETE FROM history WHERE saga = ?1

-- name: forget_mark
UPDATE sagas SET forgotten = 1 WHERE number = ?1

-- ---- reports ----

-- name: list
SELECT saga, id, phase, step, reason, started_us, updated_us, version
  FROM sagas
 WHERE (?1 = '' OR phase = ?1) AND (?1 <> '' OR ?2 OR phase <> 'ended')
 ORDER BY updated_us DESC, number DESC LIMIT ?3

-- name: show
SELECT number, saga, id, phase, step, reason, started_us, updated_us, version, facts, wakes_us, forgotten
  FROM sagas WHERE id = ?1 AND (?2 = '' OR saga = ?2) ORDER BY saga

-- name: show_history
SELECT at_us, lines FROM history WHERE saga = ?1 ORDER BY number

-- name: show_outbox
SELECT kind, category, target, command, first_sent_us FROM outbox WHERE saga = ?1 ORDER BY number
