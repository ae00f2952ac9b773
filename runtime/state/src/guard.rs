//! What a guest's SQL may do: an allow-list that SQLite asks while it compiles a statement, and budgets that it
//! asks while it runs one.

use crate::expansion::ViewCosts;
use crate::functions::Random;
use crate::schema::Schema;
use crate::sqlite::Failure;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, ffi};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use wardian_format::limits::FIXED;
use wardian_format::names;

/// Virtual-machine operations between two looks at the budget.
const OPS_STEP: u64 = 100;

/// Longest value that the host's own statements handle: SQLite's own maximum.
pub(crate) const HOST_LENGTH_MAX: i32 = 1_000_000_000;

/// Functions that a guest may call, sorted. All of them depend on their arguments, the state and the episode's
/// clock and seed alone.
const FUNCTIONS: &[&str] = &[
    "->",
    "->>",
    "abs",
    "avg",
    "ceil",
    "ceiling",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "dense_rank",
    "first_value",
    "floor",
    "format",
    "glob",
    "group_concat",
    "hex",
    "if",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_array_insert",
    "json_array_length",
    "json_each",
    "json_error_position",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_patch",
    "json_pretty",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_tree",
    "json_type",
    "json_valid",
    "jsonb",
    "jsonb_array",
    "jsonb_array_insert",
    "jsonb_each",
    "jsonb_extract",
    "jsonb_group_array",
    "jsonb_group_object",
    "jsonb_insert",
    "jsonb_object",
    "jsonb_patch",
    "jsonb_remove",
    "jsonb_replace",
    "jsonb_set",
    "jsonb_tree",
    "julianday",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "lower",
    "ltrim",
    "max",
    "min",
    "now",
    "nth_value",
    "ntile",
    "nullif",
    "octet_length",
    "percent_rank",
    "printf",
    "quote",
    "rank",
    "real_text",
    "replace",
    "round",
    "round_half_away",
    "round_half_even",
    "row_number",
    "rtrim",
    "sign",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "time",
    "timediff",
    "total",
    "trim",
    "typeof",
    "unhex",
    "unicode",
    "unicode_lower",
    "unixepoch",
    "unlikely",
    "upper",
    "wardian_id",
    "wardian_id_int",
    "wardian_now",
];

/// Table-valued functions that a guest may read.
const TABLE_FUNCTIONS: &[&str] = &["json_each", "json_tree", "jsonb_each", "jsonb_tree"];

/// Whose statement is compiled or run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    /// The engine's own: everything is allowed.
    Host = 0,
    /// A tool's.
    Guest = 1,
    /// A trusted query: reads everything, changes nothing.
    Read = 2,
}

/// What the callbacks of a connection share with its owner.
pub(crate) struct Shared {
    mode: AtomicU8,
    /// Seed of generated ids.
    pub(crate) seed: AtomicU64,
    /// The episode's time, Unix seconds.
    pub(crate) now: AtomicI64,
    /// Operations that the running statement may still use.
    budget: AtomicU64,
    /// False while the host's own statements run.
    counting: AtomicBool,
    /// Operations that functions charged to the running statement.
    charged: AtomicU64,
    /// Counts the transactions of this connection.
    turn: AtomicU64,
    /// The transaction that is told to stop.
    stop_turn: AtomicU64,
    /// Whether the statement being compiled reads or writes rows at all, as VACUUM does not.
    row_statement: AtomicBool,
    /// Random numbers of the transaction, where its guest may have any.
    random: Mutex<Option<Random>>,
    /// The first thing that a guest asked for and may not have, since last asked.
    denied: Mutex<Option<String>>,
    uses: Mutex<Option<Uses>>,
    /// Tables and views.
    known: BTreeSet<String>,
    /// What naming a view costs.
    pub(crate) view_costs: ViewCosts,
}

/// Tables and columns that a statement uses, with those that views and triggers use for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    pub(crate) reads: BTreeMap<String, BTreeSet<String>>,
    pub(crate) inserts: BTreeSet<String>,
    pub(crate) updates: BTreeMap<String, BTreeSet<String>>,
    pub(crate) deletes: BTreeSet<String>,
}

impl Shared {
    pub(crate) fn new(schema: &Schema, view_costs: ViewCosts) -> Self {
        Self {
            mode: AtomicU8::new(Mode::Host as u8),
            seed: AtomicU64::new(0),
            now: AtomicI64::new(0),
            budget: AtomicU64::new(u64::MAX),
            counting: AtomicBool::new(false),
            charged: AtomicU64::new(0),
            turn: AtomicU64::new(0),
            stop_turn: AtomicU64::new(0),
            row_statement: AtomicBool::new(false),
            random: Mutex::new(None),
            denied: Mutex::new(None),
            uses: Mutex::new(None),
            view_costs,
            known: schema.tables.iter().map(|t| t.name.clone()).chain(schema.views.iter().cloned()).collect(),
        }
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.mode.store(mode as u8, Relaxed);
    }

