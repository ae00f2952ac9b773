// What a tool in JavaScript needs: JSON in and out, rows as objects, errors that the agent reads.

const CODES = ["not-found", "invalid", "conflict", "forbidden", "other"];

/** An error of a tool; `code` is one of `not-found`, `invalid`, `conflict`, `forbidden`, `other`. */
export class ToolError extends Error {
  constructor(code, message) {
    super(message);
    if (!CODES.includes(code)) throw new TypeError(`there is no error code ${code}`);
    this.code = code;
  }
}

/** A statement that failed: `kind` is one of `denied`, `constraint`, `limit`, `other`. */
export class SqlError extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/** Makes an export of `f(db, args)`, which takes an object and returns what JSON can write. Any other exception is a trap. */
export function tool(f) {
  return (db, args) => {
    try {
      return JSON.stringify(f(new Database(db), JSON.parse(args)) ?? null);
    } catch (error) {
      if (error instanceof ToolError) throw { tag: error.code, val: error.message };
      if (error instanceof SqlError) throw { tag: error.kind === "constraint" ? "conflict" : "other", val: error.message };
      throw error;
    }
  };
}

/** The state, for one call. */
class Database {
  #db;
  constructor(db) {
    this.#db = db;
  }

  /** All rows, each an object by the names of the columns. */
  rows(sql, ...params) {
    const { columns, values } = attempt(() => this.#db.query(sql, params.map(toValue)));
    return values.map((row) => Object.fromEntries(row.map((value, i) => [columns[i], value.val ?? null])));
  }

  /** The first row, or undefined. */
  first(sql, ...params) {
    return this.rows(sql, ...params)[0];
  }

  /** Runs a statement that changes rows; returns how many. */
  change(sql, ...params) {
    return attempt(() => this.#db.execute(sql, params.map(toValue)));
  }
}

function attempt(statement) {
  try {
    return statement();
  } catch (error) {
    // What the contract calls an error comes as the payload of an exception.
    if (error?.payload?.tag) throw new SqlError(error.payload.tag, error.payload.val);
    throw error;
  }
}

function toValue(value) {
  if (value === null || value === undefined) return { tag: "null" };
  if (typeof value === "boolean") return { tag: "integer", val: value ? 1 : 0 };
  if (typeof value === "number") return { tag: Number.isSafeInteger(value) ? "integer" : "real", val: value };
  if (typeof value === "string") return { tag: "text", val: value };
  if (value instanceof Uint8Array) return { tag: "blob", val: value };
  throw new TypeError(`SQLite has no value for a ${typeof value}`);
}
