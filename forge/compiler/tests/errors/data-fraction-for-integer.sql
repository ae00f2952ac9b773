-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/numbers.jsonl
{"n": 1.5, "order_id": "O-1"}
