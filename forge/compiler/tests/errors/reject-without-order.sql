-- @tool t
-- @doc T.
-- @reject invalid
SELECT sku || ' is gone' FROM items;
-- @return = 1
