-- @tool t
-- @doc T.
INSERT INTO log (entry, tool) VALUES (1, 't');
