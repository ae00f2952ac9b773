//! Values, and differences between two states.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use std::fmt;

/// A value of SQLite. In JSON: `null`, a number without a fraction for an integer, `{"real": x}`, a string,
/// `{"blob": "hex"}`.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// 64-bit integer.
    Integer(i64),
    /// IEEE 754 double, never NaN.
    Real(f64),
    /// UTF-8 text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl fmt::Display for SqlValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Integer(i) => write!(f, "{i}"),
            Self::Real(r) => write!(f, "{r:?}"),
            Self::Text(t) => f.write_str(&serde_json::to_string(t).expect("a string is JSON")),
            Self::Blob(b) => write!(f, "x'{}'", hex(b)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl Serialize for SqlValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = match self {
            Self::Null => Value::Null,
            Self::Integer(i) => json!(i),
            Self::Real(r) => json!({ "real": r }),
            Self::Text(t) => json!(t),
            Self::Blob(b) => json!({ "blob": hex(b) }),
        };
        value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SqlValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bad = || serde::de::Error::custom("expected null, an integer, a string, {\"real\": x} or {\"blob\": \"hex\"}");
        let value = Value::deserialize(deserializer)?;
        Ok(match &value {
            Value::Null => Self::Null,
            Value::Number(n) => Self::Integer(n.as_i64().ok_or_else(bad)?),
            Value::String(t) => Self::Text(t.clone()),
            Value::Object(map) if map.len() == 1 => {
                if let Some(r) = map.get("real").and_then(Value::as_f64) {
                    Self::Real(r)
                } else {
                    let text = map.get("blob").and_then(Value::as_str).ok_or_else(bad)?;
                    Self::Blob(unhex(text).ok_or_else(bad)?)
                }
            }
            _ => return Err(bad()),
        })
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

/// What differs between two states of one base: rows in order of table name, then key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diff {
    /// The rows that differ.
    pub rows: Vec<RowChange>,
}

/// One row that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowChange {
    /// Its table.
    pub table: String,
    /// Values of the primary key, in the order of the key's columns.
    pub key: Vec<SqlValue>,
    /// How it differs.
    pub change: Change,
    /// The cells that differ, in the order of the table's columns. For an inserted or deleted row, all cells
    /// outside the key, with `before` or `after` absent.
    pub cells: Vec<CellChange>,
}

/// How a row differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Only the second state has it.
    Inserted,
    /// Only the first state has it.
    Deleted,
    /// Both have it, with different cells.
    Updated,
}

/// One cell that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellChange {
    /// The column.
    pub column: String,
    /// Value in the first state.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub before: Option<SqlValue>,
    /// Value in the second state.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub after: Option<SqlValue>,
}

/// A member that is there is `Some`, also when it is `null` (SQL NULL).
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SqlValue>, D::Error> {
    SqlValue::deserialize(deserializer).map(Some)
}

impl Diff {
    /// True where the states are equal.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl fmt::Display for Diff {
    /// One line a cell: `orders["#W1"].status: "pending" → "cancelled"`, `+ orders["#W2"] {…}`, `- …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, row) in self.rows.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{row}")?;
        }
        Ok(())
    }
}

impl fmt::Display for RowChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key: Vec<String> = self.key.iter().map(ToString::to_string).collect();
        let place = format!("{}[{}]", self.table, key.join(", "));
        let cells = |pick: fn(&CellChange) -> &Option<SqlValue>| {
            let shown = |c: &CellChange| pick(c).as_ref().map(|v| format!("{}: {v}", c.column));
            self.cells.iter().filter_map(shown).collect::<Vec<_>>().join(", ")
        };
        match self.change {
            Change::Inserted => write!(f, "+ {place} {{{}}}", cells(|c| &c.after)),
            Change::Deleted => write!(f, "- {place} {{{}}}", cells(|c| &c.before)),
            Change::Updated => {
                for (i, cell) in self.cells.iter().enumerate() {
                    if i > 0 {
                        writeln!(f)?;
                    }
                    let side = |v: &Option<SqlValue>| v.as_ref().map_or_else(|| "∅".to_owned(), ToString::to_string);
                    write!(f, "~ {place}.{}: {} → {}", cell.column, side(&cell.before), side(&cell.after))?;
                }
                Ok(())
            }
        }
    }
}
