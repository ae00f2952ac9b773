-- @tool t
-- @doc T.
-- @param status boolean
UPDATE orders SET status = :status;
