-- @tool take
-- @doc Where one row's effect matters to the next.
-- @param order_id text ref(orders.order_id)
-- @param skus list(text)
-- @each sku in skus
-- @row line else "no {sku.value} in {order_id} (entry {sku.pos})"
SELECT pos, quantity FROM items WHERE order_id = :order_id AND sku = :sku.value;
-- @when :line.quantity = 1
DELETE FROM items WHERE order_id = :order_id AND pos = :line.pos;
-- @else
UPDATE items SET quantity = quantity - 1 WHERE order_id = :order_id AND pos = :line.pos;
-- @end
-- @end
-- @return
SELECT doc FROM order_docs WHERE order_id = :order_id;

-- @tool settle
-- @doc Over a table of rows, and a loop in a loop.
-- @table unpaid
SELECT order_id, total FROM orders WHERE status = 'open' ORDER BY order_id;
-- @each o in unpaid
-- @table lines
SELECT pos AS line, price FROM items WHERE order_id = :o.order_id ORDER BY pos;
-- @each l in lines
UPDATE items SET price = :l.price + :l.pos + :o.pos WHERE order_id = :o.order_id AND pos = :l.line;
-- @end
UPDATE orders SET status = 'paid' WHERE order_id = :o.order_id;
-- @end
-- ===== calls
take {"order_id": "O-1", "skus": ["cup", "pen"]}
take {"order_id": "O-1", "skus": ["cup", "cup"]}
take {"order_id": "O-1", "skus": []}
take {"order_id": "O-9", "skus": []}
settle {}
