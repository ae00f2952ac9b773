-- @tool greet
-- @doc Several lines of `@doc`
--   go on,
-- @doc and several are paragraphs.
-- @role agent
-- @return = 'hello'

-- @tool top-up
-- @doc A name with a hyphen; the simulated user calls it.
-- @role user
UPDATE orders SET total = total + 1 WHERE order_id = 'O-1';

-- @tool SetUp
-- @doc Before an episode.
-- @role setup
DELETE FROM log;

-- @tool is_open
-- @doc The grader asks.
-- @role assert
-- @effect read
-- @return
SELECT count(*) FROM orders WHERE status = 'open';

-- @tool state
-- @doc A name that the world of the pack uses itself.
-- @effect write
-- @return = 1
-- ===== calls
greet {}
top-up {}
SetUp {}
is_open {}
state {}
unheard_of {}
