-- @tool t
-- @doc T.
-- @use lod
-- @return = 1
-- @steps load
DELETE FROM items;
