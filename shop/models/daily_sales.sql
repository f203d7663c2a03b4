-- Sales per day and currency: counted on the UTC day the customer ordered, when the order is
-- placed; taken back from that day when it is cancelled. A day without sales has no row.

-- schema
CREATE TABLE daily_sales (
  day      TEXT NOT NULL,      -- day in UTC: 2026-11-23
  currency TEXT NOT NULL,      -- currency of the revenue, an ISO 4217 code
  orders   INTEGER NOT NULL,   -- number of orders placed and not cancelled
  revenue  INTEGER NOT NULL,   -- sum of their totals, in minor units of the currency
  PRIMARY KEY (day, currency)
) STRICT, WITHOUT ROWID;

-- on order.placed.v1
INSERT INTO daily_sales (day, currency, orders, revenue)
VALUES (substr(:data ->> 'orderedAt', 1, 10), :data ->> 'currency', 1, :data ->> 'total')
    ON CONFLICT DO UPDATE SET orders = orders + 1, revenue = revenue + excluded.revenue;

-- on order.cancelled.v1
UPDATE daily_sales SET orders = orders - 1, revenue = revenue - (:data ->> 'total')
 WHERE :data ->> 'wasPlaced'
   AND day = substr(:data ->> 'orderedAt', 1, 10) AND currency = :data ->> 'currency';

DELETE FROM daily_sales
 WHERE day = substr(:data ->> 'orderedAt', 1, 10) AND currency = :data ->> 'currency'
   AND orders = 0;

-- query sales_between (from_day text = '0000-01-01', to_day text = '9999-12-31')
SELECT day, currency, orders, revenue FROM daily_sales
 WHERE day BETWEEN :from_day AND :to_day ORDER BY day, currency;

-- query monthly_sales
SELECT substr(day, 1, 7) AS month, currency, sum(orders) AS orders, sum(revenue) AS revenue
  FROM daily_sales GROUP BY month, currency ORDER BY month, currency;
