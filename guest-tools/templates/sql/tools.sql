-- The tools of the bank: SQL with annotations. docs/tool-language.md has the whole language.

-- @tool get_account
-- @doc Look up an account and its transfers.
-- @param account_id text ref(accounts.account_id) The account's id, such as `a1`.
-- @return else "there is no account {account_id}"
SELECT account_id, owner, balance_cents, state,
       (SELECT jsonb_group_array(
                 jsonb_object('transfer_id', transfer_id, 'from_id', from_id, 'to_id', to_id, 'amount_cents', amount_cents, 'note', note)
                 ORDER BY transfer_id)
          FROM transfers WHERE from_id = :account_id OR to_id = :account_id) AS transfers
  FROM accounts WHERE account_id = :account_id;
-- @example an account with a transfer
-- @call {"account_id": "a2"}
-- @gives {"account_id": "a2", "balance_cents": 500, "owner": "Grace", "state": "open", "transfers": [{"amount_cents": 1200, "from_id": "a2", "note": null, "to_id": "a1", "transfer_id": 1}]}
-- @example nobody's account
-- @call {"account_id": "a9"}
-- @fails not_found "there is no account a9"

-- @tool transfer
-- @doc Move money from one account to another.
-- @param from_id text ref(accounts.account_id) The account that pays.
-- @param to_id text ref(accounts.account_id) The account that is paid.
-- @param amount_cents integer How much, in cents.
-- @param note text? What it is for.
-- @require :amount_cents >= 1 else invalid "the amount must be at least 1 cent"
-- @require :from_id <> :to_id else invalid "an account cannot pay itself"
-- @row payer else "there is no account {from_id}"
SELECT balance_cents, state FROM accounts WHERE account_id = :from_id;
-- @row payee else "there is no account {to_id}"
SELECT state FROM accounts WHERE account_id = :to_id;
-- @require :payer.state <> 'frozen' else forbidden "the account {from_id} is frozen"
-- @require :payer.state <> 'closed' else other "the account {from_id} is closed"
-- @require :payee.state <> 'closed' else other "the account {to_id} is closed"
-- @require :payer.balance_cents >= :amount_cents else conflict "{from_id} has only {payer.balance_cents} cents"
-- @let transfer_id = (SELECT coalesce(max(transfer_id), 0) + 1 FROM transfers)
UPDATE accounts SET balance_cents = balance_cents - :amount_cents WHERE account_id = :from_id;
UPDATE accounts SET balance_cents = balance_cents + :amount_cents WHERE account_id = :to_id;
INSERT INTO transfers VALUES (:transfer_id, :from_id, :to_id, :amount_cents, :note);
-- @return
SELECT :transfer_id AS transfer_id, :payer.balance_cents - :amount_cents AS balance_cents;
-- @example money moves
-- @call {"from_id": "a1", "to_id": "a2", "amount_cents": 2500, "note": "rent"}
-- @gives {"transfer_id": 2, "balance_cents": 7500}
-- @changes
--   ~ accounts["a1"].balance_cents: 10000 → 7500
--   ~ accounts["a2"].balance_cents: 500 → 3000
--   + transfers[2] {from_id: "a1", to_id: "a2", amount_cents: 2500, note: "rent"}
-- @example too little
-- @call {"from_id": "a1", "to_id": "a2", "amount_cents": 0}
-- @fails invalid "the amount must be at least 1 cent"
-- @example too much
-- @call {"from_id": "a2", "to_id": "a1", "amount_cents": 501}
-- @fails conflict "a2 has only 500 cents"
-- @example an account that may not pay
-- @call {"from_id": "a3", "to_id": "a1", "amount_cents": 1}
-- @fails forbidden "the account a3 is frozen"
-- @example an account that is gone
-- @call {"from_id": "a1", "to_id": "a4", "amount_cents": 1}
-- @fails other "the account a4 is closed"
