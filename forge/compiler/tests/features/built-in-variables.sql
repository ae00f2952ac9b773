-- @tool built_in
-- @doc The arguments as a whole, and the time of the episode.
-- @param b integer = 2
-- @param a text?
-- @return
SELECT :args AS args, :now AS now, wardian_now() AS also_now, date(:now, '+1 day') AS tomorrow, CURRENT_TIMESTAMP AS sqlite_now;
-- ===== calls
built_in {}
built_in {"a": "x", "b": 1}
