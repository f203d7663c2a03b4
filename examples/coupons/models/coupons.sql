-- One row per coupon: what it is worth, and for which order it was used.

-- schema
CREATE TABLE coupons (
  coupon_id   TEXT PRIMARY KEY,
  percent     INTEGER NOT NULL,
  order_id    TEXT,   -- NULL until it is redeemed
  issued_at   TEXT NOT NULL,
  redeemed_at TEXT
) STRICT, WITHOUT ROWID;

-- on coupon.issued.v1
INSERT INTO coupons (coupon_id, percent, issued_at) VALUES (:id, :data ->> 'percent', :time);

-- on coupon.redeemed.v1
UPDATE coupons SET order_id = :data ->> 'orderId', redeemed_at = :time WHERE coupon_id = :id;

-- query coupons_of_order
SELECT coupon_id, percent FROM coupons WHERE order_id = :order_id ORDER BY coupon_id LIMIT 100;
