-- The tools of the library. Read docs/tool-language.md beside this file.

-- @tool find_member
-- @doc Look up a member by e-mail address.
-- @param email text of(members.email) E-mail address; upper and lower case do not matter.
-- @yields members.member_id $.member_id
-- @yields loans.loan_id $.loans[*].loan_id
-- @example upper and lower case do not matter
-- @call {"email": "ADA.Brandt@example.org"}
-- @gives {"active":true,"email":"ada.brandt@example.org","fines_cents":0,"holds":[],"joined_on":"2018-01-10","loans":[{"copy_id":"C-002","due_on":"2026-04-03","isbn":"9780000000026","lent_on":"2026-02-20","loan_id":"L-3101","member_id":"M-1001","renewals":0,"returned_on":null,"title":"Moby-Dick"}],"member_id":"M-1001","name":"Ada Brandt","note":null,"tier":"patron"}
-- @changes nothing
-- @example nobody has the address
-- @call {"email": "nobody@example.org"}
-- @fails not_found "no member has the e-mail address nobody@example.org"
-- @changes nothing
-- @return else not_found "no member has the e-mail address {email}"
SELECT d.doc FROM members AS m JOIN member_docs AS d USING (member_id) WHERE lower(m.email) = lower(:email);

-- @tool get_member
-- @doc Show a member with open loans, holds and fines.
-- @param member_id text ref(members.member_id) Number on the library card, such as M-1001.
-- @yields loans.loan_id $.loans[*].loan_id
-- @yields books.isbn $.loans[*].isbn
-- @return else "no member {member_id}"
SELECT doc FROM member_docs WHERE member_id = :member_id;

-- @tool search_books
-- @doc Find books by words of title or author, by subject, or both. At most `limit` books, by title.
-- @param query text? Part of the title or of the author's name.
-- @param subject text? One subject, exactly as in the catalogue.
-- @param available_only boolean = false Leave out books of which every copy is out.
-- @param limit integer = 10 How many at most, 1 to 50.
-- @yields books.isbn $[*].isbn
-- @example by subject
-- @call {"subject": "sea", "limit": 1}
-- @gives [{"author":"Herman Melville","available":0,"isbn":"9780000000026","subjects":["fiction","classic","sea"],"title":"Moby-Dick","year":1851}]
-- @changes nothing
-- @example nothing to go by
-- @call {}
-- @fails invalid "give a query or a subject"
-- @changes nothing
-- @require :limit BETWEEN 1 AND 50 else invalid "limit must be from 1 to 50, not {limit}"
-- @require :query? OR :subject? else invalid "give a query or a subject"
-- @return list
SELECT b.isbn, b.title, b.author, b.year, jsonb(b.subjects) AS subjects,
       (SELECT count(*) FROM copies AS c WHERE c.isbn = b.isbn AND c.status = 'available') AS available
  FROM books AS b
 WHERE (:query IS NULL OR b.title LIKE '%' || :query || '%' OR b.author LIKE '%' || :query || '%')
   AND (:subject IS NULL OR EXISTS (SELECT 1 FROM json_each(b.subjects) AS s WHERE s.value = :subject))
   AND (NOT :available_only OR EXISTS (SELECT 1 FROM copies AS c WHERE c.isbn = b.isbn AND c.status = 'available'))
 ORDER BY b.title, b.isbn
 LIMIT :limit;

-- @tool list_copies
-- @doc List the copies of a book with branch and status.
-- @param isbn text ref(books.isbn)
-- @param branch text? ref(branches.code) Only copies of this branch.
-- @yields copies.copy_id $.copies[*].copy_id
-- @example one branch
-- @call {"isbn": "9780000000026", "branch": "OAK"}
-- @gives {"copies":[{"branch":"OAK","copy_id":"C-003","status":"on_loan"}],"isbn":"9780000000026","title":"Moby-Dick"}
-- @changes nothing
-- @row book else "no book with ISBN {isbn}"
SELECT title FROM books WHERE isbn = :isbn;
-- @return
SELECT :isbn AS isbn, :book.title AS title,
       (SELECT jsonb_group_array(jsonb_object('copy_id', copy_id, 'branch', branch, 'status', status) ORDER BY copy_id)
          FROM copies WHERE isbn = :isbn AND (:branch IS NULL OR branch = :branch)) AS copies;

