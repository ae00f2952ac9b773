//! What tables a database has, and the rules they keep.

use crate::error::StateError;
use crate::expansion::{self, ViewCosts};
use crate::image;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};
use wardian_format::Digest;

/// Most tables of a schema.
const TABLES_MAX: usize = wardian_format::limits::FIXED.schema_tables_max;
/// Most columns of a table.
const COLUMNS_MAX: usize = wardian_format::limits::FIXED.columns_max as usize;

/// A parsed and checked schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Digest over sorted tables, columns, types and keys; not over DDL text or indexes (docs/digest.md).
    pub id: Digest,
    /// Tables in order of name.
    pub tables: Vec<Table>,
    /// Names of views, in order.
    pub views: Vec<String>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Name.
    pub name: String,
    /// Columns in declared order.
    pub columns: Vec<Column>,
    /// Names of the key's columns, in the order of the key.
    pub primary_key: Vec<String>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// False where the key is one INTEGER column that names the row itself.
    pub without_rowid: bool,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// `TEXT`, `INTEGER`, `REAL`, `BLOB` or `ANY`.
    pub type_name: String,
    /// NOT NULL; true also for columns of the key.
    pub not_null: bool,
    /// The SQL text of the default value.
    pub default: Option<String>,
    /// Computed from other columns. Such columns count in no digest and no difference.
    pub generated: bool,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// Columns of this table.
    pub columns: Vec<String>,
    /// Table referred to.
    pub table: String,
    /// Its columns.
    pub references: Vec<String>,
}

impl Schema {
    /// Parses and checks a schema given as SQL: `CREATE TABLE`, `INDEX`, `VIEW` and `TRIGGER` statements.
    pub fn from_sql(schema_sql: &str) -> Result<Self, StateError> {
        Self::inspect(&image::create(schema_sql)?)
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.binary_search_by(|t| t.name.as_str().cmp(name)).ok().map(|i| &self.tables[i])
    }

    /// Reads the schema of an open database and checks it against the rules.
    pub(crate) fn inspect(connection: &Connection) -> Result<Self, StateError> {
        view_costs(connection)?;
        let listed = list(connection)?;
        let mut views = Vec::new();
        let mut tables = Vec::new();
        for entry in listed {
            match entry.kind.as_str() {
                "view" => views.push(entry.name),
                "table" => tables.push(table(connection, entry)?),
                kind => return Err(refuse(format!("`{}` is a {kind} table; only ordinary tables are allowed", entry.name))),
            }
        }
        views.sort_unstable();
        tables.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        resolve_references(&mut tables)?;
        let id = id_of(tables.iter().map(|t| (t, t.stored().collect())));
        Ok(Self { id, tables, views })
    }
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Columns that are not computed.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|c| !c.generated)
    }
}

/// The schema id over the given tables (in order of name), each with the columns that count.
pub(crate) fn id_of<'a>(tables: impl Iterator<Item = (&'a Table, Vec<&'a Column>)>) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"wardian-schema-v1\0");
    let text = |hash: &mut Sha256, t: &str| {
        hash.update((t.len() as u32).to_le_bytes());
        hash.update(t.as_bytes());
    };
    for (table, mut columns) in tables {
        columns.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        text(&mut hash, &table.name);
        hash.update((columns.len() as u32).to_le_bytes());
        for column in columns {
            text(&mut hash, &column.name);
            text(&mut hash, &column.type_name);
        }
        hash.update((table.primary_key.len() as u32).to_le_bytes());
        for name in &table.primary_key {
            text(&mut hash, name);
        }
    }
    Digest(hash.finalize().into())
}

/// `name` as an identifier in SQL.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn refuse(message: String) -> StateError {
    StateError::Schema(message)
}

struct Listed {
    name: String,
    kind: String,
    without_rowid: bool,
    strict: bool,
}

/// What naming each view costs, before SQLite expands any: the list of tables does that for all of them.
pub(crate) fn view_costs(connection: &Connection) -> Result<ViewCosts, StateError> {
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'view'")?;
    let views = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<Result<Vec<(String, String)>, _>>()?;
    expansion::view_costs(&views)
        .map_err(|view| refuse(format!("view `{view}` refers to itself or expands to too many copies of other views")))
}

fn list(connection: &Connection) -> Result<Vec<Listed>, StateError> {
    let sql = "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main' AND name <> 'sqlite_schema'";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |r| Ok(Listed { name: r.get(0)?, kind: r.get(1)?, without_rowid: r.get(2)?, strict: r.get(3)? }))?;
    let listed = rows.collect::<Result<Vec<_>, _>>()?;
    if listed.len() > TABLES_MAX {
        return Err(refuse(format!("{} tables and views; at most {TABLES_MAX} are allowed", listed.len())));
    }
    Ok(listed)
}

