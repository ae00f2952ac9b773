-- The tools of the shop. What upstream gets wrong stands between `@if quirks` and `@endif`; README.md has the list.

-- @tool find_user_id_by_email
-- @doc Find a customer by e-mail address. Try this before the search by name.
-- @param email text of(users.email) The address; upper and lower case do not matter.
-- @yields users.user_id $
-- @example upper and lower case do not matter
-- @call {"email": "Raj.Johnson2993@EXAMPLE.com"}
-- @gives "raj_johnson_3377"
-- @changes nothing
-- @example nobody has the address
-- @call {"email": "nobody@example.com"}
-- @fails not_found "User not found"
-- @changes nothing
-- @return else "User not found"
SELECT user_id FROM users WHERE lower(email) = unicode_lower(:email) ORDER BY position LIMIT 1;

-- @tool find_user_id_by_name_zip
-- @doc Find a customer by name and postal code, when the e-mail address is unknown or leads to nobody.
-- @param first_name text of(users.first_name) First name; upper and lower case do not matter.
-- @param last_name text of(users.last_name) Last name; upper and lower case do not matter.
-- @param zip text of(users.zip) Postal code of the customer's own address, exactly.
-- @yields users.user_id $
-- @example the postal code is another's
-- @call {"first_name": "Yusuf", "last_name": "Rossi", "zip": "00000"}
-- @fails not_found "User not found"
-- @changes nothing
-- @return else "User not found"
SELECT user_id FROM users
 WHERE lower(first_name) = unicode_lower(:first_name) AND lower(last_name) = unicode_lower(:last_name) AND zip = :zip
 ORDER BY position LIMIT 1;

-- @tool get_user_details
-- @doc Show a customer: name, address, e-mail, payment methods and orders.
-- @param user_id text ref(users.user_id) Such as sara_doe_496.
-- @yields orders.order_id $.orders[*]
-- @yields payment_methods.payment_method_id $.payment_methods[*].id
-- @return else "User not found"
SELECT doc FROM user_docs WHERE user_id = :user_id;

-- @tool get_order_details
-- @doc Show an order: items, address, status, shipments and payments.
-- @param order_id text ref(orders.order_id) Such as #W0000000, with the # in front.
-- @yields variants.item_id $.items[*].item_id
-- @yields products.product_id $.items[*].product_id
-- @yields payment_methods.payment_method_id $.payment_history[*].payment_method_id
-- @return else "Order not found"
SELECT doc FROM order_docs WHERE order_id = :order_id;

-- @tool get_product_details
-- @doc Show a product with its variants: options, price and whether each can be had.
-- @param product_id text ref(products.product_id) Of the product, not of one of its items.
-- @yields variants.item_id $.variants[*].item_id
-- @return else "Product not found"
SELECT doc FROM product_docs WHERE product_id = :product_id;

-- @tool get_item_details
-- @doc Show one item: its options, price and whether it can be had.
-- @param item_id text ref(variants.item_id) Of the item, not of its product.
-- @example one that can be had
-- @call {"item_id": "9408160950"}
-- @gives {"available":true,"item_id":"9408160950","options":{"band material":"leather","color":"gold","display":"LCD"},"price":381.26}
-- @changes nothing
-- @return else "Item not found"
SELECT doc FROM variant_docs WHERE item_id = :item_id;

-- @tool list_all_product_types
-- @doc List what the shop sells: the name of each product with its id.
-- @yields products.product_id $[*]
-- @return
SELECT jsonb_group_object(name, product_id ORDER BY name) FROM products;

