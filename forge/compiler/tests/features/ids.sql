-- @tool log
-- @doc By a keyed hash: an integer column.
-- @param detail text
-- @id entry in log.entry
INSERT INTO log (entry, tool, detail) VALUES (:entry, 'log', :detail);
-- @return = :entry

-- @tool add_user
-- @doc By a keyed hash: a text column.
-- @param name text
-- @id user_id in users.user_id
INSERT INTO users (user_id, name) VALUES (:user_id, :name);
-- @return = :user_id

-- @tool add_order
-- @doc By an expression; `:n` counts the attempts.
-- @id order_id in orders.order_id = 'O-' || (1 + :n)
INSERT INTO orders (order_id, user_id) VALUES (:order_id, 'U-1');
-- @return = :order_id

-- @tool take_number
-- @doc From a pool, in the order of its key.
-- @id order_id in orders.order_id from numbers.order_id else forbidden "no number is free"
INSERT INTO orders (order_id, user_id) VALUES (:order_id, 'U-1');
-- @return = :order_id

-- @tool take_number_again
-- @doc Without words of our own.
-- @id the_number in orders.order_id from numbers.order_id
-- @return = :the_number

-- @tool by_hand
-- @doc The functions themselves.
-- @return
SELECT wardian_id('orders', 0, :args) AS a, wardian_id('orders', 1, :args) AS b, wardian_id_int('orders', 0, :args) AS c;
-- ===== calls
log {"detail": "x"}
log {"detail": "x"}
add_user {"name": "Cyd"}
add_user {"name": "Cyd"}
add_order {}
add_order {}
take_number {}
take_number {}
take_number_again {}
by_hand {}
