-- @tool check_lines
-- @doc The first text that is not NULL is the error.
-- @param lines list(sku text, quantity integer)
-- @reject invalid
SELECT CASE WHEN l.quantity < 1 THEN 'line ' || l.pos || ': quantity ' || l.quantity END FROM :lines AS l ORDER BY l.pos;
-- @reject not_found
SELECT 'no item ' || l.sku FROM :lines AS l WHERE l.sku NOT IN (SELECT sku FROM items) ORDER BY l.pos;
-- @reject
SELECT iif((SELECT count(*) FROM :lines) > 2, 'too many lines', NULL);
-- @return = 'good'
-- ===== calls
check_lines {"lines": [{"sku": "cup", "quantity": 1}]}
check_lines {"lines": [{"sku": "cup", "quantity": 1}, {"sku": "x", "quantity": 0}]}
check_lines {"lines": [{"sku": "cup", "quantity": 1}, {"sku": "x", "quantity": 2}]}
check_lines {"lines": [{"sku": "cup", "quantity": 1}, {"sku": "cup", "quantity": 1}, {"sku": "pen", "quantity": 1}]}
