-- One row per order that is or was being fulfilled: the state of its saga, from the saga's events in the
-- stream saga/<order>. A rebuild reads these events again and sends no command.

-- schema
CREATE TABLE fulfilment (
  order_id   TEXT PRIMARY KEY,
  state      TEXT NOT NULL,   -- state of the saga: started, waiting, compensating, stuck or ended
  step       TEXT NOT NULL,   -- the current step of the saga
  reason     TEXT,            -- reason for which it is compensating, stuck or ended; NULL: none was stated
  started_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX fulfilment_by_state ON fulfilment (state, updated_at);

-- on saga.started.v1, saga.waiting.v1, saga.compensating.v1, saga.stuck.v1, saga.ended.v1
INSERT INTO fulfilment (order_id, state, step, reason, started_at, updated_at)
SELECT :id, substr(:type, 6, length(:type) - 8), :data ->> 'step', :data ->> 'reason', :time, :time
 WHERE :data ->> 'saga' = 'order_fulfilment'
ON CONFLICT (order_id) DO UPDATE
   SET state = excluded.state, step = excluded.step, reason = excluded.reason,
       updated_at = excluded.updated_at;

-- query stuck_orders
SELECT order_id, step, reason, updated_at FROM fulfilment WHERE state = 'stuck' ORDER BY updated_at;
