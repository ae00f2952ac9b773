-- @tool guard
-- @doc Guards in a row are one query; the first that fails speaks. NULL is not true.
-- @param a integer?
-- @require :a IS NOT NULL else invalid "a is missing"
-- @require :a > 0 else "a = {a}"
-- @require nullif(:a, 5) else forbidden "not five"
-- @require CASE WHEN :a = 6 THEN 0 ELSE 1 END
--   else conflict "not six,
--   on two lines"
-- @require EXISTS (SELECT 1 FROM items WHERE quantity = :a) else not_found "nothing comes in {a}s"
-- @return = 'passed'
-- ===== calls
guard {"a": 1}
guard {}
guard {"a": 0}
guard {"a": 5}
guard {"a": 6}
guard {"a": 7}
