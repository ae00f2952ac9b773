//! Random statements with everything that moves rows behind one's back: triggers, cascades, conflict clauses, upserts,
//! generated columns, moved keys, whole-table deletes, statements that fail half way, statements that undo the whole
//! transaction, nested savepoints of the host. The oracle is a scan of every row.

use crate::support::{CONTEXT, Rng, count_checks, limits, open, seeds};
use wardian_state::{Base, SqlError, State, build_image};

const SCHEMA: &str = "
CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT UNIQUE, y INTEGER, z REAL, CHECK (y <> 13)) STRICT;
CREATE TABLE wr (k1 TEXT, k2 INTEGER, v ANY, PRIMARY KEY (k1, k2)) STRICT, WITHOUT ROWID;
CREATE TABLE tp (k TEXT PRIMARY KEY, v INTEGER, w TEXT COLLATE NOCASE UNIQUE) STRICT, WITHOUT ROWID;
CREATE TABLE nc (k TEXT COLLATE NOCASE PRIMARY KEY, v ANY) STRICT, WITHOUT ROWID;
CREATE TABLE an (v INTEGER, k ANY PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE rk (g INTEGER GENERATED ALWAYS AS (v + 1) VIRTUAL, k REAL, v INTEGER, j BLOB, PRIMARY KEY (j, k)) STRICT, WITHOUT ROWID;
CREATE TABLE parent (id INTEGER PRIMARY KEY, n INTEGER) STRICT;
CREATE TABLE child (id INTEGER PRIMARY KEY, pid INTEGER REFERENCES parent(id) ON DELETE CASCADE ON UPDATE CASCADE, m INTEGER) STRICT;
CREATE TABLE child2 (id INTEGER PRIMARY KEY, pid INTEGER REFERENCES parent(id) ON DELETE SET NULL ON UPDATE SET NULL, m INTEGER) STRICT;
CREATE TABLE late (id INTEGER PRIMARY KEY, pid INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED) STRICT;
CREATE TABLE g (id INTEGER PRIMARY KEY, a INTEGER, v INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL, s INTEGER GENERATED ALWAYS AS (a + 1) STORED) STRICT;
CREATE TABLE log (n INTEGER PRIMARY KEY, what TEXT) STRICT;
CREATE INDEX a_y ON a(y);
CREATE TRIGGER tr1 AFTER UPDATE ON a BEGIN INSERT INTO log(what) VALUES ('upd' || new.id); UPDATE tp SET v = v + 1 WHERE k = old.x; END;
CREATE TRIGGER tr2 BEFORE DELETE ON tp BEGIN DELETE FROM log WHERE n % 3 = 0; END;
CREATE TRIGGER tr3 AFTER INSERT ON child WHEN new.m = 7 BEGIN SELECT RAISE(FAIL, 'seven'); END;
CREATE TRIGGER tr4 AFTER INSERT ON child WHEN new.m = 8 BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER tr5 AFTER INSERT ON child2 WHEN new.m = 7 BEGIN SELECT RAISE(ROLLBACK, 'seven'); END;
CREATE VIEW vw AS SELECT id, y FROM a;
CREATE TRIGGER tr6 INSTEAD OF INSERT ON vw BEGIN INSERT OR REPLACE INTO a(id, y) VALUES (new.id, new.y); END;
";

fn value(r: &mut Rng) -> String {
    match r.below(9) {
        0 => "NULL".to_owned(),
        1 => r.below(20).to_string(),
        2 => format!("{}.5", r.below(9)),
        3 => format!("'s{}'", r.below(12)),
        4 => format!("x'0{}'", r.below(9)),
        5 => "-0.0".to_owned(),
        6 => "9e999".to_owned(),
        7 => "''".to_owned(),
        _ => format!("{}.0", r.below(9)),
    }
}

fn text(r: &mut Rng) -> String {
    if r.chance(5) { "NULL".to_owned() } else { format!("'{}{}'", r.pick(&["s", "S", ""]), r.below(9)) }
}

fn statement(r: &mut Rng) -> String {
    let or = *r.pick(&["", "", "OR REPLACE", "OR IGNORE", "OR FAIL", "OR ABORT", "OR ROLLBACK"]);
    let n = |r: &mut Rng, m| r.below(m);
    match r.below(30) {
        0 | 1 => format!("INSERT {or} INTO a VALUES ({}, {}, {}, {}.25)", n(r, 30), text(r), n(r, 16), n(r, 9)),
        2 => format!(
            "INSERT {or} INTO a VALUES ({}, {}, {}, 1), ({}, {}, {}, 0), ({}, 's1', 13, 2)",
            n(r, 30),
            text(r),
            n(r, 16),
            n(r, 30),
            text(r),
            n(r, 16),
            n(r, 30)
        ),
        3 => format!("UPDATE {or} a SET y = y + {}, z = -z WHERE id % {} = {}", n(r, 4), 1 + n(r, 5), n(r, 3)),
        4 => format!("UPDATE {or} a SET id = id + {} WHERE id > {}", 1 + n(r, 5), n(r, 25)),
        5 => format!("UPDATE {or} a SET x = {} WHERE id < {}", text(r), n(r, 25)),
        6 => format!("DELETE FROM a WHERE id % {} = 0", 2 + n(r, 5)),
        7 => format!("DELETE FROM {}", r.pick(&["a", "wr", "tp", "child", "log", "g", "nc", "an", "rk"])),
        8 => format!("INSERT {or} INTO nc VALUES ({}, {})", text(r), value(r)),
        9 => format!("UPDATE {or} nc SET k = {} WHERE k >= {}", text(r), text(r)),
        10 => format!("INSERT {or} INTO an VALUES ({}, {})", n(r, 9), value(r)),
        11 => format!("UPDATE {or} an SET k = {}, v = v + 1 WHERE k > {}", value(r), value(r)),
        12 => format!("INSERT {or} INTO rk(k, v, j) VALUES ({}, {}, x'0{}')", n(r, 5), n(r, 9), n(r, 3)),
        13 => format!("UPDATE {or} rk SET k = k - {}, v = v + 1 WHERE j <> x'0{}'", n(r, 3), n(r, 3)),
        14 => format!("INSERT {or} INTO wr VALUES ('k{}', {}, {})", n(r, 5), n(r, 5), value(r)),
        15 => format!("INSERT INTO wr VALUES ('k{}', {}, 1) ON CONFLICT (k1, k2) DO UPDATE SET v = {}", n(r, 5), n(r, 5), value(r)),
        16 => format!("UPDATE {or} wr SET k2 = k2 + {} WHERE k1 = 'k{}'", n(r, 3), n(r, 5)),
        17 => format!("UPDATE wr SET v = {} WHERE k2 = {}", value(r), n(r, 5)),
        18 => format!("DELETE FROM wr WHERE k2 = {}", n(r, 5)),
        19 => format!("INSERT {or} INTO tp VALUES ('s{}', {}, 'W{}')", n(r, 12), n(r, 5), n(r, 12)),
        20 => format!("INSERT INTO tp VALUES ('s{}', {}, 'w{}') ON CONFLICT DO UPDATE SET v = v + excluded.v", n(r, 12), n(r, 5), n(r, 12)),
        21 => format!("UPDATE {or} tp SET k = 's' || {} WHERE v > {}", n(r, 12), n(r, 5)),
        22 => format!("DELETE FROM tp WHERE v = {}", n(r, 5)),
        23 => format!("INSERT {or} INTO parent VALUES ({}, {})", n(r, 10), n(r, 10)),
        24 => format!("DELETE FROM parent WHERE id = {}", n(r, 20)),
        25 => format!("UPDATE {or} parent SET id = id + {} WHERE id = {}", 1 + n(r, 9), n(r, 10)),
        26 => format!(
            "INSERT {or} INTO {} VALUES ({}, (SELECT id FROM parent ORDER BY id LIMIT 1 OFFSET {}), {}), ({}, NULL, {})",
            r.pick(&["child", "child2"]),
            n(r, 30),
            n(r, 3),
            n(r, 12),
            n(r, 30),
            n(r, 12)
        ),
        27 => format!("INSERT {or} INTO late VALUES ({}, {})", n(r, 9), n(r, 12)),
        28 => format!("INSERT {or} INTO g(id, a) VALUES ({}, {}) ON CONFLICT DO UPDATE SET a = a + 1", n(r, 10), n(r, 9)),
        _ => format!("INSERT INTO vw VALUES ({}, {})", n(r, 30), n(r, 16)),
    }
}

#[test]
fn digests_equal_a_scan_whatever_happened() {
    count_checks("random statements", &seeds(25), play);
}

/// Plays `seed`; says how many checks that made.
fn play(seed: u64) -> u64 {
    let rng = &mut Rng::new(seed);
    let mut checks = 0;
    let ungraded = ["log".to_owned(), "a.z".to_owned(), "wr.v".to_owned()];
    let base = Base::open(build_image(SCHEMA, &[]).expect("image"), &ungraded).expect("opens");
    let mut seeded = base.state(CONTEXT);
    for _ in 0..40 {
        seeded = call(seeded, rng).0;
    }
    let base = Base::open(seeded.to_bytes(), &ungraded).expect("opens");
    let mut states: Vec<State> = (0..6).map(|_| base.state(CONTEXT)).collect();
    for _ in 0..60 {
        let (i, j) = (rng.below(6) as usize, rng.below(6) as usize);
        if rng.chance(8) {
            states[j] = states[i].clone();
        }
        let before = states[i].clone().full_scan_digests().expect("scan");
        let (mut state, kept) = call(states[i].clone(), rng);
        let after = state.full_scan_digests().expect("scan");
        assert!(kept || before == after, "a call that was not kept leaves no trace");
        if rng.chance(2) {
            assert_eq!(state.digests().expect("digests"), after);
            checks += 1;
        }
        assert_eq!(states[i].diff(&mut state).expect("diff").is_empty(), before.full == after.full);
        checks += 2;
        states[i] = state;
    }
    for state in &mut states {
        assert_eq!(state.digests().expect("digests"), state.full_scan_digests().expect("scan"));
        // Opening checks the file's integrity.
        let copy = Base::open(state.to_bytes(), &ungraded).expect("the file is sound").state(CONTEXT).digests();
        assert_eq!(copy.expect("digests"), state.digests().expect("digests"));
        checks += 2;
    }
    drop(open(states[0].to_bytes()));
    checks
}

/// Savepoints of its own are denied to a guest; the host's transaction is the only one around its statements.
#[test]
fn a_guest_opens_no_savepoint() {
    let base = Base::open(build_image(SCHEMA, &[]).expect("image"), &[]).expect("opens");
    let mut tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
    for sql in ["SAVEPOINT s", "RELEASE s", "ROLLBACK TO s", "BEGIN", "COMMIT"] {
        assert!(matches!(tx.execute(sql, &[]), Err(SqlError::Denied(_))), "{sql}");
    }
}

/// A call of a few statements; says whether it was kept.
fn call(state: State, rng: &mut Rng) -> (State, bool) {
    let mut tx = state.begin(&limits(), None).expect("begins");
    let careless = rng.chance(2);
    let mut open = 0;
    for _ in 0..=rng.below(4) {
        // A statement that undid the transaction took its savepoints with it, and every further one is an error.
        if rng.chance(4) && tx.savepoint().is_ok() {
            open += 1;
        }
        if open > 0 && rng.chance(5) {
            let closed = if rng.chance(2) { tx.undo() } else { tx.release() };
            open -= i32::from(closed.is_ok());
        }
        let sql = statement(rng);
        match tx.execute(&sql, &[]) {
            Ok(_) => {}
            Err(SqlError::Constraint(_)) => {
                if !careless {
                    return (tx.rollback(), false);
                }
            }
            Err(error) => panic!("{sql}: {error:?}"),
        }
    }
    if rng.chance(6) {
        return (tx.rollback(), false);
    }
    let (state, result) = tx.commit();
    (state, result.is_ok())
}
