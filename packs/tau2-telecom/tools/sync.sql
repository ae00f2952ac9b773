-- The carrier and the phone are two sides of one world. What the carrier decides about the user's line reaches the phone here,
-- and what the user pays reaches the carrier.

-- @after sync
-- @doc Bring the line's state, its data allowance and the request for payment to the user's side; settle a request that was paid.
-- Nothing to do is the rule, so one statement finds that out.
-- @row user
SELECT s.phone_number, l.line_id, o.customer_id, r.bill_id AS requested, coalesce(r.paid, 0) AS paid,
       l.status = 'Active' AS line_active, l.roaming_enabled AS roaming_allowed,
       l.data_used_gb >= p.data_limit_gb + l.data_refueling_gb AS exceeded,
       (s.line_active, s.roaming_allowed, s.mobile_data_usage_exceeded)
         IS NOT (l.status = 'Active', l.roaming_enabled, l.data_used_gb >= p.data_limit_gb + l.data_refueling_gb) AS outdated,
       EXISTS (SELECT 1 FROM bills AS b WHERE b.customer_id = o.customer_id AND b.status = 'Awaiting Payment') AS awaited
  FROM user_surroundings AS s
  LEFT JOIN lines AS l ON l.line_id = (SELECT line_id FROM lines WHERE phone_number = s.phone_number ORDER BY position LIMIT 1)
  LEFT JOIN plans AS p ON p.plan_id = l.plan_id
  -- A customer may have named the number of somebody else's line as a contact; the first customer counts.
  LEFT JOIN customers AS o ON o.customer_id = (SELECT w.customer_id FROM phone_owners AS w JOIN customers AS c USING (customer_id)
                                                WHERE w.phone_number = s.phone_number ORDER BY c.position LIMIT 1)
  LEFT JOIN user_payment_request AS r ON r.id = 1;
-- @require :user.phone_number IS NULL OR :user.line_id IS NOT NULL else not_found "Line with phone number {user.phone_number} not found"
-- @when :user.line_id IS NOT NULL AND (:user.outdated OR :user.paid OR (:user.awaited AND :user.requested IS NULL))
UPDATE user_surroundings SET line_active = :user.line_active, roaming_allowed = :user.roaming_allowed, mobile_data_usage_exceeded = :user.exceeded;
-- @when :user.paid
UPDATE bills SET status = 'Paid' WHERE bill_id = :user.requested;
DELETE FROM user_payment_request;
-- @end
-- What was paid made room for the next bill, if one waits.
INSERT INTO user_payment_request (id, bill_id, amount_due)
SELECT 1, bill_id, total_due FROM bills
 WHERE customer_id = :user.customer_id AND status = 'Awaiting Payment' AND NOT EXISTS (SELECT 1 FROM user_payment_request)
 ORDER BY position LIMIT 1;
-- @end
