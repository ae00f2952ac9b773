-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/numbers.jsonl
{"n": 1, "order_id": "O-1"}
{"n": 1, "order_id": "O-2"}
