//! Measures the engine on synthetic bases, in microseconds of CPU time: `cargo run --release --example measure`.

use std::sync::Arc;
use wardian_format::limits::Profile;
use wardian_format::{Limits, SqlValue};
use wardian_state::{Base, Context, State, build_image};

const SCHEMA: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL, c INTEGER NOT NULL) STRICT;
    CREATE TABLE k (id TEXT PRIMARY KEY, status TEXT NOT NULL) STRICT, WITHOUT ROWID;";
const READ: &str = "SELECT a, b, c FROM t WHERE id = ?1";
const WRITE: &str = "UPDATE t SET a = ?2 WHERE id = ?1";
const CONTEXT: Context = Context { seed: 1, now_unix_s: 1_715_781_599 };

fn main() {
    for rows in [10_000, 1_000_000] {
        let start = cpu_us();
        let image = image(rows);
        let built = cpu_us() - start;
        let megabytes = image.len() as f64 / 1e6;
        let start = cpu_us();
        let base = Base::open(image, &[]).expect("opens");
        let opened = cpu_us() - start;
        let start = cpu_us();
        base.state(CONTEXT).digests().expect("digests");
        println!(
            "base of {rows} rows, {megabytes:.1} MB: build {:.0} ms, open {:.0} ms, first digest {:.0} ms",
            built / 1e3,
            opened / 1e3,
            (cpu_us() - start) / 1e3
        );
        measure(&base, rows);
    }
}

fn measure(base: &Arc<Base>, rows: i64) {
    let limits = Limits::of(Profile::Sql);
    let set: Arc<[String]> = Arc::from([READ.to_owned(), WRITE.to_owned()]);
    let mut n = 0_i64;
    let mut key = move || {
        n += 1;
        SqlValue::Integer((n * 7919) % rows)
    };
    let dirty = step(base.state(CONTEXT), &limits, &set, SqlValue::Integer(1));
    report("fork of a dirty state", 100_000, || drop(std::hint::black_box(dirty.clone())));
    report("begin, rollback", 20_000, || drop(base.state(CONTEXT).begin(&limits, Some(Arc::clone(&set))).expect("begins").rollback()));
    report("begin, read by key, commit", 20_000, || {
        let mut tx = base.state(CONTEXT).begin(&limits, Some(Arc::clone(&set))).expect("begins");
        tx.query(READ, &[key()]).expect("rows");
        tx.commit().1.expect("commits");
    });
    report("fork, begin, read, write, commit", 20_000, || drop(step(dirty.clone(), &limits, &set, key())));
    let mut state = base.state(CONTEXT);
    report("begin, read, write, commit on one state", 20_000, || {
        state = step(std::mem::replace(&mut state, base.state(CONTEXT)), &limits, &set, key());
    });
    let mut state = base.state(CONTEXT);
    state.digests().expect("digests");
    let with_digest = report("fork, begin, read, write, commit, digests", 20_000, || {
        let mut next = step(state.clone(), &limits, &set, key());
        next.digests().expect("digests");
    });
    let without = report("the same without digests", 20_000, || drop(step(state.clone(), &limits, &set, key())));
    println!("  digest after one changed row: {:.2} us", with_digest - without);
    let mut tx = base.state(CONTEXT).begin(&limits, Some(Arc::clone(&set))).expect("begins");
    report("one read within a transaction", 9_000, || drop(tx.query(READ, &[key()]).expect("rows")));
    drop(tx);
    let plain = rusqlite::Connection::open_in_memory().expect("opens");
    plain.execute_batch(SCHEMA).expect("schema");
    let numbers = "WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < ?1)";
    let fill = format!("{numbers} INSERT INTO t SELECT i, printf('%080d', i), printf('%090d', i), i FROM c");
    plain.execute(&fill, [rows]).expect("rows");
    let mut statement = plain.prepare(READ).expect("compiles");
    report("the same by rusqlite on a plain connection", 9_000, || {
        let SqlValue::Integer(k) = key() else { return };
        let row = statement.query_row([k], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, i64>(2)?)));
        std::hint::black_box(row.expect("row"));
    });
    let mut before = base.state(CONTEXT);
    let mut after = step(before.clone(), &limits, &set, SqlValue::Integer(5));
    report("diff of one changed cell", 5_000, || drop(before.diff(&mut after).expect("diff")));
    let mut many: Vec<State> = (0..1000).map(|_| base.state(CONTEXT)).collect();
    let mut i = 0;
    report("1000 states in turn: read, write, digests", 20_000, || {
        i = (i + 379) % 1000;
        let next = step(std::mem::replace(&mut many[i], base.state(CONTEXT)), &limits, &set, key());
        many[i] = next;
        many[i].digests().expect("digests");
    });
}

fn step(state: State, limits: &Limits, set: &Arc<[String]>, key: SqlValue) -> State {
    let mut tx = state.begin(limits, Some(Arc::clone(set))).expect("begins");
    tx.query(READ, std::slice::from_ref(&key)).expect("rows");
    tx.execute(WRITE, &[key, SqlValue::Text("changed".to_owned())]).expect("updates");
    let (state, result) = tx.commit();
    result.expect("commits");
    state
}

fn image(rows: i64) -> Vec<u8> {
    let text = |i: i64, n: usize| SqlValue::Text(format!("{i:0n$}"));
    let values = (0..rows).map(|i| vec![SqlValue::Integer(i), text(i, 80), text(i * 31, 90), SqlValue::Integer(i * 7)]).collect();
    let names = ["id", "a", "b", "c"].map(str::to_owned).to_vec();
    build_image(SCHEMA, &[("t".to_owned(), names, values)]).expect("builds")
}

/// Median over rounds of the mean CPU time of `f`, microseconds.
fn report(what: &str, times: u32, mut f: impl FnMut()) -> f64 {
    for _ in 0..100 {
        f();
    }
    let mut rounds: Vec<f64> = (0..7)
        .map(|_| {
            let start = cpu_us();
            for _ in 0..times / 7 {
                f();
            }
            (cpu_us() - start) / f64::from(times / 7)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!("  {what}: {:.2} us", rounds[3]);
    rounds[3]
}

/// CPU time of this thread, microseconds.
fn cpu_us() -> f64 {
    #[expect(unsafe_code, reason = "the standard library has no clock of CPU time")]
    // SAFETY: the structure is plain data that the call fills.
    let time = unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time);
        time
    };
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}
