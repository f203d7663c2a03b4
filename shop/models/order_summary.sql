-- One row per order, for customers and the shop. total is the sum of its current lines; status is its
-- current status.

-- schema
CREATE TABLE order_summary (
  order_id    TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL,
  -- current status: created, placed, paid, confirmed, shipped, delivered or cancelled
  status      TEXT NOT NULL,
  item_count  INTEGER NOT NULL DEFAULT 0,   -- number of lines
  total       INTEGER NOT NULL DEFAULT 0,   -- total of its lines, in minor units of the currency
  currency    TEXT NOT NULL,                -- currency of the total, an ISO 4217 code
  created_at  TEXT NOT NULL,
  updated_at  TEXT NOT NULL,                -- time of its newest event
  version     INTEGER NOT NULL              -- version of the order's stream
) STRICT, WITHOUT ROWID;
CREATE INDEX order_summary_by_customer ON order_summary (customer_id, updated_at);
CREATE INDEX order_summary_by_status ON order_summary (status, updated_at);

-- on order.created.v1
INSERT INTO order_summary
       (order_id, customer_id, status, currency, created_at, updated_at, version)
VALUES (:id, :data ->> 'customerId', 'created', :data ->> 'currency', :time, :time, :version);

-- on order.item.added.v1
UPDATE order_summary
   SET item_count = item_count + 1,
       total = total + (:data ->> 'quantity') * (:data ->> 'unitPrice'),
       updated_at = :time, version = :version
 WHERE order_id = :id;

-- on order.item.removed.v1
UPDATE order_summary
   SET item_count = item_count - 1,
       total = total - (:data ->> 'quantity') * (:data ->> 'unitPrice'),
       updated_at = :time, version = :version
 WHERE order_id = :id;

-- on order.placed.v1
UPDATE order_summary SET status = 'placed', updated_at = :time, version = :version
 WHERE order_id = :id;

-- on order.payment.received.v1
UPDATE order_summary SET status = 'paid', updated_at = :time, version = :version
 WHERE order_id = :id;

-- on order.confirmed.v1
UPDATE order_summary SET status = 'confirmed', updated_at = :time, version = :version
 WHERE order_id = :id;

-- on order.shipped.v1
UPDATE order_summary SET status = 'shipped', updated_at = :time, version = :version
 WHERE order_id = :id;

-- on order.delivered.v1
UPDATE order_summary SET status = 'delivered', updated_at = :time, version = :version
 WHERE order_id = :id;

-- on order.cancelled.v1
UPDATE order_summary SET status = 'cancelled', updated_at = :time, version = :version
 WHERE order_id = :id;

-- query orders_of_customer (customer_id text, most integer = 100)
SELECT * FROM order_summary WHERE customer_id = :customer_id ORDER BY updated_at DESC LIMIT :most;

-- query orders_by_status
SELECT status, currency, count(*) AS orders, sum(total) AS total
  FROM order_summary GROUP BY status, currency ORDER BY status, currency;
