-- The world of the cases in tests/errors and tests/features: a small shop.

CREATE TABLE users (
  user_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT UNIQUE
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
  order_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'shipped', 'cancelled')),
  total REAL NOT NULL DEFAULT 0,
  note TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE items (
  order_id TEXT NOT NULL REFERENCES orders,
  pos INTEGER NOT NULL,
  sku TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  price REAL NOT NULL,
  PRIMARY KEY (order_id, pos)
) STRICT, WITHOUT ROWID;

-- Numbers that new orders take, in this order.
CREATE TABLE numbers (n INTEGER PRIMARY KEY, order_id TEXT NOT NULL UNIQUE) STRICT;

-- What happened; nobody is graded on it.
CREATE TABLE log (entry INTEGER PRIMARY KEY, tool TEXT NOT NULL, detail TEXT) STRICT;

CREATE VIEW order_docs AS
SELECT o.order_id, jsonb_object(
         'order_id', o.order_id, 'status', o.status, 'total', o.total,
         'items', (SELECT jsonb_group_array(jsonb_object('sku', i.sku, 'quantity', i.quantity) ORDER BY i.pos)
                     FROM items AS i WHERE i.order_id = o.order_id)) AS doc
  FROM orders AS o;
