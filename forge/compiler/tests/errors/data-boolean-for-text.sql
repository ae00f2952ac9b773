-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/numbers.jsonl
{"n": 1, "order_id": true}
