-- One row per order: its destination and its value. Queried by city.

-- schema
CREATE TABLE city_orders (
  order_id TEXT PRIMARY KEY,
  city     TEXT,
  currency TEXT NOT NULL,
  total    INTEGER NOT NULL DEFAULT 0,   -- minor units
  status   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX city_orders_by_city ON city_orders (currency, city);

-- on order.created.v1
INSERT INTO city_orders (order_id, city, currency, status)
VALUES (:id, :data -> 'shipTo' ->> 'city', :data ->> 'currency', 'open');

-- on order.item.added.v1
UPDATE city_orders SET total = total + (:data ->> 'quantity') * (:data ->> 'unitPrice')
 WHERE order_id = :id;

-- on order.cancelled.v1
UPDATE city_orders SET status = 'cancelled' WHERE order_id = :id;

-- query best_cities (currency text, most integer = 10)
SELECT city, count(*) AS orders, sum(total) AS total
  FROM city_orders
 WHERE currency = :currency AND status <> 'cancelled' AND total > 0
 GROUP BY city ORDER BY total DESC, city LIMIT :most;
