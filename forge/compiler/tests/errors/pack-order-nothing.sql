-- @tool t
-- @doc T.
-- @return = 1
-- ===== pack.toml
name = "shop"
title = "Shop"
now = "2026-01-31T12:00:00Z"
license = "MIT"
author = "hand"
[[order]]
first = []
then = ["t"]
because = "look first"
