//! A transaction: one call of a tool.

use crate::base::Context;
use crate::cache::Found;
use crate::connection::prepare_guest;
use crate::error::{SqlError, StateError};
use crate::functions::Random;
use crate::guard::{Mode, Shared};
use crate::heap::Heap;
use crate::pool::{self, Lease, Order};
use crate::sqlite::{Run, Statement, owned, value_ref};
use crate::state::{Rows, State};
use crate::vfs;
use rusqlite::types::ValueRef;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use wardian_format::limits::FIXED;
use wardian_format::{Limits, SqlValue, names, outcome::LimitKind};

/// An open transaction on a state: one call of a tool. Owns the state until it ends; dropping it rolls back.
///
/// It may move between threads. It holds a warm connection, which goes to the pool of the thread where it ends.
pub struct Tx {
    /// `None` once it has ended.
    open: Option<Open>,
    turn: u64,
    limits: Budget,
    heap: Heap,
    /// Savepoints that are open.
    savepoints: u32,
    /// Place of the closed set in the connection's cache.
    set: Option<usize>,
    /// Why every further statement fails.
    stop: Option<SqlError>,
    stopped_by: Option<LimitKind>,
    denied: Option<String>,
}

struct Open {
    /// Its store is behind the connection.
    state: State,
    lease: Lease,
}

/// Stops one transaction, from any thread. It does nothing once that has ended.
#[derive(Clone)]
pub struct Interrupter {
    shared: Arc<Shared>,
    turn: u64,
}

impl Interrupter {
    /// Stops the transaction.
    pub fn stop(&self) {
        self.shared.stop(self.turn);
    }
}

impl std::fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interrupter").field("turn", &self.turn).finish_non_exhaustive()
    }
}

/// What is left of the limits.
struct Budget {
    statements: u64,
    ops: u64,
    rows: u64,
    row_bytes: u64,
    sql_bytes_max: usize,
}

/// What a statement used.
#[derive(Default)]
struct Used {
    ops: u64,
    rows: u64,
    row_bytes: u64,
}

impl Tx {
    pub(crate) fn begin(mut state: State, limits: &Limits, statements: Option<&Arc<[String]>>, order: Order) -> Result<Self, StateError> {
        let mut lease = pool::lease(&state.base, order)?;
        let pages = state.store.pages();
        let warm = &mut *lease;
        warm.set_length_max(i32::try_from(limits.value_bytes_max).unwrap_or(i32::MAX));
        let set = statements.map(|set| warm.guest.set(set));
        warm.shared.seed.store(state.context.seed, Relaxed);
        warm.shared.now.store(state.context.now_unix_s, Relaxed);
        warm.shared.take_charged();
        warm.shared.take_denied();
        let turn = warm.shared.next_turn();
        warm.hook.clear();
        warm.enter(&mut state.store);
        let pages_max = state.base.root.pages().saturating_add(limits.growth_pages_max);
        warm.set_pages_max(pages_max, pages)?;
        warm.begin()?;
        if statements.is_none() {
            warm.shared.set_random(Some(Random::new(state.context.seed, Vec::new())));
        }
        warm.shared.set_mode(Mode::Guest);
        let budget = Budget {
            statements: limits.statements_max,
            ops: limits.vm_ops_max,
            rows: limits.rows_max,
            row_bytes: limits.row_bytes_max,
            sql_bytes_max: limits.sql_bytes_max,
        };
        let heap = Heap::new(limits.heap_bytes_max, limits.heap_total_bytes_max);
        Ok(Self {
            open: Some(Open { state, lease }),
            turn,
            limits: budget,
            heap,
            savepoints: 0,
            set,
            stop: None,
            stopped_by: None,
            denied: None,
        })
    }

    /// Makes the random numbers of a guest with free SQL follow from `call` too, so that two different calls do not get
    /// the same. Without such SQL there are none, and nothing happens. Call it before the first statement.
    pub fn random_of(&mut self, call: Vec<u8>) {
        if self.set.is_none() {
            let open = self.open_mut();
            let random = Random::new(open.state.context.seed, call);
            open.lease.shared.set_random(Some(random));
        }
    }

