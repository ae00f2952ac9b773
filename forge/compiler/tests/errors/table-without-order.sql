-- @tool t
-- @doc T.
-- @table x
SELECT sku FROM items;
-- @return
SELECT count(*) FROM :x;
