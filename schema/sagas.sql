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
  UNIQUE (saga, id)
) STRICT;
CREATE INDEX sagas_due ON sagas (number) WHERE due = 1;
CREATE INDEX sagas_by_phase ON sagas (phase, saga, updated_us);

-- What is still to be sent, or sent and not answered. Kinds: command, question, event.
CREATE TABLE outbox (
  number        INTEGER PRIMARY KEY AUTOINCREMENT,
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

-- One timer a saga at most. The smallest due_us is all the runner looks at.
CREATE TABLE timers (
  saga   INTEGER PRIMARY KEY REFERENCES sagas (number),
  due_us INTEGER NOT NULL
) STRICT;
CREATE INDEX timers_by_due ON timers (due_us);

CREATE TABLE history (
  number INTEGER PRIMARY KEY,
  saga   INTEGER NOT NULL REFERENCES sagas (number),
  at_us  INTEGER NOT NULL,
  kind   TEXT NOT NULL,                      -- event, command, answer, timer, step, person
  what   TEXT NOT NULL
) STRICT;
CREATE INDEX history_of_saga ON history (saga, number);
