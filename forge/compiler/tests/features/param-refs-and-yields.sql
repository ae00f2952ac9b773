-- @tool open_order
-- @doc What planners and links go by; the statements keep the promises.
-- @role user
-- @catalog shop/orders.create
-- @param order_id text new(orders.order_id)
-- @param user_id text ref(users.user_id)
-- @param status text = "open" of(orders.status) enum("open", "paid")
-- @param lines list(sku text of(items.sku), quantity integer)
-- @yields orders.order_id $.order_id
-- @yields items.sku $.items[*].sku
-- @returns {"type": "object", "properties": {"order_id": {"type": "string"}}}
INSERT INTO orders (order_id, user_id, status) VALUES (:order_id, :user_id, :status);
INSERT INTO items SELECT :order_id, pos, sku, quantity, 1.0 FROM :lines;
-- @return
SELECT doc FROM order_docs WHERE order_id = :order_id;
-- ===== calls
open_order {"order_id": "O-8", "user_id": "U-2", "lines": [{"sku": "cup", "quantity": 2}, {"sku": "pen", "quantity": 1}]}
open_order {"order_id": "O-8", "user_id": "U-2", "lines": []}
open_order {"order_id": "O-9", "user_id": "U-9", "lines": []}
open_order {"order_id": "O-9", "user_id": "U-1", "lines": [{"sku": "cup", "quantity": 0}]}
