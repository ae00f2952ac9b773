-- @tool echo
-- @doc Every scalar, as SQL sees it.
-- @param t text
-- @param i integer
-- @param r real
-- @param b boolean
-- @param j json
-- @return
SELECT :t AS t, typeof(:t) AS tt, :i AS i, typeof(:i) AS ti, :r AS r, typeof(:r) AS tr, :b AS b, typeof(:b) AS tb,
       :j AS j, typeof(:j) AS tj, jsonb(:j) AS jj;
-- ===== calls
echo {"t": "it's", "i": -7, "r": 2, "b": true, "j": {"b": [1, null], "a": "x"}}
echo {"t": "", "i": 0, "r": 0.1, "b": false, "j": "text"}
echo {"t": 1, "i": 0, "r": 0.1, "b": false, "j": null}
echo {"t": "", "i": 1.5, "r": 0.1, "b": false, "j": null}
echo {"t": "", "i": 9007199254740993, "r": 0.1, "b": false, "j": null}
echo {"t": "", "i": 0, "r": "0.1", "b": 1, "j": null}
echo {"t": ""}
echo {"t": "", "i": 0, "r": 0, "b": true, "j": 1, "k": 1}
