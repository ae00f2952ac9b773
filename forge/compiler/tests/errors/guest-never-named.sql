-- @tool t
-- @doc T.
-- @return = 1
-- ===== guests/reader.wasm
bytes
