//! The tools of the bank.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wardian_guest::{Database, ToolError, params};

#[derive(Deserialize, JsonSchema)]
struct GetAccount {
    /// The account's id, such as `a1`.
    account_id: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Account {
    account_id: String,
    owner: String,
    balance_cents: i64,
    state: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Transfer {
    transfer_id: i64,
    from_id: String,
    to_id: String,
    amount_cents: i64,
    note: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Statement {
    #[serde(flatten)]
    account: Account,
    transfers: Vec<Transfer>,
}

#[derive(Deserialize, JsonSchema)]
struct NewTransfer {
    /// The account that pays.
    from_id: String,
    /// The account that is paid.
    to_id: String,
    /// How much, in cents.
    amount_cents: i64,
    /// What it is for.
    note: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Receipt {
    transfer_id: i64,
    balance_cents: i64,
}

fn account(db: &Database, id: &str) -> Result<Account, ToolError> {
    let sql = "SELECT account_id, owner, balance_cents, state FROM accounts WHERE account_id = ?1";
    db.first(sql, params![id])?.ok_or_else(|| ToolError::not_found(format!("there is no account {id}")))
}

fn get_account(db: &Database, args: GetAccount) -> Result<Statement, ToolError> {
    let account = account(db, &args.account_id)?;
    let sql = "SELECT transfer_id, from_id, to_id, amount_cents, note FROM transfers WHERE ?1 IN (from_id, to_id) ORDER BY transfer_id";
    Ok(Statement { account, transfers: db.rows(sql, params![&args.account_id])? })
}

fn transfer(db: &Database, args: NewTransfer) -> Result<Receipt, ToolError> {
    if args.amount_cents < 1 {
        return Err(ToolError::invalid("the amount must be at least 1 cent"));
    }
    if args.from_id == args.to_id {
        return Err(ToolError::invalid("an account cannot pay itself"));
    }
    let payer = account(db, &args.from_id)?;
    let payee = account(db, &args.to_id)?;
    if payer.state == "frozen" {
        return Err(ToolError::forbidden(format!("the account {} is frozen", payer.account_id)));
    }
    if let Some(closed) = [&payer, &payee].into_iter().find(|account| account.state == "closed") {
        return Err(ToolError::other(format!("the account {} is closed", closed.account_id)));
    }
    if payer.balance_cents < args.amount_cents {
        return Err(ToolError::conflict(format!("{} has only {} cents", payer.account_id, payer.balance_cents)));
    }
    let transfer_id = db.first::<i64>("SELECT coalesce(max(transfer_id), 0) + 1 FROM transfers", params![])?.unwrap_or(1);
    let move_money = "UPDATE accounts SET balance_cents = balance_cents + ?1 WHERE account_id = ?2";
    db.change(move_money, params![-args.amount_cents, &args.from_id])?;
    db.change(move_money, params![args.amount_cents, &args.to_id])?;
    let insert = "INSERT INTO transfers VALUES (?1, ?2, ?3, ?4, ?5)";
    db.change(insert, params![transfer_id, &args.from_id, &args.to_id, args.amount_cents, args.note])?;
    Ok(Receipt { transfer_id, balance_cents: payer.balance_cents - args.amount_cents })
}

wardian_guest::tools! {
    guest "bank";

    /// Look up an account and its transfers.
    ///
    /// @example an account with a transfer
    /// @call {"account_id": "a2"}
    /// @gives {"account_id": "a2", "balance_cents": 500, "owner": "Grace", "state": "open", "transfers": [{"amount_cents": 1200, "from_id": "a2", "note": null, "to_id": "a1", "transfer_id": 1}]}
    /// @example nobody's account
    /// @call {"account_id": "a9"}
    /// @fails not_found "there is no account a9"
    read get_account;

    /// Move money from one account to another.
    ///
    /// @example money moves
    /// @call {"from_id": "a1", "to_id": "a2", "amount_cents": 2500, "note": "rent"}
    /// @gives {"transfer_id": 2, "balance_cents": 7500}
    /// @changes
    ///   ~ accounts["a1"].balance_cents: 10000 → 7500
    ///   ~ accounts["a2"].balance_cents: 500 → 3000
    ///   + transfers[2] {from_id: "a1", to_id: "a2", amount_cents: 2500, note: "rent"}
    /// @example too little
    /// @call {"from_id": "a1", "to_id": "a2", "amount_cents": 0}
    /// @fails invalid "the amount must be at least 1 cent"
    /// @example too much
    /// @call {"from_id": "a2", "to_id": "a1", "amount_cents": 501}
    /// @fails conflict "a2 has only 500 cents"
    /// @example an account that may not pay
    /// @call {"from_id": "a3", "to_id": "a1", "amount_cents": 1}
    /// @fails forbidden "the account a3 is frozen"
    /// @example an account that is gone
    /// @call {"from_id": "a1", "to_id": "a4", "amount_cents": 1}
    /// @fails other "the account a4 is closed"
    write transfer;
}
