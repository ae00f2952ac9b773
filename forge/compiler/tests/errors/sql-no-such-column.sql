-- @tool t
-- @doc T.
UPDATE orders SET statsu = 'open';