fn table(connection: &Connection, entry: Listed) -> Result<Table, StateError> {
    let name = entry.name;
    if name == "sqlite_sequence" {
        return Err(refuse(format!("{} uses AUTOINCREMENT, which is not allowed", autoincrement_table(connection)?)));
    }
    if name.starts_with("sqlite_") {
        return Err(refuse(format!("table `{name}` is internal to SQLite and not allowed in an image")));
    }
    if !entry.strict {
        return Err(refuse(format!("table `{name}` is not STRICT")));
    }
    let mut statement =
        connection.prepare("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid")?;
    let rows = statement.query_map([&name], |r| {
        let (pk, hidden): (i64, i64) = (r.get(4)?, r.get(5)?);
        let type_name = r.get::<_, String>(1)?.to_ascii_uppercase();
        let column =
            Column { name: r.get(0)?, type_name, not_null: r.get::<_, bool>(2)? || pk > 0, default: r.get(3)?, generated: hidden != 0 };
        Ok((pk, column))
    })?;
    let mut found = rows.collect::<Result<Vec<_>, _>>()?;
    for (_, column) in &mut found {
        // STRICT allows both spellings.
        if column.type_name == "INT" {
            column.type_name = "INTEGER".to_owned();
        }
    }
    if found.len() > COLUMNS_MAX {
        return Err(refuse(format!("table `{name}` has {} columns; at most {COLUMNS_MAX} are allowed", found.len())));
    }
    let mut key: Vec<(i64, &Column)> = found.iter().filter(|(pk, _)| *pk > 0).map(|(pk, c)| (*pk, c)).collect();
    key.sort_unstable_by_key(|(pk, _)| *pk);
    check_key(connection, &name, entry.without_rowid, &key)?;
    let primary_key = key.into_iter().map(|(_, c)| c.name.clone()).collect();
    let foreign_keys = foreign_keys(connection, &name)?;
    let columns = found.into_iter().map(|(_, c)| c).collect();
    Ok(Table { name, columns, primary_key, foreign_keys, without_rowid: entry.without_rowid })
}

fn check_key(connection: &Connection, table: &str, without_rowid: bool, key: &[(i64, &Column)]) -> Result<(), StateError> {
    if key.is_empty() {
        return Err(refuse(format!("table `{table}` has no PRIMARY KEY")));
    }
    if without_rowid {
        return Ok(());
    }
    let names = key.iter().map(|(_, c)| c.name.as_str()).collect::<Vec<_>>().join(", ");
    // A key that names the row itself has no index of its own.
    let indexes: i64 = connection.query_row("SELECT count(*) FROM pragma_index_list(?1) WHERE origin = 'pk'", [table], |r| r.get(0))?;
    if indexes > 0 {
        return Err(refuse(format!(
            "table `{table}` must be WITHOUT ROWID, because its key `{names}` is not a single column of type INTEGER \
             (spelled INTEGER, without DESC)"
        )));
    }
    Ok(())
}

fn autoincrement_table(connection: &Connection) -> Result<String, StateError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' ORDER BY name LIMIT 1";
    let name: Option<String> = connection.query_row(sql, [], |r| r.get(0)).ok();
    Ok(name.map_or_else(|| "a table".to_owned(), |name| format!("table `{name}`")))
}

fn foreign_keys(connection: &Connection, table: &str) -> Result<Vec<ForeignKey>, StateError> {
    let mut statement =
        connection.prepare("SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq")?;
    let mut rows = statement.query([table])?;
    let mut out: Vec<(i64, ForeignKey)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, parent, from, to): (i64, String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        if out.last().is_none_or(|(last, _)| *last != id) {
            out.push((id, ForeignKey { columns: Vec::new(), table: parent, references: Vec::new() }));
        }
        if let Some((_, key)) = out.last_mut() {
            key.columns.push(from);
            key.references.extend(to);
        }
    }
    Ok(out.into_iter().map(|(_, key)| key).collect())
}

/// A foreign key that names no columns means the parent's key. Names are given as the parent declares them.
fn resolve_references(tables: &mut [Table]) -> Result<(), StateError> {
    let parents: Vec<(String, Vec<String>, Vec<String>)> =
        tables.iter().map(|t| (t.name.clone(), t.primary_key.clone(), t.columns.iter().map(|c| c.name.clone()).collect())).collect();
    for table in tables {
        for key in &mut table.foreign_keys {
            let place = format!("foreign key `{}` of table `{}`", key.columns.join(", "), table.name);
            let Some((name, primary, columns)) = parents.iter().find(|(name, _, _)| name.eq_ignore_ascii_case(&key.table)) else {
                return Err(refuse(format!("{place} refers to table `{}`, which does not exist", key.table)));
            };
            key.table.clone_from(name);
            if key.references.is_empty() {
                key.references.clone_from(primary);
            }
            if key.references.len() != key.columns.len() {
                return Err(refuse(format!("{place} has {} columns and refers to {}", key.columns.len(), key.references.len())));
            }
            for reference in &mut key.references {
                let Some(column) = columns.iter().find(|c| c.eq_ignore_ascii_case(reference)) else {
                    return Err(refuse(format!("{place} refers to `{name}.{reference}`, which does not exist")));
                };
                reference.clone_from(column);
            }
        }
    }
    Ok(())
}
