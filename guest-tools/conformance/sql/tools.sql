-- As much of what every language must be able to do as SQL can say.

-- @tool echo
-- @doc Gives back a value of JSON.
-- @param value json
-- @return
SELECT jsonb(:value);

-- @tool values
-- @doc Reads a value of each kind that SQLite has.
-- @return
SELECT NULL AS empty, 42 AS whole, -1.5 AS part, 'grüße 🌍' AS words, lower(hex(x'00ff10')) AS bytes;

-- @tool fail
-- @doc Fails with a code.
-- @param code text
-- @param message text
-- @require :code <> 'not_found' else not_found "{message}"
-- @require :code <> 'invalid' else invalid "{message}"
-- @require :code <> 'conflict' else conflict "{message}"
-- @require :code <> 'forbidden' else forbidden "{message}"
-- @require :code <> 'other' else other "{message}"
