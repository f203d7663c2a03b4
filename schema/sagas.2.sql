-- sagas.db, version 2: what is read at every start does not grow with the sagas that have ended.

-- Sagas by kind and phase, kept up to date by the triggers below.
CREATE TABLE phases (
  saga  TEXT NOT NULL,
  phase TEXT NOT NULL,
  sagas INTEGER NOT NULL,
  PRIMARY KEY (saga, phase)
) STRICT, WITHOUT ROWID;
INSERT INTO phases (saga, phase, sagas) SELECT saga, phase, count(*) FROM sagas GROUP BY saga, phase;

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

CREATE INDEX sagas_running ON sagas (saga, version, id) WHERE phase <> 'ended';
