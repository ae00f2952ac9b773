-- @tool t
-- @doc T.
DELETE FROM items
 WHERE sku = 'cup'
RETURNING sku;
