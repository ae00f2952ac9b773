-- @tool lists
-- @doc A list as a value, as a table, after IN; of scalars and of rows.
-- @param skus list(text)
-- @param prices list(real)?
-- @param extras list(json)?
-- @param rows list(sku text, quantity integer?, price real|null?, more json?)
-- @param grid list(list(integer))?
-- @return
SELECT :skus AS as_value,
       (SELECT jsonb_group_array(jsonb_array(s.pos, s.value) ORDER BY s.pos DESC) FROM :skus AS s) AS as_table,
       (SELECT count(*) FROM items WHERE sku IN :skus) AS known,
       (SELECT jsonb_group_array(value ORDER BY pos) FROM :prices) AS prices,
       (SELECT jsonb_group_array(jsonb(value) ORDER BY pos) FROM :extras) AS extras,
       (SELECT jsonb_group_array(jsonb_object('pos', r.pos, 'sku', r.sku, 'quantity', r.quantity, 'price', r.price, 'more', jsonb(r.more)) ORDER BY r.pos)
          FROM :rows AS r LEFT JOIN items AS i ON i.sku = r.sku) AS rows,
       (SELECT jsonb_group_array(jsonb(value) ORDER BY pos) FROM :grid) AS grid;
-- ===== calls
lists {"skus": ["cup", "pen", "x"], "prices": [1, 2.5], "extras": [1, "x", null, {"a": []}], "rows": [{"sku": "cup", "quantity": 2, "price": 3, "more": {"a": 1}}, {"sku": "pen", "price": null}], "grid": [[1, 2], []]}
lists {"skus": [], "rows": []}
lists {"skus": ["a", 1], "rows": []}
lists {"skus": [], "rows": [{"quantity": 1}]}
lists {"skus": [], "rows": [{"sku": "a", "colour": "red"}]}
lists {"skus": [], "rows": [], "grid": [[1], ["x"]]}
