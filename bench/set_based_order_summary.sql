-- The baseline of a rebuild: order_summary from the log in one statement, by the sqlite3 shell.
-- The log is attached as `log`. What makes it possible set-based: an order's statuses have one
-- order, so the latest is the greatest, and its latest time is its greatest time.

CREATE TABLE order_summary (
  order_id    TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL,
  status      TEXT NOT NULL,
  item_count  INTEGER NOT NULL DEFAULT 0,
  total       INTEGER NOT NULL DEFAULT 0,
  currency    TEXT NOT NULL,
  created_at  TEXT NOT NULL,
  updated_at  TEXT NOT NULL,
  version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TEMP TABLE kinds (
  type INTEGER PRIMARY KEY,
  step INTEGER,   -- of the status it leads to; NULL: none
  sign INTEGER    -- what a line of it counts; NULL: it has no line
);
INSERT INTO kinds
SELECT t.type, k.column2, k.column3
  FROM (VALUES ('order.created.v1', 0, NULL), ('order.item.added.v1', NULL, 1),
               ('order.item.removed.v1', NULL, -1), ('order.placed.v1', 1, NULL),
               ('order.payment.received.v1', 2, NULL), ('order.confirmed.v1', 3, NULL),
               ('order.shipped.v1', 4, NULL), ('order.delivered.v1', 5, NULL),
               ('order.cancelled.v1', 6, NULL)) AS k
  JOIN log.types AS t ON t.name = k.column1;

INSERT INTO order_summary
SELECT s.id,
       max(CASE k.step WHEN 0 THEN e.data ->> 'customerId' END),
       CASE max(k.step) WHEN 0 THEN 'created' WHEN 1 THEN 'placed' WHEN 2 THEN 'paid'
                        WHEN 3 THEN 'confirmed' WHEN 4 THEN 'shipped' WHEN 5 THEN 'delivered'
                        WHEN 6 THEN 'cancelled' END,
       coalesce(sum(k.sign), 0),
       coalesce(sum(CASE WHEN k.sign IS NOT NULL THEN
                    k.sign * (e.data ->> 'quantity') * (e.data ->> 'unitPrice') END), 0),
       max(CASE k.step WHEN 0 THEN e.data ->> 'currency' END),
       strftime('%Y-%m-%dT%H:%M:%S', min(e.time) / 1000000, 'unixepoch')
         || printf('.%06dZ', min(e.time) % 1000000),
       strftime('%Y-%m-%dT%H:%M:%S', max(e.time) / 1000000, 'unixepoch')
         || printf('.%06dZ', max(e.time) % 1000000),
       max(e.version)
  FROM log.events AS e
  CROSS JOIN kinds AS k ON k.type = e.type
  CROSS JOIN log.streams AS s ON s.stream = e.stream
 GROUP BY e.stream;

CREATE INDEX order_summary_by_customer ON order_summary (customer_id, updated_at);
CREATE INDEX order_summary_by_status ON order_summary (status, updated_at);
