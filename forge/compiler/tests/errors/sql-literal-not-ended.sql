-- @tool t
-- @doc T.
UPDATE orders SET note = 'it's late';
