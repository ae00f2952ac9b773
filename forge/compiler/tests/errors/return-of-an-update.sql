-- @tool t
-- @doc T.
-- @return
UPDATE orders SET status = 'open';
