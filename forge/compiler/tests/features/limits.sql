-- @tool long_text
-- @doc A value that is too long.
-- @param n integer
UPDATE orders SET note = 'before';
-- @let text = printf('%.*c', :n, 'x')
-- @return = length(:text)

-- @tool many_statements
-- @doc Too many statements.
-- @param n integer
-- @table numbers
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < :n) SELECT i FROM c ORDER BY i;
-- @each x in numbers
INSERT INTO log (tool) VALUES (:x.i);
-- @end

-- @tool denied_by_nothing
-- @doc What a failed call wrote is gone, so this finds nothing.
-- @return
SELECT count(*) AS entries, (SELECT count(*) FROM orders WHERE note = 'before') AS notes FROM log;
-- ===== calls
long_text {"n": 1000}
long_text {"n": 2000000}
many_statements {"n": 3}
many_statements {"n": 10001}
denied_by_nothing {}
