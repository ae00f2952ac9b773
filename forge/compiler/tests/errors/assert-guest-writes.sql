-- @tool t
-- @doc T.
-- @role assert
-- @guest reader
-- ===== guests/reader.wasm
bytes
