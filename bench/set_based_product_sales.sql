-- The baseline of a rebuild: product_sales from the log in one statement, by the sqlite3 shell.
-- The log is attached as `log`.

CREATE TABLE product_sales (
  product_id TEXT NOT NULL,
  currency   TEXT NOT NULL,
  units      INTEGER NOT NULL,
  revenue    INTEGER NOT NULL,
  PRIMARY KEY (product_id, currency)
) STRICT, WITHOUT ROWID;

CREATE TEMP TABLE kinds (type INTEGER PRIMARY KEY, sign INTEGER);
INSERT INTO kinds
SELECT t.type, k.column2
  FROM (VALUES ('order.placed.v1', 1), ('order.cancelled.v1', -1)) AS k
  JOIN log.types AS t ON t.name = k.column1;

INSERT INTO product_sales
SELECT item.value ->> 'productId', e.data ->> 'currency',
       sum(k.sign * (item.value ->> 'quantity')) AS units,
       sum(k.sign * (item.value ->> 'quantity') * (item.value ->> 'unitPrice'))
  FROM log.events AS e
  CROSS JOIN kinds AS k ON k.type = e.type
  CROSS JOIN json_each(e.data, '$.items') AS item
 WHERE k.sign = 1 OR e.data ->> 'wasPlaced'
 GROUP BY 1, 2
HAVING units <> 0;

CREATE INDEX product_sales_by_revenue ON product_sales (currency, revenue);
