-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/users.jsonl (none)
-- ===== data/orders.jsonl (none)
-- ===== data/items.jsonl (none)
-- ===== data/numbers.jsonl (none)
-- ===== schema.sql
CREATE TABLE orders (order_id TEXT) STRICT;
