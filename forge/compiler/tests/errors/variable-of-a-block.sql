-- @tool t
-- @doc T.
-- @when 1
-- @let total = 1
UPDATE orders SET total = :total;
-- @end
-- @return = :total
