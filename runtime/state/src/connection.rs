//! A warm connection: guarded, hooked, with its statements prepared, and with one state at a time behind it.

use crate::base::{Base, Plan, RowHashes, Sums};
use crate::builtins;
use crate::cache::Cache;
use crate::digest::decode_values;
use crate::error::{SqlError, StateError};
use crate::expansion;
use crate::functions;
use crate::guard::{self, HOST_LENGTH_MAX, Mode, Shared};
use crate::hook::{Hook, Key, RowId};
use crate::pool::Order;
use crate::sqlite::{Failure, Prepared, Run, Statement};
use crate::store::Store;
use crate::vfs;
use rusqlite::Connection;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use std::sync::Arc;

/// Steps of SQLite's compiler for one statement. Views of views can double at each level.
const COMPILE_OPS_MAX: u64 = wardian_format::limits::FIXED.compile_ops_max;

/// A connection that serves the states of one base, one after another.
pub(crate) struct Warm {
    // Statements come before the connection, the hook after it: fields are dropped in this order.
    begin: Statement,
    commit: Statement,
    rollback: Statement,
    /// A read by key for each table, made when first needed.
    by_key: Vec<Option<Statement>>,
    /// Statements of guests.
    pub(crate) guest: Cache,
    /// Trusted queries.
    pub(crate) trusted: Cache,
    pub(crate) connection: Connection,
    pub(crate) hook: Hook,
    pub(crate) shared: Arc<Shared>,
    /// True while a state is behind the connection.
    occupied: bool,
    spoiled: bool,
    length_max: i32,
    pages_max: u32,
    buffer: Vec<u8>,
}

/// Settings that every connection has; none of them changes what is stored.
pub(crate) fn host_settings(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.execute_batch(
        "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON; PRAGMA cache_spill = OFF;
         PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 2000000000; PRAGMA trusted_schema = OFF",
    )
}

impl Warm {
    /// Opens a connection for states of `base`. It starts and idles with a placeholder instead of a state.
    pub(crate) fn open(base: &Arc<Base>, order: Order) -> Result<Self, StateError> {
        let mut connection = vfs::open(base.root.clone())?;
        host_settings(&connection)?;
        // Reads the schema, which needs the image for the last time.
        let _: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
        let shared = Arc::new(Shared::new(base.schema(), base.view_costs.clone()));
        connection.pragma_update(None, "reverse_unordered_selects", order == Order::Reversed)?;
        builtins::install(&connection, &shared)?;
        functions::install(&connection, &shared)?;
        let hook = Hook::install(&connection, Arc::clone(&base.hook_tables));
        guard::install(&mut connection, &shared)?;
        let [begin, commit, rollback] = ["BEGIN", "COMMIT", "ROLLBACK"].map(|sql| Statement::prepare_host(&connection, sql));
        vfs::swap(&connection, &mut Store::empty());
        Ok(Self {
            begin: begin?,
            commit: commit?,
            rollback: rollback?,
            by_key: base.plans.iter().map(|_| None).collect(),
            guest: Cache::default(),
            trusted: Cache::default(),
            connection,
            hook,
            shared,
            occupied: false,
            spoiled: false,
            length_max: HOST_LENGTH_MAX,
            pages_max: 0,
            buffer: Vec::new(),
        })
    }

    /// True where it may be used again.
    pub(crate) fn is_fit(&self) -> bool {
        !self.occupied && !self.spoiled && self.connection.is_autocommit()
    }

    /// It is not to be used again.
    pub(crate) fn spoil(&mut self) {
        self.spoiled = true;
    }

    /// Puts `store` behind the connection; `store` keeps the placeholder.
    pub(crate) fn enter(&mut self, store: &mut Store) {
        assert!(!self.occupied, "one state at a time");
        vfs::swap(&self.connection, store);
        self.occupied = true;
    }

    /// Takes back what [`Warm::enter`] put there.
    pub(crate) fn leave(&mut self, store: &mut Store) {
        vfs::swap(&self.connection, store);
        self.occupied = false;
    }

    /// Runs `f` of the host with `store` behind the connection.
    pub(crate) fn with_store<R>(&mut self, store: &mut Store, f: impl FnOnce(&mut Self) -> R) -> R {
        self.set_length_max(HOST_LENGTH_MAX);
        self.enter(store);
        let result = f(self);
        self.leave(store);
        result
    }

    pub(crate) fn begin(&mut self) -> Result<(), Failure> {
        self.begin.execute()
    }

    pub(crate) fn commit(&mut self) -> Result<(), Failure> {
        self.commit.execute()
    }

