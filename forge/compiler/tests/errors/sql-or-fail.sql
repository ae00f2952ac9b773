-- @tool t
-- @doc T.
UPDATE OR FAIL orders SET status = 'open';
