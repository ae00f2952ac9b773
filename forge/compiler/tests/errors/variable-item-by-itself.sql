-- @tool t
-- @doc T.
-- @param skus list(text)
-- @each s in skus
DELETE FROM items WHERE sku = :s;
-- @end
-- @return = 1
