//! The immutable part that every state of a pack shares.

use crate::builtins;
use crate::connection::{Warm, host_settings};
use crate::digest::{LtHash, RowHash, encode_row_start, encode_value};
use crate::error::{MESSAGE_CHARS_MAX, StateError};
use crate::expansion::ViewCosts;
use crate::guard::{self, Shared};
use crate::hook::{HookTable, Key};
use crate::pool::{self, Order};
use crate::schema::{self, Schema, Table, quote};
use crate::sqlite::Run;
use crate::state::State;
use crate::store::{PAGE_BYTES, Store};
use crate::vfs;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::ffi::c_int;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use wardian_format::names::untrusted;
use wardian_format::{Digest, Digests};

/// Clock and seed of an episode: constant within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Seed of generated ids.
    pub seed: u64,
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub now_unix_s: i64,
}

/// An immutable database image with its schema. Shared by every state made from it.
pub struct Base {
    /// Unique in the process: connections are pooled under it.
    pub(crate) id: u64,
    pub(crate) root: Store,
    pub(crate) plans: Vec<Plan>,
    pub(crate) hook_tables: Arc<[HookTable]>,
    pub(crate) view_costs: ViewCosts,
    schema: Schema,
    /// Schema id of what the graded digest covers; `None` where that is everything.
    graded_id: Option<Digest>,
    /// Made when first asked for: it costs a scan of the image.
    sums: Mutex<Option<Arc<Sums>>>,
}

/// The sums over the rows of a database.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) full: LtHash,
    /// `None` where everything is graded.
    pub(crate) graded: Option<LtHash>,
}

/// Hashes of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowHashes {
    pub(crate) full: RowHash,
    /// `None` where the table is not graded.
    pub(crate) graded: Option<RowHash>,
}

/// How rows of one table are read and hashed.
pub(crate) struct Plan {
    pub(crate) name: String,
    /// The columns that are read: those not computed, in declared order.
    pub(crate) columns: Vec<String>,
    /// Places of the key's columns among them.
    pub(crate) key: Vec<usize>,
    /// Places in order of name.
    sorted: Vec<usize>,
    /// The same without what is not graded; `None` where the whole table is not.
    graded: Option<Vec<usize>>,
    pub(crate) select: String,
    pub(crate) select_key: String,
}

/// Operations that checking an image may take, whatever its size.
const CHECK_OPS_MIN: u64 = wardian_format::limits::FIXED.image_check_ops_min;
/// Operations beyond that for each byte of the image. A row of ten bytes takes some thirty.
const CHECK_OPS_PER_BYTE: u64 = wardian_format::limits::FIXED.image_check_ops_per_byte;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

impl Base {
    /// Opens a SQLite image. `ungraded` lists `table` or `table.column` that the graded digest leaves out.
    ///
    /// The image is checked: header, integrity, the schema rules (every table STRICT with a PRIMARY KEY, keys that
    /// are not one INTEGER column WITHOUT ROWID, no AUTOINCREMENT, no virtual tables), and that views and triggers use
    /// only what tools may use. Costs a read of the whole image.
    pub fn open(image: Vec<u8>, ungraded: &[String]) -> Result<Arc<Self>, StateError> {
        check_header(&image)?;
        let root = Store::new(Arc::new(image));
        let mut connection = vfs::open(root.clone())?;
        host_settings(&connection)?;
        check_integrity(&mut connection, &root)?;
        let schema = Schema::inspect(&connection)?;
        let view_costs = schema::view_costs(&connection)?;
        drop(connection);
        let ungraded = Ungraded::parse(&schema, ungraded)?;
        let plans: Vec<Plan> = schema.tables.iter().map(|t| Plan::new(t, &ungraded)).collect();
        let base = Arc::new(Self {
            id: NEXT_ID.fetch_add(1, Relaxed),
            root,
            hook_tables: schema.tables.iter().map(hook_table).collect(),
            graded_id: ungraded.schema_id(&schema),
            plans,
            view_costs,
            schema,
            sums: Mutex::new(None),
        });
        base.check_statements()?;
        Ok(base)
    }

    /// The schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The initial state.
    pub fn state(self: &Arc<Self>, context: Context) -> State {
        State::new(Arc::clone(self), context)
    }