    /// Undoes the open transaction, if SQLite has not done so already.
    pub(crate) fn rollback(&mut self) -> Result<(), Failure> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.rollback.execute()
    }

    /// Longest value from now on, bytes.
    pub(crate) fn set_length_max(&mut self, bytes: i32) {
        if self.length_max != bytes {
            // A connection of this crate always has this limit.
            let _ = self.connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, bytes);
            self.length_max = bytes;
        }
    }

    /// Most pages from now on. The state must be behind the connection already.
    pub(crate) fn set_pages_max(&mut self, pages: u32, current: u32) -> Result<(), Failure> {
        if self.pages_max != pages {
            Statement::prepare_host(&self.connection, &format!("PRAGMA max_page_count = {pages}"))?.execute()?;
        }
        // SQLite raises its limit for a database that is larger already, and does not lower it again.
        self.pages_max = if current > pages { 0 } else { pages };
        Ok(())
    }

    /// Compiles a guest's statement and forgets it.
    pub(crate) fn check_guest(&mut self, sql: &str) -> Result<(), SqlError> {
        self.shared.set_mode(Mode::Guest);
        let result = prepare_guest(&self.connection, &self.shared, sql);
        self.shared.set_mode(Mode::Host);
        result.map(drop).map_err(|(error, _)| error)
    }

    /// The sums over all rows of the state behind the connection.
    pub(crate) fn scan(&mut self, base: &Base) -> Result<Sums, StateError> {
        let mut sums = base.zero();
        for plan in &base.plans {
            let mut statement = Statement::prepare_host(&self.connection, &plan.select)?;
            let mut run = statement.run([])?;
            while run.step()? {
                sums.replace(None, Some(&plan.hash(&run, &mut self.buffer)));
            }
        }
        Ok(sums)
    }

    /// Hashes of the rows at `ids` in the state behind the connection; `None` where there is no such row.
    pub(crate) fn hash_rows<'a>(
        &mut self,
        base: &Base,
        ids: impl Iterator<Item = &'a RowId>,
    ) -> Result<Vec<Option<RowHashes>>, StateError> {
        let mut out = Vec::with_capacity(ids.size_hint().0);
        for id in ids {
            out.push(self.row(base, id, |plan, run, buffer| plan.hash(run, buffer))?);
        }
        Ok(out)
    }

    /// Calls `f` with the row at `id` in the state behind the connection.
    pub(crate) fn row<R>(
        &mut self,
        base: &Base,
        id: &RowId,
        f: impl FnOnce(&Plan, &Run<'_>, &mut Vec<u8>) -> R,
    ) -> Result<Option<R>, StateError> {
        let table = usize::from(id.0);
        let plan = &base.plans[table];
        let statement = match &mut self.by_key[table] {
            Some(statement) => statement,
            slot => slot.insert(Statement::prepare_host(&self.connection, &plan.select_key)?),
        };
        let mut run = match &id.1 {
            Key::Row(rowid) => statement.run([ValueRef::Integer(*rowid)])?,
            Key::Values(values) => statement.run(decode_values(values))?,
        };
        let buffer = &mut self.buffer;
        let found = run.step()? && plan.has_key(&run, &id.1, buffer);
        Ok(found.then(|| f(plan, &run, buffer)))
    }
}

/// Compiles a statement as a guest's; an error comes with the byte it concerns. The mode must be set already.
pub(crate) fn prepare_guest(connection: &Connection, shared: &Shared, sql: &str) -> Result<Statement, (SqlError, Option<usize>)> {
    if !expansion::is_bounded(sql, &shared.view_costs) {
        return Err((
            SqlError::Denied("a statement that expands to too many copies of views and common table expressions".to_owned()),
            None,
        ));
    }
    shared.take_row_statement();
    // Compiling has a budget of its own, so that it does not matter who compiles a statement first.
    shared.start_counting(COMPILE_OPS_MAX);
    let prepared = Statement::prepare(connection, sql);
    shared.stop_counting();
    let error = match prepared {
        Ok(Prepared::Statement(statement)) if shared.take_row_statement() => match unstable_name(&statement) {
            None => return Ok(statement),
            Some(name) => SqlError::Other(format!("the result has several columns named alike (`{name}`); name each column")),
        },
        // VACUUM is one: nobody asks the authorizer about it.
        Ok(Prepared::Statement(_)) => SqlError::Denied("a statement other than SELECT, INSERT, UPDATE and DELETE".to_owned()),
        Ok(Prepared::Empty) => SqlError::Other("the statement is empty".to_owned()),
        Ok(Prepared::Several) => SqlError::Denied("more than one statement in a text".to_owned()),
        Ok(Prepared::Explain) => SqlError::Denied("EXPLAIN".to_owned()),
        Err(failure) => {
            let offset = failure.offset;
            let error = match shared.take_denied() {
                Some(what) => SqlError::Denied(what),
                None => SqlError::from(failure),
            };
            return Err((error, offset));
        }
    };
    Err((error, None))
}

/// A column name that SQLite made unique with a number: after the third of a name it takes random ones.
fn unstable_name(statement: &Statement) -> Option<&str> {
    let made_up = |name: &&String| name.rsplit_once(':').is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    statement.columns().iter().find(made_up).map(String::as_str)
}
