-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/numbers.jsonl
{"n": {"a": 1}, "order_id": "O-1"}