-- @tool modify_user_address
-- @doc Change the address of a customer. Addresses of orders stay as they are. Ask for a clear yes first.
-- @param user_id text ref(users.user_id) Such as sara_doe_496.
-- @param address1 text First line, such as 123 Main St.
-- @param address2 text Second line, such as Apt 1, or nothing.
-- @param city text
-- @param state text Such as CA.
-- @param country text Such as USA.
-- @param zip text Postal code.
-- @example a move within the town
-- @call {"user_id": "raj_johnson_3377", "address1": "1 Main St", "address2": "", "city": "San Jose", "state": "CA", "country": "USA", "zip": "95112"}
-- @changes
--   ~ users["raj_johnson_3377"].address1: "880 Hillcrest Drive" → "1 Main St"
--   ~ users["raj_johnson_3377"].address2: "Suite 759" → ""
--   ~ users["raj_johnson_3377"].zip: "95133" → "95112"
-- @exec some else "User not found"
UPDATE users SET address1 = :address1, address2 = :address2, city = :city, state = :state, country = :country, zip = :zip
 WHERE user_id = :user_id;
-- @return
SELECT doc FROM user_docs WHERE user_id = :user_id;

-- @tool modify_pending_order_address
-- @doc Change where a pending order is sent. Ask for a clear yes first.
-- @param order_id text ref(orders.order_id) Such as #W0000000, with the # in front.
-- @param address1 text First line, such as 123 Main St.
-- @param address2 text Second line, such as Apt 1, or nothing.
-- @param city text
-- @param state text Such as CA.
-- @param country text Such as USA.
-- @param zip text Postal code.
-- @example an order that was delivered
-- @call {"order_id": "#W1067251", "address1": "1 Main St", "address2": "", "city": "Austin", "state": "TX", "country": "USA", "zip": "78701"}
-- @fails conflict "Non-pending order cannot be modified"
-- @changes nothing
-- @row order else "Order not found"
SELECT status FROM orders WHERE order_id = :order_id;
-- @require :order.status IN ('pending', 'pending (item modified)') else conflict "Non-pending order cannot be modified"
UPDATE orders SET address1 = :address1, address2 = :address2, city = :city, state = :state, country = :country, zip = :zip
 WHERE order_id = :order_id;
-- @return
SELECT doc FROM order_docs WHERE order_id = :order_id;

-- @tool modify_pending_order_payment
-- @doc Pay a pending order by another method of the customer; what was paid goes back. Ask for a clear yes first.
-- @param order_id text ref(orders.order_id) Such as #W0000000, with the # in front.
-- @param payment_method_id text ref(payment_methods.payment_method_id) The new method, as the customer's details name it.
-- @example from a credit card to a gift card
-- @call {"order_id": "#W1080318", "payment_method_id": "gift_card_3749819"}
-- @changes
--   + order_payments["#W1080318", 1] {kind: "payment", amount_cents: 5343, payment_method_id: "gift_card_3749819"}
--   + order_payments["#W1080318", 2] {kind: "refund", amount_cents: 5343, payment_method_id: "credit_card_3577130"}
--   ~ payment_methods["gift_card_3749819"].balance_cents: 9100 → 3757
-- @example the method that paid already
-- @call {"order_id": "#W1080318", "payment_method_id": "credit_card_3577130"}
-- @fails invalid "The new payment method should be different from the current one"
-- @changes nothing
-- @row order else "Order not found"
SELECT status, user_id FROM orders WHERE order_id = :order_id;
-- @require :order.status IN ('pending', 'pending (item modified)') else conflict "Non-pending order cannot be modified"
-- @row method else "Payment method not found"
SELECT kind, balance_cents FROM payment_methods WHERE payment_method_id = :payment_method_id AND user_id = :order.user_id;
-- @row paid
SELECT count(*) AS entries, min(kind) AS kind, min(amount_cents) AS amount_cents, min(payment_method_id) AS payment_method_id
  FROM order_payments WHERE order_id = :order_id;
-- @require :paid.entries = 1 AND :paid.kind = 'payment' else conflict "There should be exactly one payment for a pending order"
-- @require :paid.payment_method_id <> :payment_method_id
--   else invalid "The new payment method should be different from the current one"
-- @require :method.kind <> 'gift_card' OR :method.balance_cents >= :paid.amount_cents
--   else conflict "Insufficient gift card balance to pay for the order"
INSERT INTO order_payments (order_id, position, kind, amount_cents, payment_method_id)
VALUES (:order_id, 1, 'payment', :paid.amount_cents, :payment_method_id),
       (:order_id, 2, 'refund', :paid.amount_cents, :paid.payment_method_id);