    /// Counts operations from now on, stopping at `ops_max`.
    pub(crate) fn start_counting(&self, ops_max: u64) {
        self.budget.store(ops_max, Relaxed);
        self.counting.store(true, Relaxed);
    }

    /// True where the budget was used up.
    pub(crate) fn is_spent(&self) -> bool {
        self.budget.load(Relaxed) < OPS_STEP
    }

    pub(crate) fn stop_counting(&self) {
        self.counting.store(false, Relaxed);
    }

    /// Takes `ops` from the running statement's budget; false if it has fewer left.
    pub(crate) fn charge(&self, ops: u64) -> bool {
        if !self.counting.load(Relaxed) {
            return true;
        }
        let left = self.budget.load(Relaxed);
        self.budget.store(left.saturating_sub(ops), Relaxed);
        self.charged.store(self.charged.load(Relaxed).saturating_add(ops), Relaxed);
        ops <= left
    }

    /// What functions charged since the last call.
    pub(crate) fn take_charged(&self) -> u64 {
        self.charged.swap(0, Relaxed)
    }

    /// Starts a transaction; gives its number.
    pub(crate) fn next_turn(&self) -> u64 {
        self.turn.fetch_add(1, Relaxed) + 1
    }

    /// Tells transaction `turn` to stop, if it is still the one.
    pub(crate) fn stop(&self, turn: u64) {
        self.stop_turn.store(turn, Relaxed);
    }

    /// True where the current transaction was told to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop_turn.load(Relaxed) == self.turn.load(Relaxed)
    }

    /// True if a SELECT, INSERT, UPDATE or DELETE was compiled since the last call.
    pub(crate) fn take_row_statement(&self) -> bool {
        self.row_statement.swap(false, Relaxed)
    }

    /// What was denied since the last call, in words.
    pub(crate) fn take_denied(&self) -> Option<String> {
        lock(&self.denied).take()
    }

    /// Notes a denial at run time.
    pub(crate) fn deny(&self, what: String) {
        lock(&self.denied).get_or_insert(what);
    }

    /// Starts the random numbers of a transaction, or ends them.
    pub(crate) fn set_random(&self, random: Option<Random>) {
        *lock(&self.random) = random;
    }

    /// Fills `out` with the next random bytes; false where the guest may have none.
    pub(crate) fn fill_random(&self, out: &mut [u8]) -> bool {
        lock(&self.random).as_mut().map(|random| random.fill(out)).is_some()
    }

    /// Runs `f` and says which tables and columns the statements compiled in it use.
    pub(crate) fn record_uses<R>(&self, f: impl FnOnce() -> R) -> (R, Uses) {
        *lock(&self.uses) = Some(Uses::default());
        let result = f();
        (result, lock(&self.uses).take().unwrap_or_default())
    }

    /// Called every [`OPS_STEP`] operations; true stops the statement.
    fn tick(&self) -> bool {
        if !self.counting.load(Relaxed) {
            return false;
        }
        let left = self.budget.load(Relaxed);
        self.budget.store(left.saturating_sub(OPS_STEP), Relaxed);
        left < OPS_STEP || self.is_stopped()
    }

    fn authorize(&self, context: &AuthContext<'_>) -> Authorization {
        let mode = self.mode.load(Relaxed);
        if mode == Mode::Host as u8 {
            return Authorization::Allow;
        }
        let refused = if mode == Mode::Guest as u8 { self.guest(context) } else { self.read(context) };
        match refused {
            None => {
                let action = context.action;
                if matches!(action, AuthAction::Select | AuthAction::Insert { .. } | AuthAction::Update { .. } | AuthAction::Delete { .. })
                {
                    self.row_statement.store(true, Relaxed);
                }
                if let Some(uses) = lock(&self.uses).as_mut() {
                    uses.note(context);
                }
                Authorization::Allow
            }
            Some(what) => {
                self.deny(names::untrusted(&what, 200));
                Authorization::Deny
            }
        }
    }

    /// What the guest may not have, in words.
    fn guest(&self, context: &AuthContext<'_>) -> Option<String> {
        match context.action {
            AuthAction::Select | AuthAction::Recursive => None,
            AuthAction::Read { table_name, .. } => {
                // The name of a common table expression comes without a database.
                let local = context.database_name.is_none() && !table_name.starts_with("sqlite_") && !table_name.starts_with("pragma_");
                let allowed = local || self.known.contains(table_name) || TABLE_FUNCTIONS.contains(&table_name);
                (!allowed).then(|| format!("reading `{table_name}`"))
            }
            AuthAction::Insert { table_name } | AuthAction::Delete { table_name } | AuthAction::Update { table_name, .. } => {
                (!self.known.contains(table_name)).then(|| format!("writing `{table_name}`"))
            }
            AuthAction::Function { function_name } => {
                let name = function_name.to_ascii_lowercase();
                let random = || RANDOM.contains(&name.as_str()) && lock(&self.random).is_some();
                (FUNCTIONS.binary_search(&name.as_str()).is_err() && !random()).then(|| format!("function `{name}`"))
            }
            other => Some(describe(other)),
        }
    }

    fn read(&self, context: &AuthContext<'_>) -> Option<String> {
        match context.action {
            AuthAction::Select | AuthAction::Recursive | AuthAction::Read { .. } => None,
            AuthAction::Function { function_name } => {
                let name = function_name.to_ascii_lowercase();
                (DENIED.contains(&name.as_str()) || RANDOM.contains(&name.as_str())).then(|| format!("function `{name}`"))
            }
            // Reached through table-valued functions only; a PRAGMA statement is refused by its caller.
            AuthAction::Pragma { pragma_name, pragma_value: _ } => {
                let described = ["table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list"];
                (!described.contains(&pragma_name)).then(|| format!("PRAGMA {pragma_name}"))
            }
            other => Some(describe(other)),
        }
    }
}

