-- One row per event of an order, with a sentence that describes it.
-- currency and minor_units repeat values of the order's first event, for the sentences of later
-- events: an amount of 1250 is written 12.50 where 100 minor units are one of the currency.

-- schema
CREATE TABLE order_history (
  order_id    TEXT NOT NULL,
  version     INTEGER NOT NULL,               -- version of the order's stream after this event
  at          TEXT NOT NULL,                  -- time of the event
  event_type  TEXT NOT NULL,
  what        TEXT NOT NULL,                  -- description of the event
  currency    TEXT,                           -- currency of the order, an ISO 4217 code
  minor_units INTEGER NOT NULL DEFAULT 100,   -- minor units in one unit of the currency: 100 for EUR
  PRIMARY KEY (order_id, version)
) STRICT, WITHOUT ROWID;

-- on order.created.v1
INSERT INTO order_history (order_id, version, at, event_type, what, currency, minor_units)
VALUES (:id, :version, :time, :type,
        format('created for customer %s in %s', :data ->> 'customerId', :data ->> 'currency'),
        :data ->> 'currency',
        CASE
          WHEN :data ->> 'currency' IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW',
                                        'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF',
                                        'XPF') THEN 1
          WHEN :data ->> 'currency' IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
          WHEN :data ->> 'currency' IN ('CLF', 'UYW') THEN 10000
          ELSE 100
        END);

-- on order.item.added.v1, order.item.removed.v1
INSERT INTO order_history (order_id, version, at, event_type, what, currency, minor_units)
SELECT :id, :version, :time, :type,
       format('%d × %s %s at %s %s', :data ->> 'quantity', :data ->> 'productId',
              CASE :type WHEN 'order.item.added.v1' THEN 'added' ELSE 'removed' END,
              CASE minor_units
                WHEN 1 THEN :data ->> 'unitPrice'
                ELSE format('%d.%0*d', (:data ->> 'unitPrice') / minor_units,
                            length(minor_units) - 1, (:data ->> 'unitPrice') % minor_units)
              END, currency),
       currency, minor_units
  FROM (SELECT coalesce(max(currency), '') AS currency, coalesce(max(minor_units), 100) AS minor_units
          FROM order_history WHERE order_id = :id AND version = 1);

-- on order.placed.v1
INSERT INTO order_history (order_id, version, at, event_type, what, currency, minor_units)
SELECT :id, :version, :time, :type,
       format('placed: %d %s, %s %s in all', json_array_length(:data, '$.items'),
              CASE json_array_length(:data, '$.items') WHEN 1 THEN 'line' ELSE 'lines' END,
              CASE minor_units
                WHEN 1 THEN :data ->> 'total'
                ELSE format('%d.%0*d', (:data ->> 'total') / minor_units,
                            length(minor_units) - 1, (:data ->> 'total') % minor_units)
              END, :data ->> 'currency'),
       currency, minor_units
  FROM (SELECT max(currency) AS currency, coalesce(max(minor_units), 100) AS minor_units
          FROM order_history WHERE order_id = :id AND version = 1);

-- on order.payment.received.v1
INSERT INTO order_history (order_id, version, at, event_type, what, currency, minor_units)
SELECT :id, :version, :time, :type,
       format('%s %s paid%s%s',
              CASE minor_units
                WHEN 1 THEN :data ->> 'amount'
                ELSE format('%d.%0*d', (:data ->> 'amount') / minor_units,
                            length(minor_units) - 1, (:data ->> 'amount') % minor_units)
              END, :data ->> 'currency',
              coalesce(' by ' || (:data ->> 'method'), ''),
              coalesce(', reference ' || (:data ->> 'reference'), '')),
       currency, minor_units
  FROM (SELECT max(currency) AS currency, coalesce(max(minor_units), 100) AS minor_units
          FROM order_history WHERE order_id = :id AND version = 1);

-- on order.confirmed.v1
INSERT INTO order_history (order_id, version, at, event_type, what)
VALUES (:id, :version, :time, :type, 'confirmed');

-- on order.shipped.v1
INSERT INTO order_history (order_id, version, at, event_type, what)
VALUES (:id, :version, :time, :type,
        format('shipped with %s%s', :data ->> 'carrier',
               coalesce(', tracking number ' || (:data ->> 'trackingNumber'), '')));

-- on order.delivered.v1
INSERT INTO order_history (order_id, version, at, event_type, what)
VALUES (:id, :version, :time, :type, 'delivered');

-- on order.cancelled.v1
INSERT INTO order_history (order_id, version, at, event_type, what)
VALUES (:id, :version, :time, :type, format('cancelled: %s', :data ->> 'reason'));

-- query history_of_order (order_id text)
SELECT version, at, event_type, what FROM order_history WHERE order_id = :order_id ORDER BY version;
