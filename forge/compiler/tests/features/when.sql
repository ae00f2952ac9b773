-- @tool toggle
-- @doc Two branches, one in the other, and an early return. NULL is not true.
-- @param order_id text
-- @param hard boolean?
-- @row order else "no order {order_id}"
SELECT status, note FROM orders WHERE order_id = :order_id;
-- @when :order.status = 'open'
-- @let next = iif(:hard, 'cancelled', 'paid')
-- @when :hard
UPDATE orders SET note = 'cancelled on ' || date(:now) WHERE order_id = :order_id;
-- @end
UPDATE orders SET status = :next WHERE order_id = :order_id;
-- @else
-- @when :order.note IS NULL AND NOT :hard
-- @return = 'left alone'
-- @end
UPDATE orders SET status = 'open' WHERE order_id = :order_id;
-- @end
-- @return
SELECT status, note FROM orders WHERE order_id = :order_id;

-- @tool always
-- @doc Both branches end the call.
-- @param n integer?
-- @when :n
-- @return = 'true'
-- @else
-- @return = 'not true'
-- @end
-- ===== calls
toggle {"order_id": "O-1"}
toggle {"order_id": "O-1"}
toggle {"order_id": "O-2", "hard": true}
toggle {"order_id": "O-2", "hard": true}
always {"n": 3}
always {"n": 0}
always {}
