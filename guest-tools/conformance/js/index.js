// What every language must be able to do, in JavaScript. The same tools are in ../rust and ../python.

import { SqlError, ToolError, tool } from "./wardian.js";

let callsSoFar = 0;

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

function kind(statement) {
  try {
    statement();
    return null;
  } catch (error) {
    if (error instanceof SqlError) return error.kind;
    throw error;
  }
}

export const echo = tool((_db, { value }) => value);

export const values = tool((db) => {
  const row = db.first("SELECT NULL AS empty, 42 AS whole, -1.5 AS part, 'grüße 🌍' AS words, x'00ff10' AS bytes");
  return { ...row, bytes: hex(row.bytes) };
});

export const store = tool((db, { id, kind, text }) => {
  const values = { null: null, integer: Number(text), real: Number(text), text, blob: unhex(text) };
  if (!(kind in values)) throw new ToolError("invalid", "no such kind");
  db.change("INSERT INTO stored VALUES (?1, ?2)", id, values[kind]);
  return db.first("SELECT typeof(value) AS type, quote(value) AS sql FROM stored WHERE id = ?1", id);
});

export const fail = tool((_db, { code, message }) => {
  throw new ToolError(code.replace("_", "-"), message);
});

export const attempt = tool((db, { sql }) => {
  const failed = kind(() => db.change(sql));
  // The call goes on.
  db.change("UPDATE counters SET n = n + 1 WHERE id = 'a'");
  return { failed, n: db.first("SELECT n FROM counters WHERE id = 'a'").n };
});

export const uncaught = tool((db, { sql }) => db.change(sql));

function manyStatements(db, times) {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    db.change("INSERT INTO stored VALUES (?1, ?2)", `k${i}`, i);
    sum += db.first("SELECT value FROM stored WHERE id = ?1", `k${i}`).value;
    // A failed statement between two that succeed.
    if (kind(() => db.change("INSERT INTO stored VALUES (?1, 0)", `k${i}`)) === "constraint") sum += 1;
  }
  return sum;
}

export const many = tool((db, { times }) => manyStatements(db, times));

export const manyThenFail = tool((db, { times }) => {
  manyStatements(db, times);
  throw new ToolError("conflict", "after many statements");
});

export const explode = tool((db) => {
  db.change("UPDATE counters SET n = 100 WHERE id = 'a'");
  throw new Error("this is no tool error");
});

export const calls = tool(() => ++callsSoFar);
