-- @tool limits
-- @doc Choices and constraints become JSON Schema.
-- @param status text? enum("open", 'paid') One of two.
-- @param level integer? enum(1, 2, 3)
-- @param a integer? min(1) max(9)
-- @param b real? above(0) below(1.5)
-- @param c text? length(2..4)
-- @param d text? length(3)
-- @param e text? pattern('^[A-Z]-[0-9]+$')
-- @param f text? format('date')
-- @param g list(text)? items(1..2) unique() length(..3) One or two.
-- @param h list(integer)? items(2..) min(0)
-- @param i json? schema({"type": ["string", "integer"], "maxLength": 3})
-- @return = :args
-- ===== calls
limits {"status": "open", "level": 3, "a": 9, "b": 1.25, "c": "ab", "d": "abc", "e": "O-17", "f": "2026-02-01", "g": ["a", "b"], "h": [0, 1], "i": "abc"}
limits {"status": "shut"}
limits {"level": 4}
limits {"a": 0}
limits {"a": 10}
limits {"b": 0}
limits {"b": 1.5}
limits {"c": "a"}
limits {"d": "abcd"}
limits {"e": "o-17"}
limits {"f": "tomorrow"}
limits {"g": []}
limits {"g": ["a", "a"]}
limits {"g": ["abcd"]}
limits {"h": [1]}
limits {"h": [1, -1]}
limits {"i": "abcd"}
limits {"i": true}
