-- The tools of the agent. Messages are upstream's, word for word.

-- @steps target_line
-- The line :line, of which the customer must be the owner.
-- @require EXISTS (SELECT 1 FROM customers WHERE customer_id = :customer_id) else not_found "Customer with ID {customer_id} not found"
-- @row line else "Line {line_id} not found for customer {customer_id}"
SELECT status, plan_id, roaming_enabled, data_used_gb, data_refueling_gb FROM lines WHERE line_id = :line_id AND customer_id = :customer_id;

-- @tool get_customer_by_phone
-- @doc Find the customer who has a phone number, as a contact or on a line.
-- @param phone_number text of(lines.phone_number) Such as 555-123-2002.
-- @yields customers.customer_id $.customer_id
-- @yields lines.line_id $.line_ids[*]
-- @yields bills.bill_id $.bill_ids[*]
-- @example the number of a line
-- @call {"phone_number": "555-123-2009"}
-- @gives {"account_status":"Suspended","address":{"city":"Denver","state":"CO","street":"789 Pine St","zip_code":"80203"},"bill_ids":["B1006"],"created_at":"2024-12-05 09:45:00","customer_id":"C1003","date_of_birth":"1978-04-30","email":"michael.lee@example.com","full_name":"Michael Lee","goodwill_credit_used_this_year":50,"last_extension_date":null,"line_ids":["L1009"],"payment_methods":[{"account_number_last_4":"5555","expiration_date":"06/2025","method_type":"PayPal"}],"phone_number":"555-123-1003"}
-- @changes nothing
-- @example nobody's number
-- @call {"phone_number": "555-000-0000"}
-- @fails not_found "Customer with phone number 555-000-0000 not found"
-- @return else not_found "Customer with phone number {phone_number} not found"
SELECT d.doc FROM phone_owners AS o JOIN customer_docs AS d USING (customer_id) WHERE o.phone_number = :phone_number ORDER BY d.position LIMIT 1;

-- @tool get_customer_by_id
-- @doc Look up a customer.
-- @param customer_id text ref(customers.customer_id) Such as C1001.
-- @yields lines.line_id $.line_ids[*]
-- @yields bills.bill_id $.bill_ids[*]
-- @return else not_found "Customer with ID {customer_id} not found"
SELECT doc FROM customer_docs WHERE customer_id = :customer_id;

-- @tool get_customer_by_name
-- @doc Find the customers of a name who were born on a day.
-- @param full_name text First and last name; upper and lower case do not matter.
-- @param dob text Date of birth, YYYY-MM-DD.
-- @yields customers.customer_id $[*].customer_id
-- @yields lines.line_id $[*].line_ids[*]
-- @yields bills.bill_id $[*].bill_ids[*]
-- @example nobody
-- @call {"full_name": "John Smith", "dob": "1985-06-16"}
-- @gives []
-- @return list
SELECT doc FROM customer_docs WHERE date_of_birth = :dob AND lower(full_name) = unicode_lower(:full_name) ORDER BY position;

-- @tool get_details_by_id
-- @doc Look up a customer, line, device, bill or plan, whichever the id names.
-- @param id text An id. Its first letter says of what: C, L, D, B or P.
-- @example a plan
-- @call {"id": "P1002"}
-- @gives {"data_limit_gb":15,"data_refueling_price_per_gb":2,"name":"Premium Plan","plan_id":"P1002","price_per_month":65}
-- @example an id of nothing
-- @call {"id": "X1"}
-- @fails invalid "Unknown ID format or type: X1"
-- @let kind = CASE substr(:id, 1, 1) WHEN 'L' THEN 'Line' WHEN 'D' THEN 'Device' WHEN 'B' THEN 'Bill' WHEN 'C' THEN 'Customer' WHEN 'P' THEN 'Plan' END
-- @require :kind IS NOT NULL else invalid "Unknown ID format or type: {id}"
-- @return else not_found "{kind} with ID {id} not found"
SELECT doc FROM line_docs WHERE :kind = 'Line' AND line_id = :id
UNION ALL SELECT doc FROM device_docs WHERE :kind = 'Device' AND device_id = :id
UNION ALL SELECT doc FROM bill_docs WHERE :kind = 'Bill' AND bill_id = :id
UNION ALL SELECT doc FROM customer_docs WHERE :kind = 'Customer' AND customer_id = :id
UNION ALL SELECT doc FROM plan_docs WHERE :kind = 'Plan' AND plan_id = :id;

