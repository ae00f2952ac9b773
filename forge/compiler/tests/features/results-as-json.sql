-- @tool kinds
-- @doc Each kind of value in SQLite.
-- @return
SELECT NULL AS n, 7 AS i, 0.1 + 0.2 AS r, 1.0 AS whole, 'text' AS t, iif(1, json('true'), '') AS text_of_json, jsonb('true') AS yes,
       jsonb_array(1, NULL, 'x', jsonb_object('b', 1, 'a', 2)) AS nested, jsonb(iif(1, 'true', 'false')) AS boolean;

-- @tool no_json
-- @doc A BLOB that is no JSONB.
-- @return = x'0102'

-- @tool too_big
-- @doc An integer that JSON does not carry exactly.
-- @return = 9007199254740993

-- @tool infinite
-- @doc A real that JSON does not know.
-- @return = 9e999

-- @tool nested_lists
-- @doc Documents with lists of documents, from a view and by hand.
-- @return list
SELECT o.order_id, d.doc, iif(o.note IS NULL, jsonb('[]'), jsonb_array(o.note)) AS notes
  FROM orders AS o JOIN order_docs AS d USING (order_id) ORDER BY o.order_id;
-- ===== calls
kinds {}
no_json {}
too_big {}
infinite {}
nested_lists {}
