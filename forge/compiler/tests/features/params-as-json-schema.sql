-- @tool search
-- @doc The schema as it is; the arguments are read from `:args`.
-- @params {"type": "object",
--    "properties": {"q": {"type": "string", "minLength": 1}, "limit": {"type": "integer", "default": 2}},
--    "required": ["q"], "additionalProperties": false}
-- @return list
SELECT sku FROM items WHERE sku LIKE '%' || (:args ->> '$.q') || '%' ORDER BY sku LIMIT :args ->> '$.limit';
-- ===== calls
search {"q": "p"}
search {"q": "p", "limit": 1}
search {"q": ""}
search {}
