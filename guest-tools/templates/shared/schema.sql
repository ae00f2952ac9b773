CREATE TABLE accounts (
  account_id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  balance_cents INTEGER NOT NULL CHECK (balance_cents >= 0),
  state TEXT NOT NULL CHECK (state IN ('open', 'frozen', 'closed'))
) STRICT, WITHOUT ROWID;

CREATE TABLE transfers (
  transfer_id INTEGER PRIMARY KEY,
  from_id TEXT NOT NULL REFERENCES accounts (account_id),
  to_id TEXT NOT NULL REFERENCES accounts (account_id),
  amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
  note TEXT
) STRICT;