    /// The sums of the image's own rows.
    pub(crate) fn sums(&self, warm: &mut Warm) -> Result<Arc<Sums>, StateError> {
        let mut slot = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sums) = &*slot {
            return Ok(Arc::clone(sums));
        }
        let mut root = self.root.clone();
        let scanned = warm.with_store(&mut root, |warm| warm.scan(self))?;
        Ok(Arc::clone(slot.insert(Arc::new(scanned))))
    }

    /// A sum over no rows, of the right kind.
    pub(crate) fn zero(&self) -> Sums {
        Sums { full: LtHash::new(), graded: self.graded_id.map(|_| LtHash::new()) }
    }

    /// The digests that `sums` stand for.
    pub(crate) fn finish(&self, sums: &Sums) -> Digests {
        let full = sums.full.finish(&self.schema.id);
        let graded = match (&sums.graded, &self.graded_id) {
            (Some(graded), Some(id)) => graded.finish(id),
            _ => full,
        };
        Digests { full, graded }
    }

    /// Compiles a read of every table and view and a write of every table as a guest would, so that views and
    /// triggers which use something denied are found now.
    fn check_statements(self: &Arc<Self>) -> Result<(), StateError> {
        let mut lease = pool::lease(self, Order::Usual)?;
        for view in &self.schema.views {
            lease.check_guest(&format!("SELECT * FROM {}", quote(view))).map_err(|e| StateError::Schema(format!("view `{view}`: {e}")))?;
        }
        for plan in &self.plans {
            let (table, column) = (quote(&plan.name), quote(&plan.columns[0]));
            for sql in [
                format!("INSERT INTO {table} ({column}) VALUES (NULL)"),
                format!(
                    "UPDATE {table} SET {}",
                    plan.columns.iter().map(|c| format!("{} = NULL", quote(c))).collect::<Vec<_>>().join(", ")
                ),
                format!("DELETE FROM {table}"),
            ] {
                lease.check_guest(&sql).map_err(|e| StateError::Schema(format!("table `{}` or one of its triggers: {e}", plan.name)))?;
            }
        }
        Ok(())
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        pool::release(self.id);
    }
}

impl std::fmt::Debug for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Base").field("schema", &self.schema.id).field("pages", &self.root.pages()).finish_non_exhaustive()
    }
}

impl Sums {
    /// Replaces row `old` by row `new`.
    pub(crate) fn replace(&mut self, old: Option<&RowHashes>, new: Option<&RowHashes>) {
        if let Some(row) = old {
            self.full.remove(&row.full);
            if let (Some(sum), Some(hash)) = (&mut self.graded, &row.graded) {
                sum.remove(hash);
            }
        }
        if let Some(row) = new {
            self.full.add(&row.full);
            if let (Some(sum), Some(hash)) = (&mut self.graded, &row.graded) {
                sum.add(hash);
            }
        }
    }
}

impl Plan {
    fn new(table: &Table, ungraded: &Ungraded) -> Self {
        let columns: Vec<String> = table.stored().map(|c| c.name.clone()).collect();
        let key: Vec<usize> = table.primary_key.iter().filter_map(|k| columns.iter().position(|c| c == k)).collect();
        let mut sorted: Vec<usize> = (0..columns.len()).collect();
        sorted.sort_unstable_by(|&a, &b| columns[a].cmp(&columns[b]));
        let graded = (!ungraded.tables.contains(&table.name)).then(|| {
            let counts = |&i: &usize| !ungraded.columns.contains(&(table.name.clone(), columns[i].clone()));
            sorted.iter().copied().filter(counts).collect()
        });
        let list = columns.iter().map(|c| quote(c)).collect::<Vec<_>>().join(", ");
        let select = format!("SELECT {list} FROM {}", quote(&table.name));
        let condition: Vec<String> = table.primary_key.iter().zip(1..).map(|(k, n)| format!("{} = ?{n}", quote(k))).collect();
        let select_key = format!("{select} WHERE {}", condition.join(" AND "));
        Self { name: table.name.clone(), columns, key, sorted, graded, select, select_key }
    }

    /// Hashes of the row that `run` is at.
    pub(crate) fn hash(&self, run: &Run<'_>, buffer: &mut Vec<u8>) -> RowHashes {
        let full = self.hash_columns(run, &self.sorted, buffer);
        let graded = self
            .graded
            .as_ref()
            .map(|columns| if columns.len() == self.sorted.len() { full } else { self.hash_columns(run, columns, buffer) });
        RowHashes { full, graded }
    }

    fn hash_columns(&self, run: &Run<'_>, columns: &[usize], buffer: &mut Vec<u8>) -> RowHash {
        encode_row_start(buffer, &self.name, columns.len());
        for &i in columns {
            encode_value(buffer, run.column(i));
        }
        *blake3::hash(buffer).as_bytes()
    }

    /// True where the row that `run` is at has exactly this key. SQLite finds a row also by an equal key of another
    /// spelling (`a` and `A` under NOCASE, 1 and 1.0 in a column of type ANY).
    pub(crate) fn has_key(&self, run: &Run<'_>, key: &Key, buffer: &mut Vec<u8>) -> bool {
        let Key::Values(key) = key else { return true };
        buffer.clear();
        for &i in &self.key {
            encode_value(buffer, run.column(i));
        }
        buffer.as_slice() == &**key
    }
}

