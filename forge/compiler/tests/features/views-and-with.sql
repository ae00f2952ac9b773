-- @tool get_document
-- @doc A view as a table.
-- @param order_id text
-- @return else "no order {order_id}"
SELECT doc FROM order_docs WHERE order_id = :order_id;

-- @tool months
-- @doc WITH and WITH RECURSIVE.
-- @return list
WITH RECURSIVE m(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM m WHERE n < 3)
SELECT n, printf('2026-%02d', n) AS month FROM m ORDER BY n;
-- ===== calls
get_document {"order_id": "O-1"}
get_document {"order_id": "O-9"}
months {}
