-- A shop and its customers. Money is integer cents. A list is a child table of (parent, position), counted from 0.

CREATE TABLE users (
  user_id TEXT PRIMARY KEY,
  position INTEGER NOT NULL,  -- among all users: a search takes the first who fits
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT NOT NULL,
  address1 TEXT NOT NULL,
  address2 TEXT NOT NULL,
  city TEXT NOT NULL,
  country TEXT NOT NULL,
  state TEXT NOT NULL,
  zip TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_email ON users (lower(email));
CREATE INDEX users_by_name ON users (lower(last_name), lower(first_name));

CREATE TABLE payment_methods (
  payment_method_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (user_id),
  kind TEXT NOT NULL CHECK (kind IN ('credit_card', 'gift_card', 'paypal')),
  brand TEXT,
  last_four TEXT,
  balance_cents INTEGER CHECK (balance_cents >= 0),
  CHECK ((kind = 'credit_card') = (brand IS NOT NULL) AND (kind = 'credit_card') = (last_four IS NOT NULL)),
  CHECK ((kind = 'gift_card') = (balance_cents IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_methods_by_user ON payment_methods (user_id);

CREATE TABLE products (
  product_id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

-- What is sold: a product in one of its forms. Options are a free map, such as {"color": "red"}.
CREATE TABLE variants (
  item_id TEXT PRIMARY KEY,
  product_id TEXT NOT NULL REFERENCES products (product_id),
  available INTEGER NOT NULL CHECK (available IN (0, 1)),
  price_cents INTEGER NOT NULL,
  options TEXT NOT NULL CHECK (json_valid(options))
) STRICT, WITHOUT ROWID;
CREATE INDEX variants_by_product ON variants (product_id);

CREATE TABLE orders (
  order_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (user_id),
  position INTEGER NOT NULL,  -- among the user's orders
  status TEXT NOT NULL CHECK (status IN ('processed', 'pending', 'pending (item modified)', 'delivered', 'cancelled',
                                         'exchange requested', 'return requested')),
  address1 TEXT NOT NULL,
  address2 TEXT NOT NULL,
  city TEXT NOT NULL,
  country TEXT NOT NULL,
  state TEXT NOT NULL,
  zip TEXT NOT NULL,
  cancel_reason TEXT CHECK (cancel_reason IN ('no longer needed', 'ordered by mistake')),
  exchange_payment_method_id TEXT REFERENCES payment_methods (payment_method_id),
  exchange_difference_cents INTEGER,
  return_payment_method_id TEXT REFERENCES payment_methods (payment_method_id),
  UNIQUE (user_id, position),
  CHECK ((exchange_payment_method_id IS NULL) = (exchange_difference_cents IS NULL))
) STRICT, WITHOUT ROWID;

-- Price and options are those of the day of the order; they need not be the variant's of today.
CREATE TABLE order_items (
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  position INTEGER NOT NULL,
  item_id TEXT NOT NULL REFERENCES variants (item_id),
  price_cents INTEGER NOT NULL,
  options TEXT NOT NULL CHECK (json_valid(options)),
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_payments (
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('payment', 'refund')),
  amount_cents INTEGER NOT NULL CHECK (amount_cents >= 0),
  payment_method_id TEXT NOT NULL REFERENCES payment_methods (payment_method_id),
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE fulfillments (
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  position INTEGER NOT NULL,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE fulfillment_trackings (
  order_id TEXT NOT NULL,
  fulfillment INTEGER NOT NULL,
  position INTEGER NOT NULL,
  tracking_id TEXT NOT NULL,
  PRIMARY KEY (order_id, fulfillment, position),
  FOREIGN KEY (order_id, fulfillment) REFERENCES fulfillments (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE fulfillment_items (
  order_id TEXT NOT NULL,
  fulfillment INTEGER NOT NULL,
  position INTEGER NOT NULL,
  item_id TEXT NOT NULL,
  PRIMARY KEY (order_id, fulfillment, position),
  FOREIGN KEY (order_id, fulfillment) REFERENCES fulfillments (order_id, position)
) STRICT, WITHOUT ROWID;

-- What goes back, and what comes for it.
CREATE TABLE exchange_items (
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  position INTEGER NOT NULL,
  item_id TEXT NOT NULL,
  new_item_id TEXT NOT NULL,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE return_items (
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  position INTEGER NOT NULL,
  item_id TEXT NOT NULL,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

-- @if quirks
-- Upstream keeps money in floating point. The cents above say all of it, but for two traces of its arithmetic, which are kept
-- apart so that the rest can be exact.

-- Where a payment is a sum that was never rounded: what it is off its cents, in dollars.
CREATE TABLE payment_drifts (
  order_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  dollars REAL NOT NULL CHECK (dollars <> 0),
  PRIMARY KEY (order_id, position),
  FOREIGN KEY (order_id, position) REFERENCES order_payments (order_id, position)
) STRICT, WITHOUT ROWID;

-- Where an exchange makes no difference and upstream has another zero than 0.0: an integer when nothing was added up, a
-- negative one when a tiny negative sum was rounded.
CREATE TABLE exchange_zeros (
  order_id TEXT PRIMARY KEY REFERENCES orders (order_id),
  zero TEXT NOT NULL CHECK (zero IN ('0', '-0.0'))
) STRICT, WITHOUT ROWID;
-- @endif

-- The documents that tools return, with upstream's names and numbers.

CREATE VIEW user_docs AS
  SELECT u.user_id,
         jsonb_object('user_id', u.user_id,
                      'name', json_object('first_name', u.first_name, 'last_name', u.last_name),
                      'address', json_object('address1', u.address1, 'address2', u.address2, 'city', u.city, 'country', u.country,
                                              'state', u.state, 'zip', u.zip),
                      'email', u.email,
                      'payment_methods', (SELECT jsonb_group_object(m.payment_method_id,
                                                   CASE m.kind WHEN 'credit_card' THEN json_object('source', m.kind, 'id', m.payment_method_id,
                                                                                                    'brand', m.brand, 'last_four', m.last_four)
                                                               WHEN 'gift_card' THEN json_object('source', m.kind, 'id', m.payment_method_id,
                                                                                                  'balance', m.balance_cents / 100.0)
                                                               ELSE json_object('source', m.kind, 'id', m.payment_method_id) END
                                                   ORDER BY m.payment_method_id)
                                            FROM payment_methods AS m WHERE m.user_id = u.user_id),
                      'orders', (SELECT jsonb_group_array(o.order_id ORDER BY o.position) FROM orders AS o WHERE o.user_id = u.user_id)) AS doc
    FROM users AS u;

CREATE VIEW variant_docs AS
  SELECT item_id, product_id,
         jsonb_object('item_id', item_id, 'options', json(options), 'available', iif(available, json('true'), json('false')),
                      'price', price_cents / 100.0) AS doc
    FROM variants;

CREATE VIEW product_docs AS
  SELECT p.product_id,
         jsonb_object('name', p.name, 'product_id', p.product_id,
                      'variants', (SELECT jsonb_group_object(v.item_id, v.doc ORDER BY v.item_id)
                                     FROM variant_docs AS v WHERE v.product_id = p.product_id)) AS doc
    FROM products AS p;

CREATE VIEW payment_docs AS
  SELECT p.order_id, p.position,
         jsonb_object('transaction_type', p.kind, 'payment_method_id', p.payment_method_id, 'amount', p.amount_cents / 100.0
-- @if quirks
                      + coalesce((SELECT d.dollars FROM payment_drifts AS d WHERE d.order_id = p.order_id AND d.position = p.position), 0)
-- @endif
                      ) AS doc
    FROM order_payments AS p;

CREATE VIEW order_docs AS
  SELECT o.order_id,
         jsonb_object('order_id', o.order_id, 'user_id', o.user_id,
                      'address', json_object('address1', o.address1, 'address2', o.address2, 'city', o.city, 'country', o.country,
                                              'state', o.state, 'zip', o.zip),
                      'items', (SELECT jsonb_group_array(json_object('name', p.name, 'product_id', p.product_id, 'item_id', i.item_id,
                                                                      'price', i.price_cents / 100.0, 'options', json(i.options))
                                                         ORDER BY i.position)
                                  FROM order_items AS i JOIN variants AS v USING (item_id) JOIN products AS p USING (product_id)
                                 WHERE i.order_id = o.order_id),
                      'status', o.status,
                      'fulfillments', (SELECT jsonb_group_array(json_object(
                                                'tracking_id', (SELECT jsonb_group_array(t.tracking_id ORDER BY t.position) FROM fulfillment_trackings AS t
                                                                 WHERE t.order_id = f.order_id AND t.fulfillment = f.position),
                                                'item_ids', (SELECT jsonb_group_array(t.item_id ORDER BY t.position) FROM fulfillment_items AS t
                                                              WHERE t.order_id = f.order_id AND t.fulfillment = f.position)) ORDER BY f.position)
                                         FROM fulfillments AS f WHERE f.order_id = o.order_id),
                      'payment_history', (SELECT jsonb_group_array(p.doc ORDER BY p.position) FROM payment_docs AS p WHERE p.order_id = o.order_id),
                      'cancel_reason', o.cancel_reason,
                      'exchange_items', iif(o.exchange_payment_method_id IS NULL, NULL,
                          (SELECT jsonb_group_array(e.item_id ORDER BY e.position) FROM exchange_items AS e WHERE e.order_id = o.order_id)),
                      'exchange_new_items', iif(o.exchange_payment_method_id IS NULL, NULL,
                          (SELECT jsonb_group_array(e.new_item_id ORDER BY e.position) FROM exchange_items AS e WHERE e.order_id = o.order_id)),
                      'exchange_payment_method_id', o.exchange_payment_method_id,
-- @if quirks
                      'exchange_price_difference', iif(o.exchange_difference_cents = 0,
                          coalesce((SELECT jsonb(z.zero) FROM exchange_zeros AS z WHERE z.order_id = o.order_id), 0.0),
                          o.exchange_difference_cents / 100.0),
-- @endif
-- @if !quirks
                      'exchange_price_difference', o.exchange_difference_cents / 100.0,
-- @endif
                      'return_items', iif(o.return_payment_method_id IS NULL, NULL,
                          (SELECT jsonb_group_array(r.item_id ORDER BY r.position) FROM return_items AS r WHERE r.order_id = o.order_id)),
                      'return_payment_method_id', o.return_payment_method_id) AS doc
    FROM orders AS o;

-- Upstream's document, member by member.
CREATE VIEW upstream AS
  SELECT 'db' AS document, 'users' AS collection, user_id AS at, doc FROM user_docs
  UNION ALL SELECT 'db', 'products', product_id, doc FROM product_docs
  UNION ALL SELECT 'db', 'orders', order_id, doc FROM order_docs;
