-- @tool t
-- @doc T.
-- @row o
SELECT stauts FROM orders WHERE order_id = 'O-1';
-- @return = :o.stauts
