-- sagas.db, schema version 3: the state of every saga, its messages to send, its timer, its history.
-- Written by the process that holds its lock: `annal saga`, or a task while that is not running.

-- The position of the runner in the log.
CREATE TABLE runner (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  id       TEXT NOT NULL,     -- generated with the file; part of every Idempotency-Key
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
  due           INTEGER NOT NULL DEFAULT 0,  -- its facts have changed since it decided
  pending       INTEGER NOT NULL DEFAULT 0,  -- number of its message in the outbox without an answer; 0: none
  abandoned     INTEGER NOT NULL DEFAULT 0,
  sent          INTEGER NOT NULL DEFAULT 0,  -- commands so far
  told          INTEGER NOT NULL DEFAULT 0,  -- its own events so far
  correlation   TEXT NOT NULL,
  traceparent   TEXT NOT NULL,
  started_us    INTEGER NOT NULL,
  updated_us    INTEGER NOT NULL,
  wakes_us      INTEGER,                     -- its timer; NULL: none
  forgotten     INTEGER NOT NULL DEFAULT 0,  -- its history was removed, long after it had ended
  UNIQUE (saga, id)
) STRICT;
CREATE INDEX sagas_running ON sagas (saga, version, id) WHERE phase <> 'ended';
CREATE INDEX sagas_due ON sagas (number) WHERE due = 1;
CREATE INDEX sagas_by_phase ON sagas (phase, saga);
-- The runner reads only the first.
CREATE INDEX sagas_by_timer ON sagas (wakes_us) WHERE wakes_us IS NOT NULL;
CREATE INDEX sagas_to_forget ON sagas (updated_us) WHERE phase = 'ended' AND forgotten = 0;

-- Sagas by kind and phase, kept up to date by the triggers below, so that a start does not count them.
CREATE TABLE phases (
  saga  TEXT NOT NULL,
  phase TEXT NOT NULL,
  sagas INTEGER NOT NULL,
  PRIMARY KEY (saga, phase)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER phases_count_a_new_saga AFTER INSERT ON sagas
BEGIN
  INSERT INTO phases (saga, phase, sagas) VALUES (NEW.saga, NEW.phase, 1)
  ON CONFLICT DO UPDATE SET sagas = sagas + 1;
END;
CREATE TRIGGER phases_count_a_move AFTER UPDATE OF phase ON sagas WHEN NEW.phase <> OLD.phase
BEGIN
  UPDATE phases SET sagas = sagas - 1 WHERE saga = OLD.saga AND phase = OLD.phase;
  INSERT INTO phases (saga, phase, sagas) VALUES (NEW.saga, NEW.phase, 1)
  ON CONFLICT DO UPDATE SET sagas = sagas + 1;
END;

-- Messages to send, or sent and not answered. Kinds: command, question, event.
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

-- A row for each input of a saga: lines of KIND, tab, WHAT. Kinds: event, command, compensation, answer,
-- given-up, timer, step, operator.
CREATE TABLE history (
  number INTEGER PRIMARY KEY,
  saga   INTEGER NOT NULL REFERENCES sagas (number),
  at_us  INTEGER NOT NULL,
  lines  TEXT NOT NULL
) STRICT;
CREATE INDEX history_of_saga ON history (saga);
