-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/numbers.jsonl
[1, "O-1"]
