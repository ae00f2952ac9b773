-- @tool add_item
-- @doc Add an item.
-- @param order_id text ref(orders.order_id)
-- @param sku text
-- @param quantity integer = 1
-- @row last
SELECT coalesce(max(pos) + 1, 0) AS pos FROM items WHERE order_id = :order_id;
-- @exec else "no order {order_id}, or no quantity"
INSERT INTO items VALUES (:order_id, :last.pos, :sku, :quantity, 1.5);
-- @return = :last.pos

-- @tool peek
-- @doc A read is followed too.
-- @return
SELECT count(*) FROM items;

-- @tool complain
-- @doc A failure is not followed.
-- @role user
-- @require 0 else "this always fails"

-- @after journal
-- @role agent
INSERT INTO log (tool, detail) VALUES (:tool, jsonb_object('arguments', jsonb(:arguments), 'result', jsonb(:result)) ->> '$');

-- @after totals
-- @tools add_item, complain
UPDATE orders SET total = (SELECT total(quantity * price) FROM items AS i WHERE i.order_id = orders.order_id)
 WHERE order_id = :arguments ->> '$.order_id';
-- @require (SELECT total FROM orders WHERE order_id = :arguments ->> '$.order_id') < 100 else conflict "too dear"
-- ===== calls
add_item {"order_id": "O-1", "sku": "hat", "quantity": 2}
add_item {"order_id": "O-1", "sku": "car", "quantity": 200}
add_item {"order_id": "O-9", "sku": "hat"}
peek {}
complain {}