-- @tool suspend_line
-- @doc Suspend an active line, for six months at most.
-- @param customer_id text ref(customers.customer_id) Who owns the line.
-- @param line_id text ref(lines.line_id)
-- @param reason text unused() Why. Upstream logs it and keeps it nowhere.
-- @example an active line
-- @call {"customer_id": "C1001", "line_id": "L1001", "reason": "away"}
-- @changes
--   ~ lines["L1001"].status: "Active" → "Suspended"
--   ~ lines["L1001"].suspension_start_date: null → "2025-02-25"
-- @example it is suspended
-- @call {"customer_id": "C1001", "line_id": "L1003", "reason": "away"}
-- @fails conflict "Line must be active to suspend"
-- @use target_line
-- @require :line.status = 'Active' else conflict "Line must be active to suspend"
UPDATE lines SET status = 'Suspended', suspension_start_date = date(:now) WHERE line_id = :line_id;
-- @return
SELECT 'Line suspended successfully. $5/month holding fee will apply.' AS message, doc AS line FROM line_docs WHERE line_id = :line_id;

-- @tool resume_line
-- @doc Make a line active that is suspended or was not active yet.
-- @param customer_id text ref(customers.customer_id) Who owns the line.
-- @param line_id text ref(lines.line_id)
-- @example it is active
-- @call {"customer_id": "C1001", "line_id": "L1001"}
-- @fails conflict "Line must be suspended to resume"
-- @use target_line
-- @require :line.status IN ('Suspended', 'Pending Activation') else conflict "Line must be suspended to resume"
UPDATE lines SET status = 'Active', suspension_start_date = NULL WHERE line_id = :line_id;
-- @return
SELECT 'Line resumed successfully' AS message, doc AS line FROM line_docs WHERE line_id = :line_id;

-- @tool get_bills_for_customer
-- @doc List the bills of a customer, newest first.
-- @param customer_id text ref(customers.customer_id)
-- @param limit integer = 12 How many at most.
-- @yields bills.bill_id $[*].bill_id
-- @if quirks
-- @example a negative limit
-- @call {"customer_id": "C1002", "limit": -2}
-- @gives []
-- @endif
-- @if !quirks
-- @example a negative limit
-- @call {"customer_id": "C1002", "limit": -2}
-- @fails invalid "limit must not be negative"
-- @endif
-- @require EXISTS (SELECT 1 FROM customers WHERE customer_id = :customer_id) else not_found "Customer with ID {customer_id} not found"
-- @if quirks
-- A negative limit leaves out the last bills, as a slice of Python does.
-- @let length = iif(:limit >= 0, :limit, max(0, (SELECT count(*) FROM bills WHERE customer_id = :customer_id) + :limit))
-- @endif
-- @if !quirks
-- @require :limit >= 0 else invalid "limit must not be negative"
-- @let length = :limit
-- @endif
-- @return list
SELECT doc FROM bill_docs WHERE customer_id = :customer_id ORDER BY issue_date DESC, position LIMIT :length;

