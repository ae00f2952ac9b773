-- @tool set_email
-- @doc A violated constraint is a conflict, in SQLite's words or in ours.
-- @param user_id text
-- @param email text|null
UPDATE users SET email = :email WHERE user_id = :user_id;

-- @tool set_email_kindly
-- @doc In ours.
-- @param user_id text
-- @param email text
-- @exec else invalid "{email} is in use"
UPDATE users SET email = :email WHERE user_id = :user_id;

-- @tool set_status
-- @doc Something must change.
-- @param order_id text
-- @param status text
-- @exec some else "no order {order_id}"
UPDATE orders SET status = :status WHERE order_id = :order_id;

-- @tool drop_items
-- @doc Without words.
-- @param sku text
-- @exec some
DELETE FROM items WHERE sku = :sku;

-- @tool late
-- @doc What was written before the failure is undone.
UPDATE orders SET total = total + 1;
INSERT INTO users (user_id, name) VALUES ('U-3', 'Cyd') ON CONFLICT (user_id) DO UPDATE SET name = 'Cyd';
INSERT OR IGNORE INTO numbers VALUES (1, 'O-1');
WITH first AS (SELECT min(order_id) AS id FROM orders)
UPDATE orders SET note = 'first' WHERE order_id IN (SELECT id FROM first);
DELETE FROM orders WHERE order_id = 'O-1';
-- ===== calls
set_email {"user_id": "U-2", "email": "bob@example.org"}
set_email {"user_id": "U-2", "email": "ada@example.org"}
set_email {"user_id": "U-9", "email": null}
set_email_kindly {"user_id": "U-2", "email": "ada@example.org"}
set_status {"order_id": "O-1", "status": "shipped"}
set_status {"order_id": "O-9", "status": "shipped"}
set_status {"order_id": "O-1", "status": "lost"}
drop_items {"sku": "pin"}
drop_items {"sku": "pin"}
late {}
