"""The tools of the bank."""

import wit_world
from wardian import ToolError, tool


def account(db, account_id):
    found = db.first("SELECT account_id, owner, balance_cents, state FROM accounts WHERE account_id = ?1", account_id)
    if found is None:
        raise ToolError("not_found", f"there is no account {account_id}")
    return found


def get_account(db, account_id):
    sql = "SELECT transfer_id, from_id, to_id, amount_cents, note FROM transfers WHERE ?1 IN (from_id, to_id) ORDER BY transfer_id"
    return account(db, account_id) | {"transfers": db.rows(sql, account_id)}


def transfer(db, from_id, to_id, amount_cents, note=None):
    if amount_cents < 1:
        raise ToolError("invalid", "the amount must be at least 1 cent")
    if from_id == to_id:
        raise ToolError("invalid", "an account cannot pay itself")
    payer, payee = account(db, from_id), account(db, to_id)
    if payer["state"] == "frozen":
        raise ToolError("forbidden", f"the account {from_id} is frozen")
    for found in (payer, payee):
        if found["state"] == "closed":
            raise ToolError("other", f"the account {found['account_id']} is closed")
    if payer["balance_cents"] < amount_cents:
        raise ToolError("conflict", f"{from_id} has only {payer['balance_cents']} cents")
    transfer_id = db.first("SELECT coalesce(max(transfer_id), 0) + 1 AS id FROM transfers")["id"]
    move_money = "UPDATE accounts SET balance_cents = balance_cents + ?1 WHERE account_id = ?2"
    db.change(move_money, -amount_cents, from_id)
    db.change(move_money, amount_cents, to_id)
    db.change("INSERT INTO transfers VALUES (?1, ?2, ?3, ?4, ?5)", transfer_id, from_id, to_id, amount_cents, note)
    return {"transfer_id": transfer_id, "balance_cents": payer["balance_cents"] - amount_cents}


class WitWorld(wit_world.WitWorld):
    get_account = tool(get_account)
    transfer = tool(transfer)
