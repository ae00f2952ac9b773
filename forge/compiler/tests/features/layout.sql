-- A comment about the file.
/* Another. */
-- @tool   spread
--@doc   Blanks, indents, comments between steps; lines that go on.
  -- @param a integer
--   = 3
--   min(0) Lines that go on
--   belong to it.
-- This is a comment, and not part of anything.
-- @let  b = :a
--   + 1  -- nothing stands behind it
  -- @require :b > 0
  --   else "b is {b}"

-- @return
SELECT /* inside */ :b AS b, -- to the end of the line
       'two
lines' AS text, "status", [total], `note`
  FROM "orders"
 WHERE order_id = 'O-1' ;
-- ===== calls
spread {}
spread {"a": -1}
