-- @tool t
-- @doc T.
-- @reject invalid
SELECT sku, quantity FROM items ORDER BY sku;
-- @return = 1
