-- @tool t
-- @doc T.
-- @return = 1
-- ===== tasks.jsonl
{"id": "1", "user": {"goal": "g"}}
{"id": "1", "user": {"goal": "g"}}
