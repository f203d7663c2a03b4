-- Sales of each product, per currency: counted when an order is placed, taken back when it is
-- cancelled. A product without sales has no row.

-- schema
CREATE TABLE product_sales (
  product_id TEXT NOT NULL,
  currency   TEXT NOT NULL,      -- currency of the revenue, an ISO 4217 code
  units      INTEGER NOT NULL,   -- number of units sold
  revenue    INTEGER NOT NULL,   -- sum of units times unit price, in minor units of the currency
  PRIMARY KEY (product_id, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX product_sales_by_revenue ON product_sales (currency, revenue);

-- on order.placed.v1
INSERT INTO product_sales (product_id, currency, units, revenue)
SELECT value ->> 'productId', :data ->> 'currency', value ->> 'quantity',
       (value ->> 'quantity') * (value ->> 'unitPrice')
  FROM json_each(:data, '$.items') WHERE true
    ON CONFLICT DO UPDATE
   SET units = units + excluded.units, revenue = revenue + excluded.revenue;

-- on order.cancelled.v1
INSERT INTO product_sales (product_id, currency, units, revenue)
SELECT value ->> 'productId', :data ->> 'currency', -(value ->> 'quantity'),
       -(value ->> 'quantity') * (value ->> 'unitPrice')
  FROM json_each(:data, '$.items') WHERE :data ->> 'wasPlaced'
    ON CONFLICT DO UPDATE
   SET units = units + excluded.units, revenue = revenue + excluded.revenue;

DELETE FROM product_sales
 WHERE units = 0 AND currency = :data ->> 'currency'
   AND product_id IN (SELECT value ->> 'productId' FROM json_each(:data, '$.items'));

-- query best_sellers (currency text, most integer = 20)
SELECT product_id, units, revenue FROM product_sales
 WHERE currency = :currency ORDER BY revenue DESC LIMIT :most;
