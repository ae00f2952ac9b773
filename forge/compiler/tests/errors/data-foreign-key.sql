-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/items.jsonl
{"order_id": "O-9", "pos": 0, "sku": "cup", "quantity": 1, "price": 1}