-- @steps lend
-- Lends the copy :copy.copy_id to :member and leaves the new loan's id in :loan_id. The due date follows from the tier.
-- @row rule
SELECT loans_max, days FROM rules WHERE tier = :member.tier;
-- @require :member.active else forbidden "the membership of {member_id} is suspended"
-- @require :member.fines_cents < 1000 else forbidden "{member_id} owes {member.fines_cents} cents; pay the fines first"
-- @require (SELECT count(*) FROM loans WHERE member_id = :member_id AND returned_on IS NULL) < :rule.loans_max
--   else conflict "{member_id} has {rule.loans_max} books already, which is the most for tier {member.tier}"
-- @id loan_id in loans.loan_id = 'L-' || wardian_id_int('loans', :n, :args)
INSERT INTO loans (loan_id, copy_id, member_id, lent_on, due_on)
VALUES (:loan_id, :copy.copy_id, :member_id, date(:now), date(:now, :rule.days || ' days'));
UPDATE copies SET status = 'on_loan' WHERE copy_id = :copy.copy_id;

-- @tool checkout_copy
-- @doc Lend a copy to a member. A copy that is kept for a hold goes only to the member who placed it.
-- @param member_id text ref(members.member_id)
-- @param copy_id text ref(copies.copy_id)
-- @yields loans.loan_id $.loan_id
-- @example a copy that somebody has
-- @call {"member_id": "M-1001", "copy_id": "C-002"}
-- @fails conflict "copy C-002 is on_loan"
-- @changes nothing
-- @row member else "no member {member_id}"
SELECT tier, active, fines_cents FROM members WHERE member_id = :member_id;
-- @row copy else "no copy {copy_id}"
SELECT copy_id, isbn, status FROM copies WHERE copy_id = :copy_id;
-- @row hold?
SELECT hold_id FROM holds WHERE isbn = :copy.isbn AND member_id = :member_id AND copy_id = :copy_id;
-- @require :copy.status = 'available' OR :hold? else conflict "copy {copy_id} is {copy.status}"
-- @use lend
-- @when :hold?
DELETE FROM holds WHERE hold_id = :hold.hold_id;
-- @end
-- @return
SELECT doc FROM loan_docs WHERE loan_id = :loan_id;

-- @tool return_copy
-- @doc Take back a lent copy. A late return adds a fine for each day. The copy goes to the oldest hold on the book, if there is one.
-- @param copy_id text ref(copies.copy_id)
-- @example the next copy is kept for the oldest hold
-- @call {"copy_id": "C-002"}
-- @gives {"days_late":0,"fine_cents":0,"loan_id":"L-3101","reserved":true,"reserved_for":"M-1007"}
-- @changes
--   ~ copies["C-002"].status: "on_loan" → "reserved"
--   ~ holds[1].copy_id: null → "C-002"
--   ~ loans["L-3101"].returned_on: null → "2026-03-16"
-- @row loan else "copy {copy_id} is not on loan"
SELECT l.loan_id, l.member_id, c.isbn, max(0, CAST(julianday(date(:now)) - julianday(l.due_on) AS INTEGER)) AS days_late, r.fine_cents_a_day
  FROM loans AS l JOIN copies AS c USING (copy_id) JOIN members AS m USING (member_id) JOIN rules AS r USING (tier)
 WHERE l.copy_id = :copy_id AND l.returned_on IS NULL;
-- @let fine_cents = :loan.days_late * :loan.fine_cents_a_day
UPDATE loans SET returned_on = date(:now) WHERE loan_id = :loan.loan_id;
UPDATE members SET fines_cents = fines_cents + :fine_cents WHERE member_id = :loan.member_id;
-- @row next?
SELECT hold_id, member_id FROM holds WHERE isbn = :loan.isbn AND copy_id IS NULL ORDER BY hold_id LIMIT 1;
-- @when :next?
UPDATE copies SET status = 'reserved' WHERE copy_id = :copy_id;
UPDATE holds SET copy_id = :copy_id WHERE hold_id = :next.hold_id;
-- @else
UPDATE copies SET status = 'available' WHERE copy_id = :copy_id;
-- @end
-- @return
SELECT :loan.loan_id AS loan_id, :loan.days_late AS days_late, :fine_cents AS fine_cents,
       jsonb(iif(:next?, 'true', 'false')) AS reserved, :next.member_id AS reserved_for;