-- @tool send_payment_request
-- @doc Ask a customer to pay a bill. Only one bill at a time can await payment. Check first that it is not paid yet; the tool does not.
-- @param customer_id text ref(customers.customer_id) Who owes the bill.
-- @param bill_id text ref(bills.bill_id)
-- @example it reaches the phone of the customer
-- @given set_user_info {"name": "Sarah Johnson", "phone_number": "555-123-2004"}
-- @call {"customer_id": "C1002", "bill_id": "B1005"}
-- @gives "Payment request sent to the customer for bill B1005"
-- @changes
--   ~ bills["B1005"].status: "Overdue" → "Awaiting Payment"
--   + user_payment_request[1] {bill_id: "B1005", amount_due: 425.0, paid: 0}
-- @example one at a time
-- @given send_payment_request {"customer_id": "C1001", "bill_id": "B1002"}
-- @call {"customer_id": "C1001", "bill_id": "B9999"}
-- @fails conflict "A bill is already awaiting payment for this customer"
-- @require EXISTS (SELECT 1 FROM customers WHERE customer_id = :customer_id) else not_found "Customer with ID {customer_id} not found"
-- @require NOT EXISTS (SELECT 1 FROM bills WHERE customer_id = :customer_id AND status = 'Awaiting Payment')
--   else conflict "A bill is already awaiting payment for this customer"
-- @exec some else not_found "Bill {bill_id} not found for customer {customer_id}"
UPDATE bills SET status = 'Awaiting Payment' WHERE bill_id = :bill_id AND customer_id = :customer_id;
-- @return = 'Payment request sent to the customer for bill ' || :bill_id

-- @tool get_data_usage
-- @doc See how much data a line has used in this billing cycle, its allowance, what was refuelled, and when the cycle ends.
-- @param customer_id text ref(customers.customer_id) Who owns the line.
-- @param line_id text ref(lines.line_id)
-- @if quirks
-- @example the numbers are texts
-- @call {"customer_id": "C1001", "line_id": "L1002"}
-- @gives {"cycle_end_date":"2025-02-28","data_limit_gb":"15.0","data_refueling_gb":"0.0","data_used_gb":"8.7","line_id":"L1002"}
-- @endif
-- @if !quirks
-- @example the numbers are numbers
-- @call {"customer_id": "C1001", "line_id": "L1002"}
-- @gives {"cycle_end_date":"2025-02-28","data_limit_gb":15,"data_refueling_gb":0,"data_used_gb":8.7,"line_id":"L1002"}
-- @endif
-- @use target_line
-- @row plan
SELECT data_limit_gb FROM plans WHERE plan_id = :line.plan_id;
-- @if quirks
-- @return
SELECT :line_id AS line_id, date(:now, 'start of month', '+1 month', '-1 day') AS cycle_end_date,
       real_text(:line.data_used_gb) AS data_used_gb, real_text(:plan.data_limit_gb) AS data_limit_gb,
       real_text(:line.data_refueling_gb) AS data_refueling_gb;
-- @endif
-- @if !quirks
-- @return
SELECT :line_id AS line_id, date(:now, 'start of month', '+1 month', '-1 day') AS cycle_end_date,
       :line.data_used_gb AS data_used_gb, :plan.data_limit_gb AS data_limit_gb, :line.data_refueling_gb AS data_refueling_gb;
-- @endif

-- @tool enable_roaming
-- @doc Let a line be used abroad.
-- @param customer_id text ref(customers.customer_id) Who owns the line.
-- @param line_id text ref(lines.line_id)
-- @example it is on
-- @call {"customer_id": "C1001", "line_id": "L1002"}
-- @gives "Roaming was already enabled"
-- @changes nothing
-- @use target_line
-- @when :line.roaming_enabled
-- @return = 'Roaming was already enabled'
-- @else
UPDATE lines SET roaming_enabled = 1 WHERE line_id = :line_id;
-- @return = 'Roaming enabled successfully'
-- @end

-- @tool disable_roaming
-- @doc Stop a line from being used abroad.
-- @param customer_id text ref(customers.customer_id) Who owns the line.
-- @param line_id text ref(lines.line_id)
-- @example it is somebody else's line
-- @call {"customer_id": "C1003", "line_id": "L1002"}
-- @fails not_found "Line L1002 not found for customer C1003"
-- @use target_line
-- @when :line.roaming_enabled
UPDATE lines SET roaming_enabled = 0 WHERE line_id = :line_id;
-- @return = 'Roaming disabled successfully'
-- @else
-- @return = 'Roaming was already disabled'
-- @end

