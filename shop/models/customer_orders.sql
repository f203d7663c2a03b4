-- Orders of each customer, per currency. An order counts from when it is placed until it is
-- cancelled; a customer without a counting order has no row.

-- schema
CREATE TABLE customer_orders (
  customer_id   TEXT NOT NULL,
  currency      TEXT NOT NULL,      -- currency of the total, an ISO 4217 code
  orders        INTEGER NOT NULL,   -- number of orders that count
  total         INTEGER NOT NULL,   -- sum of their totals, in minor units of the currency
  last_order_at TEXT NOT NULL,      -- time of the newest of these orders
  PRIMARY KEY (customer_id, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_orders_by_total ON customer_orders (currency, total);

-- One row per order that counts: it has the next newest order when the newest is cancelled.
CREATE TABLE customer_order_times (
  customer_id TEXT NOT NULL,
  currency    TEXT NOT NULL,   -- currency of the order, an ISO 4217 code
  ordered_at  TEXT NOT NULL,   -- time of the order
  order_id    TEXT NOT NULL,
  PRIMARY KEY (customer_id, currency, ordered_at, order_id)
) STRICT, WITHOUT ROWID;

-- on order.placed.v1
INSERT INTO customer_order_times (customer_id, currency, ordered_at, order_id)
VALUES (:data ->> 'customerId', :data ->> 'currency', :data ->> 'orderedAt', :id);

INSERT INTO customer_orders (customer_id, currency, orders, total, last_order_at)
VALUES (:data ->> 'customerId', :data ->> 'currency', 1, :data ->> 'total', :data ->> 'orderedAt')
    ON CONFLICT DO UPDATE
   SET orders = orders + 1,
       total = total + excluded.total,
       last_order_at = max(last_order_at, excluded.last_order_at);

-- on order.cancelled.v1
DELETE FROM customer_order_times
 WHERE :data ->> 'wasPlaced'
   AND customer_id = :data ->> 'customerId' AND currency = :data ->> 'currency'
   AND ordered_at = :data ->> 'orderedAt' AND order_id = :id;

UPDATE customer_orders
   SET orders = orders - 1,
       total = total - (:data ->> 'total'),
       last_order_at = coalesce((SELECT max(t.ordered_at) FROM customer_order_times AS t
                                  WHERE t.customer_id = customer_orders.customer_id
                                    AND t.currency = customer_orders.currency), '')
 WHERE :data ->> 'wasPlaced'
   AND customer_id = :data ->> 'customerId' AND currency = :data ->> 'currency';

DELETE FROM customer_orders
 WHERE customer_id = :data ->> 'customerId' AND currency = :data ->> 'currency' AND orders = 0;

-- query best_customers (currency text, most integer = 20)
SELECT customer_id, orders, total, last_order_at FROM customer_orders
 WHERE currency = :currency ORDER BY total DESC LIMIT :most;