UPDATE payment_methods
   SET balance_cents = balance_cents + iif(payment_method_id = :payment_method_id, -:paid.amount_cents, :paid.amount_cents)
 WHERE payment_method_id IN (:payment_method_id, :paid.payment_method_id) AND kind = 'gift_card';
-- @return
SELECT doc FROM order_docs WHERE order_id = :order_id;

-- @tool cancel_pending_order
-- @doc Cancel a pending order and refund it: to a gift card at once, else within 5 to 7 business days. Ask for a clear yes first.
-- @param order_id text ref(orders.order_id) Such as #W0000000, with the # in front.
-- @param reason text Either `no longer needed` or `ordered by mistake`.
-- @example paid with a gift card
-- @call {"order_id": "#W1649831", "reason": "no longer needed"}
-- @changes
--   + order_payments["#W1649831", 1] {kind: "refund", amount_cents: 48347, payment_method_id: "gift_card_8633125"}
--   ~ orders["#W1649831"].status: "pending" → "cancelled"
--   ~ orders["#W1649831"].cancel_reason: null → "no longer needed"
--   ~ payment_methods["gift_card_8633125"].balance_cents: 1200 → 49547
-- @example no reason of the two
-- @call {"order_id": "#W1649831", "reason": "too expensive"}
-- @fails invalid "Invalid reason"
-- @changes nothing
-- @if quirks
-- @example after a change of payment, all three entries are refunded
-- @given modify_pending_order_payment {"order_id": "#W1080318", "payment_method_id": "gift_card_3749819"}
-- @call {"order_id": "#W1080318", "reason": "ordered by mistake"}
-- @changes
--   + order_payments["#W1080318", 3] {kind: "refund", amount_cents: 5343, payment_method_id: "credit_card_3577130"}
--   + order_payments["#W1080318", 4] {kind: "refund", amount_cents: 5343, payment_method_id: "gift_card_3749819"}
--   + order_payments["#W1080318", 5] {kind: "refund", amount_cents: 5343, payment_method_id: "credit_card_3577130"}
--   ~ orders["#W1080318"].status: "pending" → "cancelled"
--   ~ orders["#W1080318"].cancel_reason: null → "ordered by mistake"
--   ~ payment_methods["gift_card_3749819"].balance_cents: 3757 → 9100
-- @endif
-- @if !quirks
-- @example after a change of payment, who paid in the end is refunded
-- @given modify_pending_order_payment {"order_id": "#W1080318", "payment_method_id": "gift_card_3749819"}
-- @call {"order_id": "#W1080318", "reason": "ordered by mistake"}
-- @changes
--   + order_payments["#W1080318", 3] {kind: "refund", amount_cents: 5343, payment_method_id: "gift_card_3749819"}
--   ~ orders["#W1080318"].status: "pending" → "cancelled"
--   ~ orders["#W1080318"].cancel_reason: null → "ordered by mistake"
--   ~ payment_methods["gift_card_3749819"].balance_cents: 3757 → 9100
-- @endif
-- @row order else "Order not found"
SELECT status FROM orders WHERE order_id = :order_id;
-- @require :order.status = 'pending' else conflict "Non-pending order cannot be cancelled"
-- @require :reason IN ('no longer needed', 'ordered by mistake') else invalid "Invalid reason"
-- @if quirks
-- Every entry of the history is paid out, a refund as well.
-- @table refunds
SELECT amount_cents, payment_method_id FROM order_payments WHERE order_id = :order_id ORDER BY position;
-- @endif
-- @if !quirks
-- Each method gets what it has paid, less what it has back already.
-- @table refunds
SELECT sum(iif(kind = 'payment', amount_cents, -amount_cents)) AS amount_cents, payment_method_id
  FROM order_payments WHERE order_id = :order_id
 GROUP BY payment_method_id HAVING sum(iif(kind = 'payment', amount_cents, -amount_cents)) > 0 ORDER BY min(position);
