-- @tool t
-- @doc T.
-- @guest reader
-- @guest reader
-- ===== guests/reader.wasm
bytes
