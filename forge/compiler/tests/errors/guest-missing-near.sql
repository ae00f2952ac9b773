-- @tool t
-- @doc T.
-- @guest raeder
-- @tool u
-- @doc U.
-- @guest reader
-- ===== guests/reader.wasm
bytes
