-- @tool t
-- @doc T.
-- @return = 1
-- @after a
-- @tools t, tt
DELETE FROM items WHERE :tool = 'x';