-- @endif
INSERT INTO order_payments (order_id, position, kind, amount_cents, payment_method_id)
SELECT :order_id, r.pos + (SELECT count(*) FROM order_payments WHERE order_id = :order_id), 'refund', r.amount_cents, r.payment_method_id
  FROM :refunds AS r;
UPDATE payment_methods AS m
   SET balance_cents = balance_cents + (SELECT sum(r.amount_cents) FROM :refunds AS r WHERE r.payment_method_id = m.payment_method_id)
 WHERE payment_method_id IN (SELECT r.payment_method_id FROM :refunds AS r) AND kind = 'gift_card';
UPDATE orders SET status = 'cancelled', cancel_reason = :reason WHERE order_id = :order_id;
-- @return
SELECT doc FROM order_docs WHERE order_id = :order_id;

-- @steps pair_items
-- Pairs each of :item_ids with what shall come for it and with a line of the order: the k-th mention of an item stands for the
-- k-th line that has it. A variant that does not exist, or is another product's, has no price.
-- @if !quirks
-- @require json_array_length(:item_ids) > 0 else invalid "at least one item must be named"
-- @endif
-- @table pairs
SELECT w.value AS item_id, w.mentions, coalesce(l.lines, 0) AS lines, l.position AS line, l.price_cents AS old_price_cents,
       n.value AS new_item_id, v.price_cents, v.options, v.available
  FROM (SELECT pos, value, row_number() OVER (PARTITION BY value ORDER BY pos) AS nth, count(*) OVER (PARTITION BY value) AS mentions
          FROM :item_ids) AS w
  LEFT JOIN (SELECT i.position, i.item_id, i.price_cents, s.product_id, row_number() OVER (PARTITION BY i.item_id ORDER BY i.position) AS nth,
                    count(*) OVER (PARTITION BY i.item_id) AS lines
               FROM order_items AS i JOIN variants AS s USING (item_id) WHERE i.order_id = :order_id) AS l
    ON l.item_id = w.value AND l.nth = w.nth
  LEFT JOIN :new_item_ids AS n ON n.pos = w.pos
  LEFT JOIN variants AS v ON v.item_id = n.value AND v.product_id = l.product_id
 ORDER BY w.pos;

-- @if quirks

-- @steps add_up
-- The difference in price as upstream has it before it rounds, if it rounds: floats added one after the other, in dollars.
-- sum() would not do, being more exact than that.
-- @row total
WITH RECURSIVE running (pos, dollars) AS (
  SELECT -1, 0.0
  UNION ALL
  SELECT p.pos, r.dollars + (p.price_cents / 100.0 - p.old_price_cents / 100.0) FROM running AS r JOIN :pairs AS p ON p.pos = r.pos + 1
)
SELECT dollars FROM running ORDER BY pos DESC LIMIT 1;
-- @endif

