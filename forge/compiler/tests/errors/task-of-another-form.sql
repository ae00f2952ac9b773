-- @tool t
-- @doc T.
-- @return = 1
-- ===== tasks.jsonl
{"id": "1", "user": {"goal": "g"}, "gold": [{"tool": "t"}]}
{"id": "2", "user": {"goal": "g"}, "golden": []}
