-- @tool get_order
-- @doc One row that must be there.
-- @param order_id text ref(orders.order_id)
-- @row order else "no order {order_id}"
SELECT user_id, status FROM orders WHERE order_id = :order_id;
-- @row the_user
SELECT name, email FROM users WHERE user_id = :order.user_id;
-- @return
SELECT :order.status AS status, :the_user.name AS name, :the_user.email AS email;

-- @tool default_words
-- @doc Without `else`: the name of the row.
-- @param order_id text
-- @row some_order
SELECT status FROM orders WHERE order_id = :order_id;
-- @return = :some_order.status

-- @tool two_rows
-- @doc More than one row is a mistake of the tool.
-- @row order
SELECT status FROM orders WHERE user_id = 'U-1';
-- @return = :order.status
-- ===== calls
get_order {"order_id": "O-1"}
get_order {"order_id": "O-9"}
default_words {"order_id": "O-9"}
two_rows {}
