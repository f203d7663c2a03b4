-- One row per product: the quantity on hand, the part that is reserved, the part that is available.

-- schema
CREATE TABLE stock_levels (
  product_id TEXT PRIMARY KEY,
  name       TEXT,   -- name of the product; NULL until an event states it
  on_hand    INTEGER NOT NULL DEFAULT 0,   -- quantity in the warehouse
  reserved   INTEGER NOT NULL DEFAULT 0,   -- part of on_hand that is reserved for orders
  -- quantity that can still be sold
  available  INTEGER NOT NULL GENERATED ALWAYS AS (on_hand - reserved) VIRTUAL
) STRICT, WITHOUT ROWID;

-- on inventory.received.v1
INSERT INTO stock_levels (product_id, name, on_hand)
VALUES (:id, :data ->> 'name', :data ->> 'quantity')
    ON CONFLICT DO UPDATE
   SET on_hand = on_hand + excluded.on_hand, name = coalesce(excluded.name, name);

-- on inventory.reserved.v1
UPDATE stock_levels SET reserved = reserved + (:data ->> 'quantity') WHERE product_id = :id;

-- on inventory.released.v1
UPDATE stock_levels SET reserved = reserved - (:data ->> 'quantity') WHERE product_id = :id;

-- on inventory.shipped.v1
UPDATE stock_levels
   SET on_hand = on_hand - (:data ->> 'quantity'), reserved = reserved - (:data ->> 'quantity')
 WHERE product_id = :id;

-- query low_stock (at_most integer = 10, most integer = 100)
SELECT product_id, name, on_hand, reserved, available FROM stock_levels
 WHERE available <= :at_most ORDER BY available, product_id LIMIT :most;
