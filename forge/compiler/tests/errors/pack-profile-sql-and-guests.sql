-- @tool t
-- @doc T.
-- @guest reader
-- ===== guests/reader.wasm
bytes
-- ===== pack.toml
name = "shop"
title = "Shop"
now = "2026-01-31T12:00:00Z"
license = "MIT"
author = "hand"
profile = "sql"
