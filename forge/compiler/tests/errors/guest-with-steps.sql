-- @tool t
-- @doc T.
-- @guest reader
DELETE FROM items;
-- ===== guests/reader.wasm
bytes