-- @tool renew_loans
-- @doc Renew several loans of a member at once, each by the days of the tier from today. All are renewed, or none.
-- @param member_id text ref(members.member_id)
-- @param loan_ids list(text) ref(loans.loan_id) The loans to renew.
-- @example one loan is somebody else's
-- @call {"member_id": "M-1001", "loan_ids": ["L-3002"]}
-- @fails conflict "L-3002 is no loan of M-1001"
-- @changes nothing
-- @row member else "no member {member_id}"
SELECT r.days FROM members AS m JOIN rules AS r USING (tier) WHERE m.member_id = :member_id;
-- @require json_array_length(:loan_ids) > 0 else invalid "name at least one loan"
-- @table wanted
SELECT w.value AS loan_id, l.member_id, l.returned_on, l.renewals, c.isbn
  FROM :loan_ids AS w LEFT JOIN loans AS l ON l.loan_id = w.value LEFT JOIN copies AS c USING (copy_id)
 ORDER BY w.pos;
-- @reject conflict
SELECT CASE WHEN member_id IS NULL OR member_id <> :member_id THEN format('%s is no loan of %s', loan_id, :member_id)
            WHEN returned_on IS NOT NULL THEN format('loan %s was returned on %s', loan_id, returned_on)
            WHEN renewals >= 2 THEN format('loan %s was renewed twice already', loan_id)
            WHEN EXISTS (SELECT 1 FROM holds AS h WHERE h.isbn = w.isbn AND h.copy_id IS NULL) THEN format('the book of loan %s is on hold for somebody', loan_id) END
  FROM :wanted AS w ORDER BY pos;
-- @each loan in wanted
UPDATE loans SET due_on = date(:now, :member.days || ' days'), renewals = renewals + 1 WHERE loan_id = :loan.loan_id;
-- @end
-- @return list
SELECT d.doc FROM :wanted AS w JOIN loan_docs AS d USING (loan_id) ORDER BY w.pos;

-- @tool place_hold
-- @doc Reserve a book of which every copy is out. The next copy that comes back is kept for the member.
-- @param member_id text ref(members.member_id)
-- @param isbn text ref(books.isbn)
-- @yields holds.hold_id $.hold_id
-- @example a copy is there
-- @call {"member_id": "M-1001", "isbn": "9780000000033"}
-- @fails conflict "a copy of 9780000000033 is available; check it out"
-- @changes nothing
-- @require EXISTS (SELECT 1 FROM members WHERE member_id = :member_id) else not_found "no member {member_id}"
-- @require EXISTS (SELECT 1 FROM books WHERE isbn = :isbn) else not_found "no book with ISBN {isbn}"
-- @require NOT EXISTS (SELECT 1 FROM copies WHERE isbn = :isbn AND status = 'available') else conflict "a copy of {isbn} is available; check it out"
-- @let hold_id = (SELECT coalesce(max(hold_id), 0) + 1 FROM holds)
-- @exec else conflict "{member_id} has a hold on {isbn} already"
INSERT INTO holds (hold_id, isbn, member_id, placed_at) VALUES (:hold_id, :isbn, :member_id, :now);
-- @return
SELECT hold_id, isbn, member_id, placed_at,
       (SELECT count(*) FROM holds AS h WHERE h.isbn = holds.isbn AND h.copy_id IS NULL AND h.hold_id <= holds.hold_id) AS place
  FROM holds WHERE hold_id = :hold_id;

