-- @tool value
-- @doc One column is the value itself.
-- @param order_id text
-- @return else "no order {order_id}"
SELECT total FROM orders WHERE order_id = :order_id;

-- @tool object
-- @doc Several are an object, in their order.
-- @return
SELECT status AS the_status, total, note FROM orders WHERE order_id = 'O-1';

-- @tool nothing
-- @doc No row.
-- @return
SELECT total FROM orders WHERE 0;

-- @tool many
-- @doc Two rows.
-- @return
SELECT total FROM orders;

-- @tool none
-- @doc No `@return`.
DELETE FROM log;

-- @tool list
-- @doc All rows.
-- @param below real
-- @return list
SELECT order_id, total FROM orders WHERE total < :below ORDER BY total, order_id;

-- @tool list_of_values
-- @doc One column: a list of values.
-- @return list
SELECT DISTINCT user_id FROM orders UNION SELECT 'U-0' ORDER BY 1 DESC;

-- @tool expression
-- @doc A value without SELECT.
-- @param n integer
-- @return = :n * 2 || '!'

-- @tool document
-- @doc JSON as a value.
-- @return = jsonb_object('n', (SELECT count(*) FROM orders))
-- ===== calls
value {"order_id": "O-2"}
value {"order_id": "O-9"}
object {}
nothing {}
many {}
none {}
list {"below": 9}
list {"below": 0}
list_of_values {}
expression {"n": 4}
document {}