    /// Operations of the virtual machine that are left; what a statement took off is its work.
    pub fn ops_left(&self) -> u64 {
        self.limits.ops
    }

    /// True where the guest may run any statement of the allow-list.
    pub fn has_free_sql(&self) -> bool {
        self.set.is_none()
    }

    /// From here on only the statements of `set` may run, for a host that makes a second call in the same transaction.
    /// Budgets stay as they are.
    pub fn close_set(&mut self, set: &Arc<[String]>) {
        let was_free = self.set.is_none();
        let warm = &mut *self.open_mut().lease;
        if was_free {
            warm.shared.set_random(None);
        }
        self.set = Some(self.open_mut().lease.guest.set(set));
    }

    /// Opens a savepoint, for a host that wants to undo a part of a transaction. They nest.
    ///
    /// # Errors
    /// When the transaction was stopped or undone, or too many are open.
    pub fn savepoint(&mut self) -> Result<(), SqlError> {
        if self.savepoints == FIXED.savepoints_max {
            return Err(SqlError::Other(format!("more than {} savepoints are open", FIXED.savepoints_max)));
        }
        self.mark("SAVEPOINT step")?;
        self.savepoints += 1;
        Ok(())
    }

    /// Closes the innermost savepoint and keeps what was done since.
    ///
    /// # Errors
    /// When the transaction was stopped or undone, or none is open.
    pub fn release(&mut self) -> Result<(), SqlError> {
        self.close(&["RELEASE step"])
    }

    /// Closes the innermost savepoint and undoes what was done since. Budgets stay spent.
    ///
    /// # Errors
    /// When the transaction was stopped or undone, or none is open.
    pub fn undo(&mut self) -> Result<(), SqlError> {
        self.close(&["ROLLBACK TO step", "RELEASE step"])
    }

    fn close(&mut self, statements: &[&str]) -> Result<(), SqlError> {
        let left = self.savepoints.checked_sub(1).ok_or_else(|| SqlError::Other("no savepoint is open".to_owned()))?;
        statements.iter().try_for_each(|sql| self.mark(sql))?;
        self.savepoints = left;
        Ok(())
    }

    /// Runs one of the host's own statements on savepoints. All of them have one name: SQLite means the innermost.
    fn mark(&mut self, sql: &str) -> Result<(), SqlError> {
        if let Some(stop) = &self.stop {
            return Err(stop.clone());
        }
        let warm = &mut *self.open_mut().lease;
        warm.shared.set_mode(Mode::Host);
        let done = Statement::prepare_host(&warm.connection, sql).and_then(|mut statement| statement.execute());
        warm.shared.set_mode(Mode::Guest);
        Ok(done?)
    }

    /// Runs a statement that returns rows.
    pub fn query(&mut self, sql: &str, params: &[SqlValue]) -> Result<Rows, SqlError> {
        let mut values = Vec::new();
        let (columns, _) = self.run(sql, params, |run, n| values.push((0..n).map(|i| owned(run.column(i))).collect()))?;
        Ok(Rows { columns, values })
    }

    /// As [`Tx::query`], without names: the number of rows, and their values row by row.
    pub fn cells(&mut self, sql: &str, params: &[SqlValue]) -> Result<(u32, Vec<SqlValue>), SqlError> {
        let (mut rows, mut values) = (0, Vec::new());
        self.run(sql, params, |run, n| {
            rows += 1;
            values.extend((0..n).map(|i| owned(run.column(i))));
        })?;
        Ok((rows, values))
    }

    /// Runs a statement that changes rows; returns how many, without those that triggers and cascades changed. Rows
    /// that it returns are counted against the limits and dropped.
    pub fn execute(&mut self, sql: &str, params: &[SqlValue]) -> Result<u64, SqlError> {
        self.run(sql, params, |_, _| ()).map(|(_, changed)| changed)
    }