-- @tool modify_pending_order_items
-- @doc Change items of a pending order into other variants of the same products. Only once an order, so ask whether all items are
--   named, and for a clear yes.
-- @param order_id text ref(orders.order_id) Such as #W0000000, with the # in front.
-- @param item_ids list(text) ref(variants.item_id) The items to change; one that was bought twice may stand here twice.
-- @param new_item_ids list(text) ref(variants.item_id) What each becomes, in the same order: another variant of the same product.
-- @param payment_method_id text ref(payment_methods.payment_method_id) Pays the difference in price, or gets it back.
-- @if quirks
-- @example two products, both with the price and the options of the second
-- @call {"order_id": "#W1138897", "item_ids": ["2820119811", "3557711149"], "new_item_ids": ["3738831434", "5917587651"], "payment_method_id": "credit_card_3185406"}
-- @gives {"address":{"address1":"218 Main Street","address2":"Suite 792","city":"Phoenix","country":"USA","state":"AZ","zip":"85001"},"cancel_reason":null,"exchange_items":null,"exchange_new_items":null,"exchange_payment_method_id":null,"exchange_price_difference":null,"fulfillments":[],"items":[{"item_id":"3738831434","name":"Tea Kettle","options":{"color":"grey","compartment":"laptop","material":"polyester","size":"medium"},"price":212.79,"product_id":"9832717871"},{"item_id":"5917587651","name":"Backpack","options":{"color":"grey","compartment":"laptop","material":"polyester","size":"medium"},"price":212.79,"product_id":"2524789262"}],"order_id":"#W1138897","payment_history":[{"amount":300.03,"payment_method_id":"credit_card_3185406","transaction_type":"payment"},{"amount":11.649999999999991,"payment_method_id":"credit_card_3185406","transaction_type":"payment"}],"return_items":null,"return_payment_method_id":null,"status":"pending (item modified)","user_id":"ethan_smith_7905"}
-- @changes
--   ~ order_items["#W1138897", 0].item_id: "2820119811" → "3738831434"
--   ~ order_items["#W1138897", 0].price_cents: 9468 → 21279
--   ~ order_items["#W1138897", 0].options: "{\"capacity\":\"2 liters\",\"material\":\"glass\",\"stovetop compatibility\":\"electric\"}" → "{\"color\":\"grey\",\"compartment\":\"laptop\",\"material\":\"polyester\",\"size\":\"medium\"}"
--   ~ order_items["#W1138897", 1].item_id: "3557711149" → "5917587651"
--   ~ order_items["#W1138897", 1].price_cents: 20535 → 21279
--   ~ order_items["#W1138897", 1].options: "{\"color\":\"green\",\"compartment\":\"laptop\",\"material\":\"polyester\",\"size\":\"small\"}" → "{\"color\":\"grey\",\"compartment\":\"laptop\",\"material\":\"polyester\",\"size\":\"medium\"}"
--   + order_payments["#W1138897", 1] {kind: "payment", amount_cents: 1165, payment_method_id: "credit_card_3185406"}
--   ~ orders["#W1138897"].status: "pending" → "pending (item modified)"
--   + payment_drifts["#W1138897", 1] {dollars: -8.881784197001252e-15}
-- @endif
-- @if !quirks
-- @example two products
-- @call {"order_id": "#W1138897", "item_ids": ["2820119811", "3557711149"], "new_item_ids": ["3738831434", "5917587651"], "payment_method_id": "credit_card_3185406"}
-- @gives {"address":{"address1":"218 Main Street","address2":"Suite 792","city":"Phoenix","country":"USA","state":"AZ","zip":"85001"},"cancel_reason":null,"exchange_items":null,"exchange_new_items":null,"exchange_payment_method_id":null,"exchange_price_difference":null,"fulfillments":[],"items":[{"item_id":"3738831434","name":"Tea Kettle","options":{"capacity":"1.5 liters","material":"stainless steel","stovetop compatibility":"induction"},"price":98.89,"product_id":"9832717871"},{"item_id":"5917587651","name":"Backpack","options":{"color":"grey","compartment":"laptop","material":"polyester","size":"medium"},"price":212.79,"product_id":"2524789262"}],"order_id":"#W1138897","payment_history":[{"amount":300.03,"payment_method_id":"credit_card_3185406","transaction_type":"payment"},{"amount":11.65,"payment_method_id":"credit_card_3185406","transaction_type":"payment"}],"return_items":null,"return_payment_method_id":null,"status":"pending (item modified)","user_id":"ethan_smith_7905"}
-- @changes
--   ~ order_items["#W1138897", 0].item_id: "2820119811" → "3738831434"
--   ~ order_items["#W1138897", 0].price_cents: 9468 → 9889
--   ~ order_items["#W1138897", 0].options: "{\"capacity\":\"2 liters\",\"material\":\"glass\",\"stovetop compatibility\":\"electric\"}" → "{\"capacity\":\"1.5 liters\",\"material\":\"stainless steel\",\"stovetop compatibility\":\"induction\"}"
--   ~ order_items["#W1138897", 1].item_id: "3557711149" → "5917587651"
--   ~ order_items["#W1138897", 1].price_cents: 20535 → 21279
--   ~ order_items["#W1138897", 1].options: "{\"color\":\"green\",\"compartment\":\"laptop\",\"material\":\"polyester\",\"size\":\"small\"}" → "{\"color\":\"grey\",\"compartment\":\"laptop\",\"material\":\"polyester\",\"size\":\"medium\"}"
--   + order_payments["#W1138897", 1] {kind: "payment", amount_cents: 1165, payment_method_id: "credit_card_3185406"}
--   ~ orders["#W1138897"].status: "pending" → "pending (item modified)"
-- @example no item
-- @call {"order_id": "#W1138897", "item_ids": [], "new_item_ids": [], "payment_method_id": "credit_card_3185406"}
-- @fails invalid "at least one item must be named"
-- @changes nothing
-- @endif
-- @example a variant of another product
-- @call {"order_id": "#W1138897", "item_ids": ["2820119811"], "new_item_ids": ["5917587651"], "payment_method_id": "credit_card_3185406"}
-- @fails invalid "Variant not found"
-- @changes nothing
-- @row order else "Order not found"
SELECT o.status, o.user_id, (SELECT count(*) FROM order_payments AS p WHERE p.order_id = o.order_id) AS payments
  FROM orders AS o WHERE o.order_id = :order_id;
