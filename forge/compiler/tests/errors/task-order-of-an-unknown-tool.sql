-- @tool pay
-- @doc T.
-- @return = 1
-- ===== tasks.jsonl
{"id": "1", "user": {"goal": "g"}, "tools": ["pay"], "order": [{"first": ["pays"], "then": ["pay"], "because": "b"}]}