    /// A handle by which a watchdog on another thread stops the running statement and all after it. They fail with
    /// [`LimitKind::WallTime`].
    pub fn interrupter(&self) -> Interrupter {
        let shared = self.open.as_ref().map(|open| Arc::clone(&open.lease.shared));
        Interrupter { shared: shared.expect("a transaction is open until it ends"), turn: self.turn }
    }

    /// Clock and seed of the episode.
    pub fn context(&self) -> Context {
        self.open.as_ref().expect("a transaction is open until it ends").state.context
    }

    /// The first limit that stopped a statement of this transaction. From then on every statement fails with it.
    pub fn stopped_by(&self) -> Option<LimitKind> {
        self.stopped_by
    }

    /// What the guest asked for outside its authority, first time.
    pub fn denied(&self) -> Option<&str> {
        self.denied.as_deref()
    }

    /// Keeps the changes. Deferred constraints are checked here: on `Err` the state is as before the call. A
    /// transaction that was stopped by a limit, or that SQLite has undone (`OR ROLLBACK`), is not kept.
    pub fn commit(mut self) -> (State, Result<(), SqlError>) {
        let result = match self.stop.take() {
            Some(stop) => Err(stop),
            None => self.open_mut().keep(),
        };
        (self.end(), result)
    }

    /// Undoes the changes.
    pub fn rollback(mut self) -> State {
        self.end()
    }

    fn open_mut(&mut self) -> &mut Open {
        self.open.as_mut().expect("a transaction is open until it ends")
    }

    /// Undoes what was not kept, and gives connection and state back.
    fn end(&mut self) -> State {
        let Open { mut state, mut lease } = self.open.take().expect("a transaction ends once");
        lease.shared.stop_counting();
        lease.shared.set_mode(Mode::Host);
        if self.set.is_none() {
            lease.shared.set_random(None);
        }
        lease.rollback().expect("an open transaction in memory can be undone");
        lease.leave(&mut state.store);
        state
    }

