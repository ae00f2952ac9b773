-- @tool t
-- @doc T.
-- @return
SELECT group_concat(sku) FROM items;
