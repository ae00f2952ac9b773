-- @tool t
-- @doc T.
INSERT OR ROLLBACK INTO numbers (n, order_id) VALUES (9, 'O-9');
