-- @tool find
-- @doc A row that may be missing.
-- @param order_id text
-- @row order?
SELECT status, total FROM orders WHERE order_id = :order_id;
-- @when :order?
-- @return = :order.status
-- @end
-- @return
SELECT :order? AS found, :order.status AS status, :order.total AS total;
-- ===== calls
find {"order_id": "O-2"}
find {"order_id": "O-9"}
