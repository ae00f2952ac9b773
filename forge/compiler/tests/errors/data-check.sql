-- @tool t
-- @doc T.
-- @return = 1
-- ===== data/items.jsonl
{"order_id": "O-1", "pos": 0, "sku": "cup", "quantity": 0, "price": 1}
