-- sagas.db, version 1: where every saga is, what it has still to send, when it is to be woken.
-- Written by whoever holds its lock: `annal saga`, or a task while that is not running.

-- How far the runner has come in the log.
CREATE TABLE runner (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  id       TEXT NOT NULL,     -- made with the file: part of every Idempotency-Key
  log_id   TEXT NOT NULL,
  position INTEGER NOT NULL,
  hash     BLOB NOT NULL
) STRICT;

CREATE TABLE sagas (
  number        INTEGER PRIMARY KEY,
  saga          TEXT NOT NULL,
  id            TEXT NOT NULL,
  version       INTEGER NOT NULL,            -- of the table of steps it began with
  phase         TEXT NOT NULL,
  step          TEXT NOT NULL,
  reason        TEXT NOT NULL DEFAULT '',
  facts         TEXT NOT NULL,               -- JSON
  due           INTEGER NOT NULL DEFAULT 0,  -- has learnt something it has not planned on
  pending       INTEGER NOT NULL DEFAULT 0,  -- number in the outbox of its command under way; 0: none
  abandoned     INTEGER NOT NULL DEFAULT 0,
  sent          INTEGER NOT NULL DEFAULT 0,  -- commands so far
  told          INTEGER NOT NULL DEFAULT 0,  -- events of its own so far
  correlation   TEXT NOT NULL,
  traceparent   TEXT NOT NULL,
  started_us    INTEGER NOT NULL,
  updated_us    INTEGER NOT NULL,
  wakes_us      INTEGER,                     -- its timer; NULL: none
  forgotten     INTEGER NOT NULL DEFAULT 0,  -- its history was removed, long after it had ended
  UNIQUE (saga, id)
) STRICT;
CREATE INDEX sagas_due ON sagas (number) WHERE due = 1;
CREATE INDEX sagas_by_phase ON sagas (phase, saga);
-- The first of it is all the runner looks at, however many there are.
CREATE INDEX sagas_by_timer ON sagas (wakes_us) WHERE wakes_us IS NOT NULL;
CREATE INDEX sagas_to_forget ON sagas (updated_us) WHERE phase = 'ended' AND forgotten = 0;

-- What is still to be sent, or sent and not answered. Kinds: command, question, event.
CREATE TABLE outbox (
  number        INTEGER PRIMARY KEY,
  saga          INTEGER NOT NULL REFERENCES sagas (number),
  kind          TEXT NOT NULL,
  category      TEXT NOT NULL,
  target        TEXT NOT NULL,
  command       TEXT NOT NULL,               -- of an event: its type
  body          TEXT NOT NULL,
  idempotency   TEXT NOT NULL,               -- the key; of an event: its id
  message       TEXT NOT NULL,               -- the command's own id, the causation of its events
  correlation   TEXT NOT NULL,
  traceparent   TEXT NOT NULL,
  first_sent_us INTEGER                      -- NULL: never
) STRICT;

-- What happened, a row each time a saga took something: lines of KIND, tab, WHAT. Kinds: event,
-- command, compensation, answer, given-up, timer, step, person.
CREATE TABLE history (
  number INTEGER PRIMARY KEY,
  saga   INTEGER NOT NULL REFERENCES sagas (number),
  at_us  INTEGER NOT NULL,
  lines  TEXT NOT NULL
) STRICT;
CREATE INDEX history_of_saga ON history (saga);
