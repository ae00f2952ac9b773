-- @tool t
-- @doc T.
DELETE FROM items WHERE sku = $sku;
