-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/user.jsonl
{"user_id": "U-3"}
