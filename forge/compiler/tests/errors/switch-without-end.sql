-- @tool t
-- @doc T.
-- @return = 1
-- @if quirks
-- ===== pack.toml
name = "shop"
title = "Shop"
now = "2026-01-31T12:00:00Z"
license = "MIT"
author = "hand"
[switches]
quirks = true
