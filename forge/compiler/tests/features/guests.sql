-- @tool user_name
-- @doc Its code is in a guest; its statements are free.
-- @param user_id text ref(users.user_id)
-- @guest reader
-- @effect read

-- @tool rename
-- @doc This guest writes.
-- @params {"type": "object", "properties": {"user_id": {"type": "string"}, "name": {"type": "string"}}, "required": ["user_id", "name"]}
-- @guest writer

-- @tool count_users
-- @doc SQL beside guests.
-- @return
SELECT count(*) FROM users;
-- ===== guests/reader.wasm
query user-name SELECT json_quote(name) FROM users WHERE user_id = ?1 ->> '$.user_id'
-- ===== guests/writer.wasm
change rename UPDATE users SET name = ?1 ->> '$.name' WHERE user_id = ?1 ->> '$.user_id'
-- ===== calls
user_name {"user_id": "U-1"}
rename {"user_id": "U-1", "name": "Ada L."}
user_name {"user_id": "U-1"}
user_name {}
count_users {}
