-- @tool t
-- @doc T.
DELETE FROM items WHERE sku = ?1;
