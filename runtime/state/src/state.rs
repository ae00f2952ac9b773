//! The state of one episode.

use crate::base::{Base, Context, RowHashes, Sums};
use crate::cache::Found;
use crate::error::StateError;
use crate::guard::{self, Mode};
use crate::hook::{RowId, Touched};
use crate::pool::{self, Lease, Order};
use crate::sqlite::{Failure, Prepared, Statement, owned, value_ref};
use crate::store::Store;
use crate::tx::Tx;
use crate::vfs;
use rusqlite::ffi;
use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_format::{Digests, Limits, SqlValue};

/// The state of one episode. `Clone` is a fork and a checkpoint.
#[derive(Clone)]
pub struct State {
    pub(crate) base: Arc<Base>,
    pub(crate) store: Store,
    pub(crate) context: Context,
    /// Rows touched since the sums were last brought up to date.
    pub(crate) touched: Arc<Touched>,
    net: Option<Arc<Net>>,
    /// Those of the current content, once asked for.
    pub(crate) digests: Option<Digests>,
}

/// What a state changed against its base.
#[derive(Clone)]
pub(crate) struct Net {
    sums: Sums,
    pub(crate) rows: BTreeMap<RowId, Entry>,
}

/// A row that differs from the base's.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) base: Option<RowHashes>,
    pub(crate) current: Option<RowHashes>,
}

/// The rows of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Names of the columns. Shared with the prepared statement: dereferences to `[String]`.
    pub columns: Arc<[String]>,
    /// The rows.
    pub values: Vec<Vec<SqlValue>>,
}

impl State {
    pub(crate) fn new(base: Arc<Base>, context: Context) -> Self {
        let store = base.root.clone();
        Self { base, store, context, touched: Arc::default(), net: None, digests: None }
    }

    /// What it was made from.
    pub fn base(&self) -> &Arc<Base> {
        &self.base
    }

    /// Clock and seed.
    pub fn context(&self) -> Context {
        self.context
    }

    /// Starts a transaction. `statements` is the closed set of a tool, or `None` for the allow-list alone.
    ///
    /// A set is recognised by the address of its `Arc`: pass clones of one `Arc` for every call of a tool, so that
    /// statements are found without comparing or hashing all texts.
    pub fn begin(self, limits: &Limits, statements: Option<Arc<[String]>>) -> Result<Tx, StateError> {
        Tx::begin(self, limits, statements.as_ref(), Order::Usual)
    }

    /// The same with reads that have no ORDER BY running backwards: a tool whose result differs depends on an order
    /// that nobody promises.
    pub fn begin_reversed(self, limits: &Limits, statements: Option<Arc<[String]>>) -> Result<Tx, StateError> {
        Tx::begin(self, limits, statements.as_ref(), Order::Reversed)
    }

    /// The digests; costs what changed since the last call. The first call on any state of a base scans its image.
    pub fn digests(&mut self) -> Result<Digests, StateError> {
        if let Some(digests) = self.digests {
            return Ok(digests);
        }
        let base = Arc::clone(&self.base);
        let mut lease = pool::lease(&base, Order::Usual)?;
        let net = self.settle(&mut lease)?;
        let digests = base.finish(&net.sums);
        self.digests = Some(digests);
        Ok(digests)
    }

    /// The same digests by reading every row: slow and obvious, an oracle for tests and audits.
    pub fn full_scan_digests(&mut self) -> Result<Digests, StateError> {
        let base = Arc::clone(&self.base);
        let sums = pool::lease(&base, Order::Usual)?.with_store(&mut self.store, |warm| warm.scan(&base))?;
        Ok(base.finish(&sums))
    }

    /// Runs a trusted, read-only query of the host (a grader, a task generator). It may read the schema
    /// (`sqlite_schema`, `pragma_table_info(…)`); a statement that could change anything is an error.
    pub fn read(&mut self, sql: &str, params: &[SqlValue]) -> Result<Rows, StateError> {
        let base = Arc::clone(&self.base);
        let mut lease = pool::lease(&base, Order::Usual)?;
        let context = self.context;
        lease.with_store(&mut self.store, |warm| {
            warm.shared.seed.store(context.seed, std::sync::atomic::Ordering::Relaxed);
            warm.shared.now.store(context.now_unix_s, std::sync::atomic::Ordering::Relaxed);
            let at = match warm.trusted.find(None, sql) {
                Found::At(at) => at,
                _ => {
                    warm.shared.set_mode(Mode::Read);
                    let prepared = prepare_read(warm, sql);
                    warm.shared.set_mode(Mode::Host);
                    warm.trusted.insert(None, None, sql, prepared?)
                }
            };
            vfs::with_clock(context.now_unix_s, || collect(warm.trusted.get(at), params))
        })
    }

