-- @tool t
-- @doc T.
-- @row o
SELECT status FROM orders WHERE order_id = 'O-1';
-- @return = :o
