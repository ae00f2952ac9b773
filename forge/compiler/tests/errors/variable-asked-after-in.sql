-- @tool t
-- @doc T.
-- @param skus list(text)?
-- @return
SELECT count(*) FROM items WHERE sku IN :skus?;