-- @require :order.status = 'pending' else conflict "Non-pending order cannot be modified"
-- @use pair_items
-- @reject not_found
SELECT item_id || ' not found' FROM :pairs WHERE mentions > lines ORDER BY pos LIMIT 1;
-- @require json_array_length(:item_ids) = json_array_length(:new_item_ids) else invalid "The number of items to be exchanged should match"
-- @reject invalid
SELECT CASE WHEN item_id = new_item_id THEN 'The new item id should be different from the old item id'
            WHEN price_cents IS NULL THEN 'Variant not found'
            WHEN NOT available THEN 'New item ' || new_item_id || ' not found or available' END
  FROM :pairs ORDER BY pos;
-- @row method else "Payment method not found"
SELECT kind, balance_cents FROM payment_methods WHERE payment_method_id = :payment_method_id AND user_id = :order.user_id;
-- @let difference_cents = (SELECT coalesce(sum(price_cents - old_price_cents), 0) FROM :pairs)
-- @if quirks
-- @use add_up
-- @require :method.kind <> 'gift_card' OR :method.balance_cents / 100.0 >= :total.dollars
--   else conflict "Insufficient gift card balance to pay for the new item"
INSERT INTO order_payments (order_id, position, kind, amount_cents, payment_method_id)
VALUES (:order_id, :order.payments, iif(:total.dollars > 0, 'payment', 'refund'), abs(:difference_cents), :payment_method_id);
INSERT INTO payment_drifts (order_id, position, dollars)
SELECT :order_id, :order.payments, drift
  FROM (SELECT abs(:total.dollars) - abs(:difference_cents) / 100.0 AS drift) WHERE drift <> 0;
-- The variant that was looked at last lends its price and options to all; and an item is looked for by its id while the items
-- before it have their new ids already.
-- @row last?
SELECT price_cents, options FROM :pairs ORDER BY pos DESC LIMIT 1;
-- @each pair in pairs
UPDATE order_items SET item_id = :pair.new_item_id, price_cents = :last.price_cents, options = :last.options
 WHERE order_id = :order_id
   AND position = (SELECT min(i.position) FROM order_items AS i WHERE i.order_id = :order_id AND i.item_id = :pair.item_id);
-- @end
-- @endif
-- @if !quirks
-- @require :method.kind <> 'gift_card' OR :method.balance_cents >= :difference_cents
--   else conflict "Insufficient gift card balance to pay for the new item"
INSERT INTO order_payments (order_id, position, kind, amount_cents, payment_method_id)
SELECT :order_id, :order.payments, iif(:difference_cents > 0, 'payment', 'refund'), abs(:difference_cents), :payment_method_id
 WHERE :difference_cents <> 0;
UPDATE order_items AS i SET item_id = p.new_item_id, price_cents = p.price_cents, options = p.options
  FROM :pairs AS p WHERE i.order_id = :order_id AND i.position = p.line;