-- @tool transfer_to_human_agents
-- @doc Hand the user over to a human. Do so when the user asks for it, or when policy and tools leave you no way to help.
-- @param summary text unused() What the user needs, in short.
-- @return = 'Transfer successful'

-- @tool refuel_data
-- @doc Add data to a line for this billing cycle. The price per gigabyte is the plan's, and goes on the customer's next bill.
-- @param customer_id text ref(customers.customer_id) Who owns the line.
-- @param line_id text ref(lines.line_id)
-- @param gb_amount real How many gigabytes.
-- @example two gigabytes
-- @call {"customer_id": "C1001", "line_id": "L1002", "gb_amount": 2}
-- @if quirks
-- @gives {"message": "Successfully added 2.0 GB of data for line L1002 for $4.00", "new_data_refueling_gb": "2.0", "charge": "4.0"}
-- @endif
-- @if !quirks
-- @gives {"message": "Successfully added 2.0 GB of data for line L1002 for $4.00", "new_data_refueling_gb": 2, "charge": 4}
-- @endif
-- @changes
--   + bill_items["B1003", 0] {description: "Data refueling: 2.0 GB at $2.0/GB", amount: 4.0, date: "2025-02-25", item_type: "Charge"}
--   ~ bills["B1003"].total_due: 0.0 → 4.0
--   ~ lines["L1002"].data_refueling_gb: 0.0 → 2.0
-- @example nothing
-- @call {"customer_id": "C1001", "line_id": "L1002", "gb_amount": 0}
-- @fails invalid "Refuel amount must be positive"
-- @use target_line
-- @require :gb_amount > 0 else invalid "Refuel amount must be positive"
-- @row plan
SELECT data_refueling_price_per_gb AS price FROM plans WHERE plan_id = :line.plan_id;
-- @let charge = :gb_amount * :plan.price
-- @let refuelled = :line.data_refueling_gb + :gb_amount
UPDATE lines SET data_refueling_gb = :refuelled WHERE line_id = :line_id;
-- @use draft_bill
INSERT INTO bill_items (bill_id, position, description, amount, date, item_type)
SELECT :draft.bill_id, (SELECT count(*) FROM bill_items WHERE bill_id = :draft.bill_id),
       'Data refueling: ' || real_text(:gb_amount) || ' GB at $' || real_text(:plan.price) || '/GB', :charge, date(:now), iif(:charge < 0, 'Credit', 'Charge');
UPDATE bills SET total_due = total_due + :charge WHERE bill_id = :draft.bill_id;
-- @return
SELECT 'Successfully added ' || real_text(:gb_amount) || ' GB of data for line ' || :line_id || ' for $' || real_text(:charge, 2) AS message,
-- @if quirks
       real_text(:refuelled) AS new_data_refueling_gb, real_text(:charge) AS charge;
-- @endif
-- @if !quirks
       :refuelled AS new_data_refueling_gb, :charge AS charge;
-- @endif

-- @steps draft_bill
-- The first draft among the bills of :customer_id, as :draft.bill_id. Without one, a new bill for the next month is made.
-- @when NOT EXISTS (SELECT 1 FROM bills WHERE customer_id = :customer_id AND status = 'Draft')
-- @id new_bill_id in bills.bill_id = 'B' || wardian_id_int('bills', :n, :args)
INSERT INTO bills (bill_id, position, customer_id, period_start, period_end, issue_date, total_due, due_date, status)
SELECT :new_bill_id, (SELECT coalesce(max(position) + 1, 0) FROM bills), :customer_id, next, date(next, '+1 month', '-1 day'), next, 0.0,
       date(next, '+14 days'), 'Draft'
  FROM (SELECT date(:now, 'start of month', '+1 month') AS next);
-- @end
-- @row draft
SELECT bill_id FROM bills WHERE customer_id = :customer_id AND status = 'Draft' ORDER BY position LIMIT 1;
