-- @tool note
-- @doc Optional, default, null: three different things.
-- @param order_id text = "O-1"
-- @param note text|null?
-- @param times integer = -2 How often.
-- @param tag text = 'it''s' enum('it''s', 'x')
-- @param flags json = {"a": [true]}
-- @exec some else "no order {order_id}"
UPDATE orders SET note = iif(:note?, :note, note || '+') WHERE order_id = :order_id;
-- @return
SELECT :note AS note, :note? AS given, :times AS times, :times? AS times_given, :tag AS tag, jsonb(:flags) AS flags, :args AS args;
-- ===== calls
note {}
note {"note": null}
note {"note": "late", "times": 3, "tag": "x", "flags": []}
note {"note": 5}
note {"times": null}
note {"order_id": "O-9"}
note {"tag": "y"}
