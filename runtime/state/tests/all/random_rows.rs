//! Random calls against an obvious model: tables are maps, a call is a change of them, a fork is a copy.

use crate::reference;
use crate::support::{CONTEXT, Rng, count_checks, int, limits, open, seeds, text};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use wardian_format::SqlValue;
use wardian_format::state::Change;
use wardian_state::{SqlError, State, Tx, build_image};

const SCHEMA: &str = "
CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT, weight REAL) STRICT;
CREATE TABLE children (owner INTEGER NOT NULL REFERENCES parents(id) ON DELETE CASCADE, slot TEXT NOT NULL, v ANY,
  PRIMARY KEY (slot, owner)) STRICT, WITHOUT ROWID;
";

/// Rows by key. Children are keyed (slot, owner), as in the schema.
#[derive(Clone, Default, PartialEq, Debug)]
struct Model {
    parents: BTreeMap<i64, (String, i32)>,
    children: BTreeMap<(String, i64), Option<i64>>,
}

impl Model {
    fn start() -> Self {
        let mut model = Self::default();
        for i in 0..8 {
            model.parents.insert(i, (format!("p{i}"), i as i32));
            model.children.insert((format!("s{}", i % 3), i), Some(i));
        }
        model
    }

    fn tables(&self) -> Vec<reference::Table> {
        let column = |name: &str, type_name: &str| (name.to_owned(), type_name.to_owned());
        let parent = |(id, (name, weight)): (&i64, &(String, i32))| vec![int(*id), text(name), SqlValue::Real(f64::from(*weight) / 2.0)];
        let child = |((slot, owner), v): (&(String, i64), &Option<i64>)| vec![int(*owner), text(slot), v.map_or(SqlValue::Null, int)];
        vec![
            reference::Table {
                name: "parents".to_owned(),
                columns: vec![column("id", "INTEGER"), column("name", "TEXT"), column("weight", "REAL")],
                key: vec!["id".to_owned()],
                rows: self.parents.iter().map(parent).collect(),
            },
            reference::Table {
                name: "children".to_owned(),
                columns: vec![column("owner", "INTEGER"), column("slot", "TEXT"), column("v", "ANY")],
                key: vec!["slot".to_owned(), "owner".to_owned()],
                rows: self.children.iter().map(child).collect(),
            },
        ]
    }

    /// The same change on the model and in the transaction; both must agree on whether it succeeds.
    fn change(&mut self, tx: &mut Tx, rng: &mut Rng) {
        let (id, other) = (rng.below(12) as i64, rng.below(12) as i64);
        let (slot, v) = (format!("s{}", rng.below(3)), rng.below(50) as i64);
        let key = (slot.clone(), id);
        match rng.below(7) {
            0 => {
                let result = tx.execute("INSERT INTO parents VALUES (?1, ?2, ?3)", &[int(id), text("new"), SqlValue::Real(-0.0)]);
                if let Entry::Vacant(place) = self.parents.entry(id) {
                    assert_eq!(result, Ok(1));
                    place.insert(("new".to_owned(), 0));
                } else {
                    assert!(matches!(result, Err(SqlError::Constraint(_))), "{result:?}");
                }
            }
            1 => {
                let result = tx.execute("DELETE FROM parents WHERE id = ?1", &[int(id)]);
                assert_eq!(result, Ok(u64::from(self.parents.remove(&id).is_some())));
                self.children.retain(|(_, owner), _| *owner != id);
            }
            2 => {
                let result =
                    tx.execute("UPDATE parents SET name = name || 'x', weight = ?2 WHERE id >= ?1", &[int(id), SqlValue::Real(1.5)]);
                let mut n = 0;
                for (_, row) in self.parents.range_mut(id..) {
                    *row = (format!("{}x", row.0), 3);
                    n += 1;
                }
                assert_eq!(result, Ok(n));
            }
            3 => {
                let sql = "INSERT INTO children VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET v = v + excluded.v";
                let result = tx.execute(sql, &[int(id), text(&slot), int(v)]);
                if self.parents.contains_key(&id) {
                    assert_eq!(result, Ok(1));
                    self.children.entry(key).and_modify(|old| *old = old.map(|o| o + v)).or_insert(Some(v));
                } else {
                    assert!(matches!(result, Err(SqlError::Constraint(_))), "{result:?}");
                }
            }
            4 => {
                let result = tx.execute("UPDATE children SET v = NULL WHERE slot = ?1", &[text(&slot)]);
                let hit: Vec<_> = self.children.iter_mut().filter(|((s, _), _)| *s == slot).map(|(_, v)| *v = None).collect();
                assert_eq!(result, Ok(hit.len() as u64));
            }
            5 => {
                let result =
                    tx.execute("UPDATE children SET owner = ?3 WHERE slot = ?1 AND owner = ?2", &[text(&slot), int(id), int(other)]);
                let target = (slot, other);
                let found = self.children.contains_key(&key);
                let clash = found && other != id && self.children.contains_key(&target);
                if clash || (found && !self.parents.contains_key(&other)) {
                    assert!(matches!(result, Err(SqlError::Constraint(_))), "{result:?}");
                } else {
                    assert_eq!(result, Ok(u64::from(found)));
                    if let Some(v) = self.children.remove(&key) {
                        self.children.insert(target, v);
                    }
                }
            }
            _ => {
                let result = tx.execute("DELETE FROM children WHERE slot = ?1 AND owner = ?2", &[text(&slot), int(id)]);
                assert_eq!(result, Ok(u64::from(self.children.remove(&key).is_some())));
            }
        }
    }

