-- Upstream's db.json to the tables of schema.sql. Its amounts have two decimals, so that nothing is lost in cents.

INSERT INTO users (user_id, position, first_name, last_name, email, address1, address2, city, country, state, zip)
SELECT u.key, row_number() OVER (ORDER BY u.id) - 1, u.value ->> '$.name.first_name', u.value ->> '$.name.last_name', u.value ->> '$.email',
       u.value ->> '$.address.address1', u.value ->> '$.address.address2', u.value ->> '$.address.city', u.value ->> '$.address.country',
       u.value ->> '$.address.state', u.value ->> '$.address.zip'
  FROM json_each(:db, '$.users') AS u;

INSERT INTO payment_methods (payment_method_id, user_id, kind, brand, last_four, balance_cents)
SELECT m.key, u.key, m.value ->> '$.source', m.value ->> '$.brand', m.value ->> '$.last_four',
       CAST(round((m.value ->> '$.balance') * 100) AS INTEGER)
  FROM json_each(:db, '$.users') AS u, json_each(u.value, '$.payment_methods') AS m;

INSERT INTO products (product_id, name)
SELECT p.key, p.value ->> '$.name' FROM json_each(:db, '$.products') AS p;

INSERT INTO variants (item_id, product_id, available, price_cents, options)
SELECT v.key, p.key, v.value ->> '$.available', CAST(round((v.value ->> '$.price') * 100) AS INTEGER), v.value -> '$.options'
  FROM json_each(:db, '$.products') AS p, json_each(p.value, '$.variants') AS v;

-- An order's place in its user's list is in the user's document.
INSERT INTO orders (order_id, user_id, position, status, address1, address2, city, country, state, zip, cancel_reason,
                    exchange_payment_method_id, exchange_difference_cents, return_payment_method_id)
SELECT o.key, u.key, l.key, o.value ->> '$.status',
       o.value ->> '$.address.address1', o.value ->> '$.address.address2', o.value ->> '$.address.city', o.value ->> '$.address.country',
       o.value ->> '$.address.state', o.value ->> '$.address.zip', o.value ->> '$.cancel_reason', o.value ->> '$.exchange_payment_method_id',
       CAST(round((o.value ->> '$.exchange_price_difference') * 100) AS INTEGER), o.value ->> '$.return_payment_method_id'
  FROM json_each(:db, '$.users') AS u, json_each(u.value, '$.orders') AS l, json_each(:db, '$.orders') AS o
 WHERE o.key = l.value;

INSERT INTO order_items (order_id, position, item_id, price_cents, options)
SELECT o.key, i.key, i.value ->> '$.item_id', CAST(round((i.value ->> '$.price') * 100) AS INTEGER), i.value -> '$.options'
  FROM json_each(:db, '$.orders') AS o, json_each(o.value, '$.items') AS i;

INSERT INTO order_payments (order_id, position, kind, amount_cents, payment_method_id)
SELECT o.key, p.key, p.value ->> '$.transaction_type', CAST(round((p.value ->> '$.amount') * 100) AS INTEGER), p.value ->> '$.payment_method_id'
  FROM json_each(:db, '$.orders') AS o, json_each(o.value, '$.payment_history') AS p;

INSERT INTO fulfillments (order_id, position)
SELECT o.key, f.key FROM json_each(:db, '$.orders') AS o, json_each(o.value, '$.fulfillments') AS f;

INSERT INTO fulfillment_trackings (order_id, fulfillment, position, tracking_id)
SELECT o.key, f.key, t.key, t.value
  FROM json_each(:db, '$.orders') AS o, json_each(o.value, '$.fulfillments') AS f, json_each(f.value, '$.tracking_id') AS t;

INSERT INTO fulfillment_items (order_id, fulfillment, position, item_id)
SELECT o.key, f.key, t.key, t.value
  FROM json_each(:db, '$.orders') AS o, json_each(o.value, '$.fulfillments') AS f, json_each(f.value, '$.item_ids') AS t;

INSERT INTO exchange_items (order_id, position, item_id, new_item_id)
SELECT o.key, e.key, e.value, o.value ->> ('$.exchange_new_items[' || e.key || ']')
  FROM json_each(:db, '$.orders') AS o, json_each(o.value, '$.exchange_items') AS e
 WHERE e.type = 'text';

INSERT INTO return_items (order_id, position, item_id)
SELECT o.key, r.key, r.value
  FROM json_each(:db, '$.orders') AS o, json_each(o.value, '$.return_items') AS r
 WHERE r.type = 'text';
