-- @tool price
-- @doc What an order costs.
-- @if exact
-- @param currency text unused() Taken, and nothing is done with it.
-- @endif
-- @return
-- @if exact
SELECT total FROM orders WHERE order_id = 'O-1';
-- @endif
-- @if !exact
SELECT CAST(total AS INTEGER) FROM orders WHERE order_id = 'O-1';
-- @endif

-- @if !exact
-- @tool guess
-- @doc This build has no such tool.
-- @return = 1
-- @endif

-- @tool pack_up
-- @doc Rows and objects may have members that nobody named.
-- @param boxes list(sku text, quantity integer) open()
-- @param label object(to text) open()
-- @return
SELECT :label.to AS "to", jsonb_group_array(jsonb_object('sku', b.sku, 'quantity', b.quantity) ORDER BY b.pos) AS boxes FROM :boxes AS b;
-- ===== pack.toml
name = "shop"
title = "Shop"
now = "2026-01-31T12:00:00Z"
license = "MIT"
author = "hand"
[switches]
exact = true
-- ===== tasks.jsonl
{"id": "1", "user": {"goal": "Pack up."}, "gold": [{"tool": "price", "arguments": {"currency": "EUR"}}]}
-- ===== calls
price {"currency": "EUR"}
price {}
guess {}
pack_up {"boxes": [{"sku": "hat", "quantity": 2, "color": "red"}], "label": {"to": "Ann", "from": "Bob"}}
pack_up {"boxes": [{"sku": "hat"}], "label": {}}
