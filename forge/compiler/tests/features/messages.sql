-- @tool say
-- @doc What may stand in a message.
-- @param t text?
-- @param n real?
-- @param o object(a object(b text))?
-- @row order
SELECT order_id, note FROM orders WHERE order_id = 'O-1';
-- @require :t = 'go' else "t={t} n={n} b={o.a.b} order={order.order_id} note={order.note} now={now} {{braces}} \"quotes\" back\\slash it's\nnext line, 訂單"
-- @return = 1
-- ===== calls
say {"t": "x", "n": 2.50, "o": {"a": {"b": "deep"}}}
say {}
say {"t": "go"}
