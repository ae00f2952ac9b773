-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/numbers.jsonl
{"n": 1, "oder_id": "O-1"}