    fn run(&mut self, sql: &str, params: &[SqlValue], row: impl FnMut(&Run<'_>, usize)) -> Result<(Arc<[String]>, u64), SqlError> {
        if let Some(stop) = &self.stop {
            return Err(stop.clone());
        }
        let result = self.prepare(sql).and_then(|at| self.run_at(at, params, row));
        if let Err(error) = &result {
            self.note(error);
        }
        self.check_alive(&result);
        result
    }

    /// Place of the prepared statement.
    fn prepare(&mut self, sql: &str) -> Result<usize, SqlError> {
        self.limits.statements = self.limits.statements.checked_sub(1).ok_or(SqlError::Limit(LimitKind::Statements))?;
        if sql.len() > self.limits.sql_bytes_max {
            return Err(SqlError::Limit(LimitKind::SqlBytes));
        }
        let set = self.set;
        let warm = &mut *self.open.as_mut().expect("a transaction is open until it ends").lease;
        match warm.guest.find(set, sql) {
            Found::At(at) => Ok(at),
            Found::Missing(place) => {
                let prepared = self.heap.during(|| prepare_guest(&warm.connection, &warm.shared, sql));
                let statement = prepared.map_err(|(error, _)| error)?;
                Ok(warm.guest.insert(set, place, sql, statement))
            }
            Found::Outside => Err(SqlError::Denied(format!("statement outside of the tool's set: {}", names::untrusted(sql, 100)))),
        }
    }

    fn run_at(&mut self, at: usize, params: &[SqlValue], row: impl FnMut(&Run<'_>, usize)) -> Result<(Arc<[String]>, u64), SqlError> {
        let Open { state, lease } = self.open.as_mut().expect("a transaction is open until it ends");
        let warm = &mut **lease;
        let statement = warm.guest.get(at);
        if params.len() != statement.parameters() {
            return Err(SqlError::Other(format!("the statement has {} parameters, {} were given", statement.parameters(), params.len())));
        }
        let columns = Arc::clone(statement.columns());
        warm.shared.start_counting(self.limits.ops);
        let mut used = Used::default();
        let limits = &self.limits;
        let step = || {
            let mut run = statement.run(params.iter().map(value_ref))?;
            step_through(&mut run, columns.len(), limits, &mut used, row)
        };
        let mut result = self.heap.during(|| vfs::with_clock(state.context.now_unix_s, step));
        warm.shared.stop_counting();
        used.ops = statement.take_ops().saturating_add(warm.shared.take_charged());
        if warm.shared.is_stopped() {
            result = Err(SqlError::Limit(LimitKind::WallTime));
        }
        if self.limits.spend(&used) && result.is_ok() {
            result = Err(SqlError::Limit(LimitKind::VmOps));
        }
        if matches!(result, Err(SqlError::Other(_)))
            && let Some(what) = warm.shared.take_denied()
        {
            result = Err(SqlError::Denied(what));
        }
        result?;
        let changed = if statement.read_only() { 0 } else { warm.connection.changes() };
        Ok((columns, changed))
    }

    fn note(&mut self, error: &SqlError) {
        match error {
            SqlError::Limit(kind) => {
                // SQLite survives running out of memory; a connection that did is not used again all the same.
                if *kind == LimitKind::Memory {
                    self.open_mut().lease.spoil();
                }
                self.stopped_by = Some(*kind);
                self.stop = Some(error.clone());
            }
            SqlError::Denied(what) => {
                self.denied.get_or_insert_with(|| what.clone());
            }
            SqlError::Constraint(_) | SqlError::Other(_) => {}
        }
    }

    /// A statement can undo the whole transaction. Then nothing may follow it.
    fn check_alive<T>(&mut self, result: &Result<T, SqlError>) {
        if self.stop.is_some() || !self.open_mut().lease.connection.is_autocommit() {
            return;
        }
        self.stop = Some(match result {
            Err(error) => error.clone(),
            Ok(_) => SqlError::Other("the transaction was undone".to_owned()),
        });
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if self.open.is_some() {
            drop(self.end());
        }
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("stopped_by", &self.stopped_by).field("denied", &self.denied).finish_non_exhaustive()
    }
}

impl Open {
    fn keep(&mut self) -> Result<(), SqlError> {
        let warm = &mut *self.lease;
        let Some(touched) = warm.hook.take() else {
            return Err(SqlError::Other("a change could not be recorded".to_owned()));
        };
        warm.commit()?;
        if touched.is_empty() {
            return Ok(());
        }
        Arc::make_mut(&mut self.state.touched).extend(touched);
        self.state.digests = None;
        Ok(())
    }
}

impl Budget {
    /// Takes off what was used; true if more operations were used than were left.
    fn spend(&mut self, used: &Used) -> bool {
        let over = used.ops > self.ops;
        self.ops = self.ops.saturating_sub(used.ops);
        self.rows = self.rows.saturating_sub(used.rows);
        self.row_bytes = self.row_bytes.saturating_sub(used.row_bytes);
        over
    }
}

fn step_through(
    run: &mut Run<'_>,
    columns: usize,
    limits: &Budget,
    used: &mut Used,
    mut row: impl FnMut(&Run<'_>, usize),
) -> Result<(), SqlError> {
    while run.step()? {
        used.rows += 1;
        if used.rows > limits.rows {
            return Err(SqlError::Limit(LimitKind::Rows));
        }
        used.row_bytes += (0..columns).map(|i| value_bytes(run.column(i))).sum::<u64>();
        if used.row_bytes > limits.row_bytes {
            return Err(SqlError::Limit(LimitKind::RowBytes));
        }
        row(run, columns);
    }
    Ok(())
}

/// What a value counts against `row_bytes_max`: 8 bytes, and its length if it has one.
fn value_bytes(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Text(b) | ValueRef::Blob(b) => 8 + b.len() as u64,
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 8,
    }
}
