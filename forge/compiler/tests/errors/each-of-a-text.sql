-- @tool t
-- @doc T.
-- @param sku text
-- @each x in sku
DELETE FROM items WHERE sku = :x.value;
-- @end
-- @return = 1
