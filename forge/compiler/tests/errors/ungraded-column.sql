-- @tool t
-- @doc T.
UPDATE orders SET note = 'x';