-- @tool cancel_hold
-- @doc Give up a hold. A copy that was kept for it becomes available.
-- @param hold_id integer ref(holds.hold_id)
-- @example the copy becomes available
-- @call {"hold_id": 3}
-- @gives null
-- @changes
--   ~ copies["C-007"].status: "reserved" → "available"
--   - holds[3] {isbn: "9780000000040", member_id: "M-1005", placed_at: "2026-03-08T09:30:00Z", copy_id: "C-007"}
-- @example twice
-- @given cancel_hold {"hold_id": 3}
-- @call {"hold_id": 3}
-- @fails not_found "no hold 3"
-- @changes nothing
-- @row hold else "no hold {hold_id}"
SELECT copy_id FROM holds WHERE hold_id = :hold_id;
DELETE FROM holds WHERE hold_id = :hold_id;
UPDATE copies SET status = 'available' WHERE copy_id = :hold.copy_id;

-- @tool pay_fines
-- @doc Take a payment towards a member's fines.
-- @param member_id text ref(members.member_id)
-- @param amount_cents integer How much, in cents; at most what is owed.
-- @yields payments.payment_id $.payment_id
-- @example part of what is owed
-- @call {"member_id": "M-1002", "amount_cents": 100}
-- @gives {"owed_cents":250,"payment_id":"oxdcbls2h2zmzd4zierk"}
-- @changes
--   ~ members["M-1002"].fines_cents: 350 → 250
--   + payments["oxdcbls2h2zmzd4zierk"] {member_id: "M-1002", amount_cents: 100, paid_at: "2026-03-16T09:00:00Z"}
-- @example more than is owed
-- @call {"member_id": "M-1002", "amount_cents": 1000}
-- @fails invalid "M-1002 owes only 350 cents"
-- @changes nothing
-- @row member else "no member {member_id}"
SELECT fines_cents FROM members WHERE member_id = :member_id;
-- @require :amount_cents > 0 else invalid "the amount must be positive"
-- @require :amount_cents <= :member.fines_cents else invalid "{member_id} owes only {member.fines_cents} cents"
-- @id payment_id in payments.payment_id
INSERT INTO payments (payment_id, member_id, amount_cents, paid_at) VALUES (:payment_id, :member_id, :amount_cents, :now);
UPDATE members SET fines_cents = fines_cents - :amount_cents WHERE member_id = :member_id;
-- @return
SELECT :payment_id AS payment_id, fines_cents AS owed_cents FROM members WHERE member_id = :member_id;

-- @tool update_member
-- @doc Change a member's e-mail address, tier or note. What is left out stays; a note of null is removed.
-- @param member_id text ref(members.member_id)
-- @param email text? The new address.
-- @param tier text? enum('standard','student','patron')
-- @param note text|null? Free text for the staff.
-- @example a note is removed with null
-- @given update_member {"member_id": "M-1001", "note": "prefers e-mail"}
-- @call {"member_id": "M-1001", "note": null}
-- @gives {"active":true,"email":"ada.brandt@example.org","fines_cents":0,"holds":[],"joined_on":"2018-01-10","loans":[{"copy_id":"C-002","due_on":"2026-04-03","isbn":"9780000000026","lent_on":"2026-02-20","loan_id":"L-3101","member_id":"M-1001","renewals":0,"returned_on":null,"title":"Moby-Dick"}],"member_id":"M-1001","name":"Ada Brandt","note":null,"tier":"patron"}
-- @changes
--   ~ members["M-1001"].note: "prefers e-mail" → null
-- @require :email? OR :tier? OR :note? else invalid "nothing to change"
-- @require :email IS NULL OR :email LIKE '%_@_%' else invalid "{email} is no e-mail address"
-- @row member else "no member {member_id}"
SELECT 1 AS found FROM members WHERE member_id = :member_id;
-- @exec else conflict "another member has the e-mail address {email}"
UPDATE members SET email = coalesce(:email, email), tier = coalesce(:tier, tier), note = iif(:note?, :note, note) WHERE member_id = :member_id;
-- @return
SELECT doc FROM member_docs WHERE member_id = :member_id;

-- @tool suspend_member
-- @role setup
-- @doc Suspend a membership, or lift the suspension.
-- @param member_id text ref(members.member_id)
-- @param suspended boolean = true
-- @example suspend
-- @call {"member_id": "M-1001"}
-- @gives null
-- @changes
--   ~ members["M-1001"].active: 1 → 0
-- @exec some else "no member {member_id}"
UPDATE members SET active = NOT :suspended WHERE member_id = :member_id;
