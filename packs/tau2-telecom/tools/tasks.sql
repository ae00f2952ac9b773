-- What tasks do to the carrier's side before they begin, and what they ask of it in the end.

-- @tool set_data_usage
-- @role setup
-- @doc Say how much data a line has used.
-- @param customer_id text ref(customers.customer_id)
-- @param line_id text ref(lines.line_id)
-- @param data_used_gb real
-- @example it is used up, which the phone learns
-- @given set_user_info {"name": "John Smith", "phone_number": "555-123-2002"}
-- @call {"customer_id": "C1001", "line_id": "L1002", "data_used_gb": 15.1}
-- @gives "Data usage set to 15.1 GB for line L1002"
-- @changes
--   ~ lines["L1002"].data_used_gb: 8.7 → 15.1
--   ~ user_surroundings[1].mobile_data_usage_exceeded: 0 → 1
-- @use target_line
UPDATE lines SET data_used_gb = :data_used_gb WHERE line_id = :line_id;
-- @return = 'Data usage set to ' || real_text(:data_used_gb) || ' GB for line ' || :line_id

-- @tool suspend_line_for_overdue_bill
-- @role setup
-- @doc Suspend a line because a bill for it is overdue, which is made; the line may be anybody's.
-- @param customer_id text ref(customers.customer_id) Who gets the bill.
-- @param line_id text ref(lines.line_id)
-- @param new_bill_id text new(bills.bill_id)
-- @param contract_ended boolean Whether the contract ended with the month of the bill.
-- @example the phone learns of it
-- @given set_user_info {"name": "John Smith", "phone_number": "555-123-2002"}
-- @call {"customer_id": "C1001", "line_id": "L1002", "new_bill_id": "B1234321", "contract_ended": true}
-- @gives "Line L1002 suspended for unpaid bill B1234321. Contract ended: True"
-- @changes
--   + bill_items["B1234321", 0] {description: "Charge for line L1002", amount: 65.0, date: "2025-02-25", item_type: "Charge"}
--   + bills["B1234321"] {position: 6, customer_id: "C1001", period_start: "2025-01-01", period_end: "2025-01-31", issue_date: "2025-01-01", total_due: 65.0, due_date: "2025-01-15", status: "Overdue"}
--   ~ lines["L1002"].status: "Active" → "Suspended"
--   ~ lines["L1002"].contract_end_date: "2026-12-31" → "2025-01-31"
--   ~ lines["L1002"].suspension_start_date: null → "2025-02-25"
--   ~ user_surroundings[1].line_active: 1 → 0
-- @row line else "Line with ID {line_id} not found"
SELECT l.status, p.price_per_month AS amount FROM lines AS l JOIN plans AS p USING (plan_id) WHERE l.line_id = :line_id;
-- @require :line.status = 'Active' else conflict "Line must be active to suspend for unpaid bill"
-- @require :line.amount > 0 else invalid "Amount must be positive for overdue bill"
-- @require EXISTS (SELECT 1 FROM customers WHERE customer_id = :customer_id) else not_found "Customer with ID {customer_id} not found"
-- @require NOT EXISTS (SELECT 1 FROM bills WHERE customer_id = :customer_id AND status = 'Overdue') else conflict "Customer already has an overdue bill"
-- @exec else conflict "there is a bill {new_bill_id} already"
INSERT INTO bills (bill_id, position, customer_id, period_start, period_end, issue_date, total_due, due_date, status)
SELECT :new_bill_id, (SELECT coalesce(max(position) + 1, 0) FROM bills), :customer_id, first, date(:now, 'start of month', '-1 day'), first,
       :line.amount, date(first, '+14 days'), 'Overdue'
  FROM (SELECT date(:now, 'start of month', '-1 month') AS first);
INSERT INTO bill_items (bill_id, position, description, amount, date, item_type)
VALUES (:new_bill_id, 0, 'Charge for line ' || :line_id, :line.amount, date(:now), 'Charge');
UPDATE lines SET status = 'Suspended', suspension_start_date = date(:now),
                 contract_end_date = iif(:contract_ended, date(:now, 'start of month', '-1 day'), contract_end_date)
 WHERE line_id = :line_id;
-- @return = 'Line ' || :line_id || ' suspended for unpaid bill ' || :new_bill_id || '. Contract ended: ' || iif(:contract_ended, 'True', 'False')

-- @tool assert_data_refueling_amount
-- @role assert
-- @doc Was this much data added to the line?
-- @param customer_id text ref(customers.customer_id)
-- @param line_id text ref(lines.line_id)
-- @param expected_amount real In gigabytes.
-- @use target_line
-- @return = jsonb(iif(abs(:line.data_refueling_gb - :expected_amount) < 1e-6, 'true', 'false'))

-- @tool assert_line_status
-- @role assert
-- @doc Has the line this status?
-- @param customer_id text ref(customers.customer_id)
-- @param line_id text ref(lines.line_id)
-- @param expected_status text Active, Suspended, Pending Activation or Closed.
-- @use target_line
-- @return = jsonb(iif(:line.status = :expected_status, 'true', 'false'))

-- @tool assert_overdue_bill_exists
-- @role assert
-- @doc Has the customer this overdue bill? Anything else is an error.
-- @param customer_id text ref(customers.customer_id)
-- @param overdue_bill_id text ref(bills.bill_id)
-- @require EXISTS (SELECT 1 FROM customers WHERE customer_id = :customer_id) else not_found "Customer with ID {customer_id} not found"
-- @row bill else "Overdue bill {overdue_bill_id} not found"
SELECT status FROM bills WHERE bill_id = :overdue_bill_id AND customer_id = :customer_id;
-- @require :bill.status = 'Overdue' else conflict "Overdue bill {overdue_bill_id} is not overdue"
-- @return = jsonb('true')

-- @tool assert_no_overdue_bill
-- @role assert
-- @doc Is the bill paid, or is there no such bill?
-- @param overdue_bill_id text of(bills.bill_id)
-- @return = jsonb(iif(EXISTS (SELECT 1 FROM bills WHERE bill_id = :overdue_bill_id AND status <> 'Paid'), 'false', 'true'))