fn hook_table(table: &Table) -> HookTable {
    let place = |name: &String| {
        let i = table.columns.iter().position(|c| c.name == *name)?;
        Some((i as c_int, table.columns[i].type_name == "REAL"))
    };
    let key = table.without_rowid.then(|| table.primary_key.iter().filter_map(place).collect());
    HookTable { name: table.name.clone(), key }
}

/// What the graded digest leaves out.
struct Ungraded {
    tables: BTreeSet<String>,
    columns: BTreeSet<(String, String)>,
}

impl Ungraded {
    fn parse(schema: &Schema, names: &[String]) -> Result<Self, StateError> {
        let mut out = Self { tables: BTreeSet::new(), columns: BTreeSet::new() };
        for name in names {
            if schema.table(name).is_some() {
                out.tables.insert(name.clone());
                continue;
            }
            let unknown = || StateError::Schema(format!("ungraded `{name}` is neither a table nor `table.column`"));
            let (table, column) = name.split_once('.').ok_or_else(unknown)?;
            let found = schema.table(table).ok_or_else(unknown)?;
            let declared = found.column(column).ok_or_else(unknown)?;
            if found.primary_key.iter().any(|k| k == column) {
                return Err(StateError::Schema(format!("ungraded `{name}` is part of the key, which always counts")));
            }
            if !declared.generated {
                out.columns.insert((table.to_owned(), column.to_owned()));
            }
        }
        Ok(out)
    }

    fn schema_id(&self, schema: &Schema) -> Option<Digest> {
        if self.tables.is_empty() && self.columns.is_empty() {
            return None;
        }
        let counts = |t: &Table, c: &str| !self.columns.contains(&(t.name.clone(), c.to_owned()));
        let graded = schema.tables.iter().filter(|t| !self.tables.contains(&t.name));
        Some(schema::id_of(graded.map(|t| (t, t.stored().filter(|c| counts(t, &c.name)).collect()))))
    }
}

fn check_header(image: &[u8]) -> Result<(), StateError> {
    let refuse = |message: String| Err(StateError::Schema(message));
    if image.len() < 100 || !image.starts_with(b"SQLite format 3\0") {
        return refuse("the image is not a SQLite database".to_owned());
    }
    let half = |at: usize| u16::from_be_bytes([image[at], image[at + 1]]);
    let word = |at: usize| u32::from_be_bytes([image[at], image[at + 1], image[at + 2], image[at + 3]]);
    let page_bytes = if half(16) == 1 { 65_536 } else { usize::from(half(16)) };
    if page_bytes != PAGE_BYTES {
        return refuse(format!("the image has pages of `{page_bytes}` bytes; only `{PAGE_BYTES}` is supported"));
    }
    if image[18] != 1 || image[19] != 1 {
        return refuse("the image is in WAL mode; set `PRAGMA journal_mode = DELETE` before exporting it".to_owned());
    }
    if image[20] != 0 {
        return refuse(format!("the image reserves `{}` bytes of each page; only `0` is supported", image[20]));
    }
    // Zero in an empty database.
    if !matches!(word(56), 0 | 1) {
        return refuse("the image's text is not UTF-8".to_owned());
    }
    let pages = word(28) as usize;
    // The size in the header counts where the counters say that it is up to date.
    let announced = word(24) != word(92) || image.len() / PAGE_BYTES == pages;
    if !image.len().is_multiple_of(PAGE_BYTES) || !announced {
        return refuse(format!("the image is truncated: `{pages}` pages of `{PAGE_BYTES}` bytes announced, `{}` bytes found", image.len()));
    }
    Ok(())
}

/// Also finds keys out of order and indexes that differ from their tables: a row that is there and not found by its key
/// would make digests by key and by scan differ.
///
/// The check evaluates every CHECK and generated column of the image, so it runs with the bounded functions and under
/// a budget of operations that grows with the image.
fn check_integrity(connection: &mut Connection, root: &Store) -> Result<(), StateError> {
    let broken = |message: String| {
        StateError::Schema(format!("the image is damaged: {}", untrusted(&message.replace('\n', "; "), MESSAGE_CHARS_MAX)))
    };
    let shared = Arc::new(Shared::new(&Schema { id: Digest([0; 32]), tables: Vec::new(), views: Vec::new() }, ViewCosts::new()));
    shared.next_turn();
    builtins::install(connection, &shared)?;
    guard::count_operations(connection, &shared)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    let image_bytes = u64::from(root.pages()) * PAGE_BYTES as u64;
    shared.start_counting(CHECK_OPS_MIN + image_bytes * CHECK_OPS_PER_BYTE);
    let found: Result<String, _> = connection.query_row("PRAGMA integrity_check(1)", [], |r| r.get(0));
    shared.stop_counting();
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(broken(found)),
        Err(error) if shared.is_spent() => Err(StateError::Schema(format!(
            "checking the image takes too long ({error}): its constraints or generated columns are too costly"
        ))),
        Err(error) => Err(broken(error.to_string())),
    }
}