/// Functions that no statement may call, however it reaches them: they are replaced on every connection.
pub(crate) const DENIED: &[&str] = &["changes", "last_insert_rowid", "load_extension", "total_changes"];

/// Functions that only guests with free SQL may call; theirs follow from seed and call.
pub(crate) const RANDOM: &[&str] = &["random", "randomblob"];

impl Uses {
    fn note(&mut self, context: &AuthContext<'_>) {
        let columns = |map: &mut BTreeMap<String, BTreeSet<String>>, table: &str, column: &str| {
            let set = map.entry(table.to_owned()).or_default();
            // A table that is read without naming a column, as `count(*)` does, comes with an empty name.
            if !column.is_empty() {
                set.insert(column.to_owned());
            }
        };
        match context.action {
            AuthAction::Read { table_name, column_name } if context.database_name.is_some() => {
                columns(&mut self.reads, table_name, column_name);
            }
            AuthAction::Update { table_name, column_name } => columns(&mut self.updates, table_name, column_name),
            AuthAction::Insert { table_name } => drop(self.inserts.insert(table_name.to_owned())),
            AuthAction::Delete { table_name } => drop(self.deletes.insert(table_name.to_owned())),
            _ => {}
        }
    }
}

/// Sets what holds for the whole life of a connection. Call it before any guest statement is prepared.
pub(crate) fn install(connection: &mut Connection, shared: &Arc<Shared>) -> Result<(), rusqlite::Error> {
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, true),
    ] {
        connection.set_db_config(config, on)?;
    }
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, HOST_LENGTH_MAX),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
        (Limit::SQLITE_LIMIT_COLUMN, FIXED.columns_max as i32),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, FIXED.expression_depth_max as i32),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, FIXED.compound_selects_max as i32),
        (Limit::SQLITE_LIMIT_VDBE_OP, FIXED.program_ops_max as i32),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, FIXED.function_arguments_max as i32),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, FIXED.pattern_bytes_max as i32),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, FIXED.parameters_max as i32),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, FIXED.trigger_depth_max as i32),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value)?;
    }
    let callback = Arc::clone(shared);
    connection.authorizer(Some(move |context: AuthContext<'_>| callback.authorize(&context)))?;
    count_operations(connection, shared)
}

/// Makes SQLite ask about the budget while it runs.
pub(crate) fn count_operations(connection: &mut Connection, shared: &Arc<Shared>) -> Result<(), rusqlite::Error> {
    let callback = Arc::clone(shared);
    connection.progress_handler(OPS_STEP as i32, Some(move || callback.tick()))
}

/// The failure of a statement that asked for `what`.
pub(crate) fn denied(what: String) -> Failure {
    Failure { code: ffi::SQLITE_AUTH, message: what, offset: None }
}

fn describe(action: AuthAction<'_>) -> String {
    match action {
        AuthAction::Pragma { pragma_name, .. } => format!("PRAGMA {pragma_name}"),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => "ATTACH or DETACH".to_owned(),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => "transaction control".to_owned(),
        AuthAction::Insert { table_name } | AuthAction::Delete { table_name } | AuthAction::Update { table_name, .. } => {
            format!("writing `{table_name}`")
        }
        AuthAction::Analyze { .. } | AuthAction::Reindex { .. } => "ANALYZE or REINDEX".to_owned(),
        _ => "a change of the schema".to_owned(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_sorted_and_denied_ones_are_not_among_them() {
        assert!(FUNCTIONS.is_sorted());
        assert!(DENIED.iter().chain(RANDOM).all(|name| FUNCTIONS.binary_search(name).is_err()));
    }
}