-- @endif
UPDATE payment_methods SET balance_cents = balance_cents - :difference_cents
 WHERE payment_method_id = :payment_method_id AND kind = 'gift_card';
UPDATE orders SET status = 'pending (item modified)' WHERE order_id = :order_id;
-- @return
SELECT doc FROM order_docs WHERE order_id = :order_id;

-- @tool exchange_delivered_order_items
-- @doc Ask for an exchange: items of a delivered order for other variants of the same products. An order can be returned or
--   exchanged only once, so ask whether all items are named, and for a clear yes.
-- @param order_id text ref(orders.order_id) Such as #W0000000, with the # in front.
-- @param item_ids list(text) ref(variants.item_id) The items that go back; one that was bought twice may stand here twice.
-- @param new_item_ids list(text) ref(variants.item_id) What comes for each, in the same order: a variant of the same product.
-- @param payment_method_id text ref(payment_methods.payment_method_id) Pays the difference in price, or gets it back.
-- @if quirks
-- @example two items, which are not in pairs any more
-- @call {"order_id": "#W1067251", "item_ids": ["6452271382", "7848293342"], "new_item_ids": ["8555936349", "3876764226"], "payment_method_id": "credit_card_3362387"}
-- @changes
--   + exchange_items["#W1067251", 0] {item_id: "6452271382", new_item_id: "3876764226"}
--   + exchange_items["#W1067251", 1] {item_id: "7848293342", new_item_id: "8555936349"}
--   ~ orders["#W1067251"].status: "delivered" → "exchange requested"
--   ~ orders["#W1067251"].exchange_payment_method_id: null → "credit_card_3362387"
--   ~ orders["#W1067251"].exchange_difference_cents: null → 641
-- @endif
-- @if !quirks
-- @example two items
-- @call {"order_id": "#W1067251", "item_ids": ["6452271382", "7848293342"], "new_item_ids": ["8555936349", "3876764226"], "payment_method_id": "credit_card_3362387"}
-- @changes
--   + exchange_items["#W1067251", 0] {item_id: "6452271382", new_item_id: "8555936349"}
--   + exchange_items["#W1067251", 1] {item_id: "7848293342", new_item_id: "3876764226"}
--   ~ orders["#W1067251"].status: "delivered" → "exchange requested"
--   ~ orders["#W1067251"].exchange_payment_method_id: null → "credit_card_3362387"
--   ~ orders["#W1067251"].exchange_difference_cents: null → 641
-- @endif
-- @example more of an item than were bought
-- @call {"order_id": "#W1067251", "item_ids": ["6452271382", "6452271382"], "new_item_ids": ["8555936349", "8555936349"], "payment_method_id": "credit_card_3362387"}
-- @fails not_found "Number of 6452271382 not found."
-- @changes nothing
-- @row order else "Order not found"
SELECT status, user_id FROM orders WHERE order_id = :order_id;
-- @require :order.status = 'delivered' else conflict "Non-delivered order cannot be exchanged"
-- @use pair_items
-- @reject not_found
SELECT 'Number of ' || item_id || ' not found.' FROM :pairs WHERE mentions > lines ORDER BY pos LIMIT 1;
-- @require json_array_length(:item_ids) = json_array_length(:new_item_ids) else invalid "The number of items to be exchanged should match."
-- @reject invalid
SELECT CASE WHEN price_cents IS NULL THEN 'Variant not found'
            WHEN NOT available THEN 'New item ' || new_item_id || ' not found or available' END
  FROM :pairs ORDER BY pos;
-- @let difference_cents = (SELECT coalesce(sum(price_cents - old_price_cents), 0) FROM :pairs)
-- @row method else "Payment method not found"
SELECT kind, balance_cents FROM payment_methods WHERE payment_method_id = :payment_method_id AND user_id = :order.user_id;
-- @require :method.kind <> 'gift_card' OR :method.balance_cents >= :difference_cents
--   else conflict "Insufficient gift card balance to pay for the price difference"
UPDATE orders SET status = 'exchange requested', exchange_payment_method_id = :payment_method_id, exchange_difference_cents = :difference_cents
 WHERE order_id = :order_id;
