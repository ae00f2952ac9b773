-- @tool t
-- @doc T.
-- @param n text
INSERT INTO numbers (n, order_id) VALUES (:n, 'O-9');
