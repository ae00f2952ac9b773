-- @tool t
-- @doc T.
-- @return = 1
-- ===== errors.json
[{"tools": ["u"], "bodies": {"not_found": {"status": 404, "sentence": "/message", "body": {"message": ""}}}}]