    /// The state as a plain SQLite file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.store.to_bytes()
    }

    /// Brings the sums up to date with the rows touched, and gives the net changes.
    pub(crate) fn settle(&mut self, lease: &mut Lease) -> Result<&Net, StateError> {
        let mut net = match self.net.take() {
            Some(net) => net,
            None => Arc::new(Net { sums: (*self.base.sums(lease)?).clone(), rows: BTreeMap::new() }),
        };
        let updated = if self.touched.is_empty() { Ok(()) } else { self.update(&mut net, lease) };
        // Kept also where the update failed: it then still stands for what it stood for.
        let net = self.net.insert(net);
        updated.map(|()| &**net)
    }

    fn update(&mut self, net: &mut Arc<Net>, lease: &mut Lease) -> Result<(), StateError> {
        let base = &self.base;
        let touched = Arc::make_mut(&mut self.touched).sorted();
        let current = lease.with_store(&mut self.store, |warm| warm.hash_rows(base, touched.iter()))?;
        let unknown = || touched.iter().filter(|id| !net.rows.contains_key(*id));
        let mut root = base.root.clone();
        let mut known = lease.with_store(&mut root, |warm| warm.hash_rows(base, unknown()))?.into_iter();
        let net = Arc::make_mut(net);
        for (id, current) in touched.iter().zip(current) {
            // Rows that were not in the map come in the same order as their hashes.
            let known = if net.rows.contains_key(id) { None } else { known.next() };
            net.set(id, known, current);
        }
        self.touched = Arc::default();
        Ok(())
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("base", &self.base).field("context", &self.context).finish_non_exhaustive()
    }
}

impl Net {
    /// Row `id` is `current` now. `base` is its hash in the base if the map does not have it.
    fn set(&mut self, id: &RowId, base: Option<Option<RowHashes>>, current: Option<RowHashes>) {
        let entry = match (self.rows.get(id), base) {
            (Some(entry), _) => *entry,
            (None, base) => {
                let base = base.flatten();
                Entry { base, current: base }
            }
        };
        if entry.current != current {
            self.sums.replace(entry.current.as_ref(), current.as_ref());
        }
        if current == entry.base {
            self.rows.remove(id);
        } else {
            self.rows.insert(id.clone(), Entry { base: entry.base, current });
        }
    }
}

fn prepare_read(warm: &crate::connection::Warm, sql: &str) -> Result<Statement, StateError> {
    let misuse = |message: &str| Failure { code: ffi::SQLITE_MISUSE, message: message.to_owned(), offset: None };
    match Statement::prepare(&warm.connection, sql) {
        Ok(Prepared::Statement(statement)) if statement.read_only() => Ok(statement),
        Ok(Prepared::Statement(_)) => Err(guard::denied("a query must not change anything".to_owned()).into()),
        Ok(Prepared::Explain) => Err(guard::denied("EXPLAIN".to_owned()).into()),
        Ok(Prepared::Empty | Prepared::Several) => Err(misuse("a query is exactly one statement").into()),
        Err(failure) => Err(warm.shared.take_denied().map_or(failure, guard::denied).into()),
    }
}

fn collect(statement: &mut Statement, params: &[SqlValue]) -> Result<Rows, StateError> {
    let columns = Arc::clone(statement.columns());
    if params.len() != statement.parameters() {
        let message = format!("the query has {} parameters, {} were given", statement.parameters(), params.len());
        return Err(Failure { code: ffi::SQLITE_RANGE, message, offset: None }.into());
    }
    let mut run = statement.run(params.iter().map(value_ref))?;
    let mut values = Vec::new();
    while run.step()? {
        values.push((0..columns.len()).map(|i| owned(run.column(i))).collect());
    }
    Ok(Rows { columns, values })
}
