-- @tool t
-- @doc T.
-- @row o
SELECT status, total FROM orders WHERE order_id = 'O-1';
-- @return = :o.name
