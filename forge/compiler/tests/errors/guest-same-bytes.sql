-- @tool t
-- @doc T.
-- @guest reader
-- @tool u
-- @doc U.
-- @guest writer
-- ===== guests/reader.wasm
bytes
-- ===== guests/writer.wasm
bytes
