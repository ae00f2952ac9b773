-- @tool rounding
-- @doc Rounding by name.
-- @param x real
-- @return
SELECT round_half_even(:x, 1) AS even_1, round_half_away(:x, 1) AS away_1, round_half_even(:x, 0) AS even_0, round_half_away(:x, 0) AS away_0;

-- @tool sqlite
-- @doc SQLite's core, date, JSON, aggregate and window functions.
-- @return
SELECT printf('%.2f', 1.005) AS printed, substr('abcdef', 2, 3) AS part, upper('é') AS upper, unixepoch('2026-01-31') AS epoch,
       strftime('%Y-%m-%d', '2026-01-31T12:00:00Z', '+1 month') AS next_month, json_extract('{"a": [1, 2]}', '$.a[1]') AS extracted,
       (SELECT group_concat(sku, '+' ORDER BY sku) FROM items) AS concatenated,
       (SELECT jsonb_group_object(sku, quantity ORDER BY sku) FROM items) AS grouped,
       (SELECT jsonb_group_array(ranked ORDER BY ranked) FROM (SELECT rank() OVER (ORDER BY total) AS ranked FROM orders)) AS ranks;
-- ===== calls
rounding {"x": 0.25}
rounding {"x": 2.5}
rounding {"x": -1.35}
sqlite {}
