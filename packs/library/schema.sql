-- A lending library. Every table is STRICT with a primary key; money is integer cents; days are YYYY-MM-DD.

CREATE TABLE branches (
  code TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  city TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  member_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  tier TEXT NOT NULL CHECK (tier IN ('standard', 'student', 'patron')),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  fines_cents INTEGER NOT NULL DEFAULT 0 CHECK (fines_cents >= 0),
  joined_on TEXT NOT NULL,
  note TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE books (
  isbn TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  author TEXT NOT NULL,
  year INTEGER NOT NULL,
  subjects TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(subjects))
) STRICT, WITHOUT ROWID;

CREATE TABLE copies (
  copy_id TEXT PRIMARY KEY,
  isbn TEXT NOT NULL REFERENCES books (isbn),
  branch TEXT NOT NULL REFERENCES branches (code),
  status TEXT NOT NULL CHECK (status IN ('available', 'on_loan', 'reserved', 'lost'))
) STRICT, WITHOUT ROWID;
CREATE INDEX copies_by_book ON copies (isbn, status);

CREATE TABLE loans (
  loan_id TEXT PRIMARY KEY,
  copy_id TEXT NOT NULL REFERENCES copies (copy_id),
  member_id TEXT NOT NULL REFERENCES members (member_id),
  lent_on TEXT NOT NULL,
  due_on TEXT NOT NULL,
  returned_on TEXT,
  renewals INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX loans_by_member ON loans (member_id, returned_on);
CREATE INDEX loans_by_copy ON loans (copy_id, returned_on);

CREATE TABLE holds (
  hold_id INTEGER PRIMARY KEY,
  isbn TEXT NOT NULL REFERENCES books (isbn),
  member_id TEXT NOT NULL REFERENCES members (member_id),
  placed_at TEXT NOT NULL,
  copy_id TEXT REFERENCES copies (copy_id),
  UNIQUE (isbn, member_id)
) STRICT;

CREATE TABLE payments (
  payment_id TEXT PRIMARY KEY,
  member_id TEXT NOT NULL REFERENCES members (member_id),
  amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
  paid_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a tier may do.
CREATE VIEW rules AS
  SELECT 'standard' AS tier, 3 AS loans_max, 21 AS days, 25 AS fine_cents_a_day
  UNION ALL SELECT 'student', 5, 28, 10
  UNION ALL SELECT 'patron', 10, 42, 0;

-- Documents that several tools return.
CREATE VIEW loan_docs AS
  SELECT l.loan_id, l.member_id, l.returned_on, l.due_on,
         jsonb_object('loan_id', l.loan_id, 'copy_id', l.copy_id, 'isbn', c.isbn, 'title', b.title, 'member_id', l.member_id,
                      'lent_on', l.lent_on, 'due_on', l.due_on, 'returned_on', l.returned_on, 'renewals', l.renewals) AS doc
    FROM loans AS l JOIN copies AS c USING (copy_id) JOIN books AS b USING (isbn);

CREATE VIEW member_docs AS
  SELECT m.member_id,
         jsonb_object('member_id', m.member_id, 'name', m.name, 'email', m.email, 'tier', m.tier,
                      'active', iif(m.active, json('true'), json('false')), 'fines_cents', m.fines_cents, 'joined_on', m.joined_on, 'note', m.note,
                      'loans', (SELECT jsonb_group_array(d.doc ORDER BY d.due_on, d.loan_id) FROM loan_docs AS d
                                 WHERE d.member_id = m.member_id AND d.returned_on IS NULL),
                      'holds', (SELECT jsonb_group_array(h.isbn ORDER BY h.hold_id) FROM holds AS h WHERE h.member_id = m.member_id)) AS doc
    FROM members AS m;
