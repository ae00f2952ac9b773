-- @tool t
-- @doc T.
-- @param sku text
-- @return
SELECT count(*) FROM :sku;
