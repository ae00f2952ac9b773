-- @tool t
-- @doc T.
-- @return
SELECT 1 AS one, json_group_array(sku ORDER BY sku) AS skus FROM items;
