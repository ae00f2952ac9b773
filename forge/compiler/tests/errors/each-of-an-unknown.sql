-- @tool t
-- @doc T.
-- @param skus list(text)
-- @each sku in sku_list
DELETE FROM items WHERE sku = :sku.value;
-- @end
-- @each sku in skus
DELETE FROM items WHERE sku = :sku.value;
-- @end
-- @return = 1