-- @if quirks
-- The two lists are sorted each for itself, so that they do not say any more what was to come for what.
INSERT INTO exchange_items (order_id, position, item_id, new_item_id)
SELECT :order_id, o.place - 1, o.item_id, n.new_item_id
  FROM (SELECT item_id, row_number() OVER (ORDER BY item_id) AS place FROM :pairs) AS o
  JOIN (SELECT new_item_id, row_number() OVER (ORDER BY new_item_id) AS place FROM :pairs) AS n USING (place);
-- @when :difference_cents = 0
-- @use add_up
INSERT INTO exchange_zeros (order_id, zero)
SELECT :order_id, zero
  FROM (SELECT iif(json_array_length(:item_ids) = 0, '0', iif(:total.dollars < 0, '-0.0', NULL)) AS zero) WHERE zero IS NOT NULL;
-- @end
-- @endif
-- @if !quirks
INSERT INTO exchange_items (order_id, position, item_id, new_item_id)
SELECT :order_id, row_number() OVER (ORDER BY item_id, new_item_id) - 1, item_id, new_item_id FROM :pairs;
-- @endif
-- @return
SELECT doc FROM order_docs WHERE order_id = :order_id;

-- @tool return_delivered_order_items
-- @doc Ask for a return of items of a delivered order. The customer is told by e-mail where to send them. Ask for a clear yes first.
-- @param order_id text ref(orders.order_id) Such as #W0000000, with the # in front.
-- @param item_ids list(text) ref(variants.item_id) The items that go back; one that was bought twice may stand here twice.
-- @param payment_method_id text ref(payment_methods.payment_method_id) Gets the money: the method that paid, or a gift card.
-- @example one of two items
-- @call {"order_id": "#W1504875", "item_ids": ["9421195098"], "payment_method_id": "paypal_6262583"}
-- @changes
--   ~ orders["#W1504875"].status: "delivered" → "return requested"
--   ~ orders["#W1504875"].return_payment_method_id: null → "paypal_6262583"
--   + return_items["#W1504875", 0] {item_id: "9421195098"}
-- @example an item that was not bought
-- @call {"order_id": "#W1504875", "item_ids": ["8926329222"], "payment_method_id": "paypal_6262583"}
-- @fails not_found "Some item not found"
-- @changes nothing
-- @row order else "Order not found"
SELECT o.status, o.user_id, (SELECT p.payment_method_id FROM order_payments AS p WHERE p.order_id = o.order_id AND p.position = 0) AS paid_by
  FROM orders AS o WHERE o.order_id = :order_id;
-- @require :order.status = 'delivered' else conflict "Non-delivered order cannot be returned"
-- @row method else "Payment method not found"
SELECT kind FROM payment_methods WHERE payment_method_id = :payment_method_id AND user_id = :order.user_id;
-- @require :method.kind = 'gift_card' OR :payment_method_id = :order.paid_by
--   else forbidden "Payment method should be the original payment method"
-- @if !quirks
-- @require json_array_length(:item_ids) > 0 else invalid "at least one item must be named"
-- @endif
-- @require NOT EXISTS (SELECT 1 FROM :item_ids AS w GROUP BY w.value HAVING count(*) >
--     (SELECT count(*) FROM order_items AS i WHERE i.order_id = :order_id AND i.item_id = w.value)) else not_found "Some item not found"
UPDATE orders SET status = 'return requested', return_payment_method_id = :payment_method_id WHERE order_id = :order_id;
INSERT INTO return_items (order_id, position, item_id)
SELECT :order_id, row_number() OVER (ORDER BY w.value) - 1, w.value FROM :item_ids AS w;
-- @return
SELECT doc FROM order_docs WHERE order_id = :order_id;

-- @tool transfer_to_human_agents
-- @doc Hand the customer over to a person. Only when the customer asks for one, or when policy and tools cannot help.
-- @param summary text unused() What it is about. Nothing of it is kept.
-- @return = 'Transfer successful'
