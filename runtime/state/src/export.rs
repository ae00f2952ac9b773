//! A state as a plain SQLite file for the tools of others.

use crate::connection::host_settings;
use crate::error::StateError;
use crate::image;
use crate::schema::quote;
use crate::state::State;
use crate::vfs;

/// A plain SQLite file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainFile {
    /// The file. Equal states give equal bytes with the same version of SQLite, however they came about, and nothing of rows that
    /// were deleted is left in it.
    pub bytes: Vec<u8>,
    /// Views and triggers that are not in it, in order of name.
    pub left_out: Vec<String>,
    /// Views in it that call functions which only Wardian's SQLite has, in order of name. Whoever else reads one of them is told that
    /// there is no such function; reading anything else works.
    pub ours: Vec<String>,
}

impl State {
    /// The state as a plain SQLite file with all tables, indexes and rows. No table needs a function of ours: a schema that used one in
    /// a constraint, an index or a generated column would not have been accepted.
    ///
    /// Views and triggers are kept only on demand: SQLite parses the text of all of them before it reads anything, so that one which an
    /// older version does not understand makes the whole file unreadable there.
    ///
    /// # Errors
    /// When SQLite fails, which takes a lack of memory.
    pub fn export(&self, with_views: bool) -> Result<PlainFile, StateError> {
        let connection = vfs::open(self.store.clone())?;
        host_settings(&connection)?;
        let named = |kinds: &str| -> Result<Vec<(String, String)>, StateError> {
            let mut statement =
                connection.prepare(&format!("SELECT name, type FROM sqlite_schema WHERE type IN ({kinds}) ORDER BY name"))?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        let cookie: u32 = connection.query_row("PRAGMA schema_version", [], |row| row.get(0))?;
        let mut plain = PlainFile { bytes: Vec::new(), left_out: Vec::new(), ours: Vec::new() };
        if with_views {
            for (view, _) in named("'view'")? {
                // This connection has SQLite's own functions and no others.
                if connection.prepare(&format!("SELECT * FROM {}", quote(&view))).is_err() {
                    plain.ours.push(view);
                }
            }
        } else {
            // Triggers first: one of a view goes with the view.
            for (name, kind) in named("'trigger'")?.into_iter().chain(named("'view'")?) {
                connection.execute_batch(&format!("DROP {kind} {}", quote(&name)))?;
                plain.left_out.push(name);
            }
            plain.left_out.sort_unstable();
        }
        plain.bytes = image::finish(&connection)?;
        // Packing counts as a change of the schema (SQLite file format, 1.3, offset 40). A state that was exported before is not another.
        plain.bytes[40..44].copy_from_slice(&cookie.to_be_bytes());
        Ok(plain)
    }
}
