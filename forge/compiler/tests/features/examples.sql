-- @tool pay
-- @doc Examples are kept beside the tool; `wardian tool test` runs them.
-- @param order_id text ref(orders.order_id)
-- @example what it gives, and what changes
-- @call {"order_id": "O-1"}
-- @gives "paid"
-- @changes
--   ~ orders["O-1"].status: "open" -> "paid"
-- @example an order that is paid
-- @given pay {"order_id": "O-1"}
-- @call {"order_id": "O-1"}
-- @fails conflict "order O-1 is paid"
-- @changes nothing
-- @example any success
-- @call {"order_id": "O-1"}
-- @example any failure of this code
-- @call {"order_id": "O-9"}
-- @fails not_found
-- @row order else "no order {order_id}"
SELECT status FROM orders WHERE order_id = :order_id;
-- @require :order.status = 'open' else conflict "order {order_id} is {order.status}"
UPDATE orders SET status = 'paid' WHERE order_id = :order_id;
-- @return = 'paid'
-- ===== calls
pay {"order_id": "O-1"}
pay {"order_id": "O-1"}
pay {"order_id": "O-9"}
