-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/users.jsonl (none)
-- ===== data/orders.jsonl (none)
-- ===== data/items.jsonl (none)
-- ===== data/numbers.jsonl (none)
-- ===== pack.toml
name = "shop"
title = "Shop"
now = "2026-01-31T12:00:00Z"
license = "MIT"
author = "hand"
-- ===== schema.sql
CREATE TABLE orders (order_id VARCHAR PRIMARY KEY) STRICT, WITHOUT ROWID;
