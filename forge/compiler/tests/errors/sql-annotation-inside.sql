-- @tool t
-- @doc T.
DELETE FROM items
-- @let x = 1
WHERE sku = 'a';
