-- @steps load
-- What several tools begin with. It sees their variables, and they see its.
-- @row order else "no order {order_id}"
SELECT status, total FROM orders WHERE order_id = :order_id;
-- @use open

-- @steps open
-- @require :order.status = 'open' else conflict "order {order_id} is {order.status}"

-- @tool pay
-- @doc Pay.
-- @param order_id text
-- @use load
UPDATE orders SET status = 'paid' WHERE order_id = :order_id;
-- @return = :order.total

-- @tool cancel
-- @doc Cancel.
-- @param order_id text
-- @use load
UPDATE orders SET status = 'cancelled' WHERE order_id = :order_id;
-- ===== calls
pay {"order_id": "O-1"}
cancel {"order_id": "O-1"}
cancel {"order_id": "O-9"}