    fn differing_keys(&self, other: &Self) -> Vec<(String, Vec<SqlValue>, Change)> {
        fn of<K: Ord + Clone, V: PartialEq>(a: &BTreeMap<K, V>, b: &BTreeMap<K, V>) -> Vec<(K, Change)> {
            let mut keys: Vec<&K> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            let kind = |k: &K| match (a.get(k), b.get(k)) {
                (None, _) => Some(Change::Inserted),
                (_, None) => Some(Change::Deleted),
                (x, y) => (x != y).then_some(Change::Updated),
            };
            keys.into_iter().filter_map(|k| kind(k).map(|change| (k.clone(), change))).collect()
        }
        let children =
            of(&self.children, &other.children).into_iter().map(|((s, o), c)| ("children".to_owned(), vec![text(&s), int(o)], c));
        let parents = of(&self.parents, &other.parents).into_iter().map(|(id, c)| ("parents".to_owned(), vec![int(id)], c));
        children.chain(parents).collect()
    }
}

fn image(model: &Model) -> Vec<u8> {
    let tables = model.tables();
    let rows = |t: &reference::Table| (t.name.clone(), t.columns.iter().map(|(name, _)| name.clone()).collect(), t.rows.clone());
    build_image(SCHEMA, &tables.iter().map(rows).collect::<Vec<_>>()).expect("the image builds")
}

#[test]
fn states_follow_the_model() {
    count_checks("random calls against a model", &seeds(40), play);
}

/// Plays `seed`; says how many checks that made.
fn play(seed: u64) -> u64 {
    let mut checks = 0;
    let rng = &mut Rng::new(seed);
    let start = Model::start();
    let base = open(image(&start));
    let mut states: Vec<(State, Model)> = (0..4).map(|_| (base.state(CONTEXT), start.clone())).collect();
    for _ in 0..60 {
        let (i, j) = (rng.below(4) as usize, rng.below(4) as usize);
        if rng.chance(6) {
            states[j] = states[i].clone();
        }
        let (state, model) = states[i].clone();
        let mut tx = state.begin(&limits(), None).expect("begins");
        let mut changed = model.clone();
        // What the model was at each open savepoint.
        let mut open = Vec::new();
        for _ in 0..=rng.below(6) {
            if rng.chance(3) {
                tx.savepoint().expect("opens");
                open.push(changed.clone());
            }
            changed.change(&mut tx, rng);
            if rng.chance(4)
                && let Some(before) = open.pop()
            {
                if rng.chance(2) {
                    tx.undo().expect("undoes");
                    changed = before;
                } else {
                    tx.release().expect("keeps");
                }
            }
        }
        states[i] = if rng.chance(4) {
            (tx.rollback(), model)
        } else {
            let (state, result) = tx.commit();
            result.expect("commits");
            (state, changed)
        };
        if rng.chance(2) {
            check(&mut states[i]);
            checks += 2;
        }
        let [(before, model_before), (after, model_after)] = [states[i].clone(), states[j].clone()];
        let diff = before.clone().diff(&mut after.clone()).expect("diff");
        let keys: Vec<_> = diff.rows.iter().map(|row| (row.table.clone(), row.key.clone(), row.change)).collect();
        assert_eq!(keys, model_before.differing_keys(&model_after));
        checks += 1;
    }
    states.iter_mut().for_each(check);
    checks + 2 * states.len() as u64
}

fn check((state, model): &mut (State, Model)) {
    let digests = state.digests().expect("digests");
    assert_eq!(digests.full, reference::digest(model.tables()));
    assert_eq!(digests.graded, digests.full);
    let rows = state.read("SELECT * FROM children ORDER BY slot, owner", &[]).expect("rows").values;
    assert_eq!(rows, model.tables()[1].rows);
}
