-- @tool t
-- @doc T.
-- @if quirks
-- @if !quirks
-- @return = 1
-- @endif
-- @endif
-- ===== pack.toml
name = "shop"
title = "Shop"
now = "2026-01-31T12:00:00Z"
license = "MIT"
author = "hand"
[switches]
quirks = true
