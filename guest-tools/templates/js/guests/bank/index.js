// The tools of the bank, exported in camelCase.

import { ToolError, tool } from "./wardian.js";

function account(db, id) {
  const found = db.first("SELECT account_id, owner, balance_cents, state FROM accounts WHERE account_id = ?1", id);
  if (!found) throw new ToolError("not-found", `there is no account ${id}`);
  return found;
}

export const getAccount = tool((db, { account_id }) => {
  const sql =
    "SELECT transfer_id, from_id, to_id, amount_cents, note FROM transfers WHERE ?1 IN (from_id, to_id) ORDER BY transfer_id";
  return { ...account(db, account_id), transfers: db.rows(sql, account_id) };
});

export const transfer = tool((db, { from_id, to_id, amount_cents, note }) => {
  if (amount_cents < 1) throw new ToolError("invalid", "the amount must be at least 1 cent");
  if (from_id === to_id) throw new ToolError("invalid", "an account cannot pay itself");
  const payer = account(db, from_id);
  const payee = account(db, to_id);
  if (payer.state === "frozen") throw new ToolError("forbidden", `the account ${from_id} is frozen`);
  const closed = [payer, payee].find(({ state }) => state === "closed");
  if (closed) throw new ToolError("other", `the account ${closed.account_id} is closed`);
  if (payer.balance_cents < amount_cents) throw new ToolError("conflict", `${from_id} has only ${payer.balance_cents} cents`);
  const { transfer_id } = db.first("SELECT coalesce(max(transfer_id), 0) + 1 AS transfer_id FROM transfers");
  const moveMoney = "UPDATE accounts SET balance_cents = balance_cents + ?1 WHERE account_id = ?2";
  db.change(moveMoney, -amount_cents, from_id);
  db.change(moveMoney, amount_cents, to_id);
  db.change("INSERT INTO transfers VALUES (?1, ?2, ?3, ?4, ?5)", transfer_id, from_id, to_id, amount_cents, note);
  return { transfer_id, balance_cents: payer.balance_cents - amount_cents };
});
