//! `data/*.jsonl`: rows that look like the domain, the same for the same seed, with foreign keys that hold.

pub(crate) mod faker;
pub(crate) mod hints;
pub(crate) mod meaning;
mod meaning_numbers;
mod meaning_rules;
pub(crate) mod number;
pub(crate) mod places;
pub(crate) mod recipe;
mod relate;
pub(crate) mod text;

use crate::actions::is_status;
use crate::columns::{Column, Role};
use crate::entity::{Entity, World};
use crate::fill;
use crate::people::{self, ME, PEOPLE};
use crate::schema::Kind;
use crate::seed_values::{self, Ask};
use crate::words::flat;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::Rng;

/// Nouns of tables that others only choose from: there are no more countries in a larger world.
const LOOKED_UP: [&str; 24] = [
    "category",
    "country",
    "currency",
    "department",
    "feature",
    "genre",
    "language",
    "locale",
    "market",
    "office",
    "permission",
    "plan",
    "priority",
    "region",
    "role",
    "scope",
    "size",
    "state",
    "status",
    "subject",
    "tier",
    "timezone",
    "type",
    "zone",
];

/// As many ids far apart from each other fit into 31 bits.
const SPREAD_IDS_MAX: i64 = 1_000;

/// Most rows of such a table.
const LOOKED_UP_ROWS_MAX: usize = 60;

/// One row, as it is written.
pub(crate) type Row = Map<String, Value>;

/// Seeded rows by table.
pub(crate) type Rows = BTreeMap<String, Vec<Row>>;

/// What shapes the data.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Rows of a table, about.
    pub(crate) rows: usize,
    /// Unix seconds of the virtual now.
    pub(crate) now_unix_s: i64,
}

/// Rows of all `entities` (parents first) and `links`.
pub(crate) fn rows(world: &World, entities: &[usize], links: &BTreeSet<usize>, plan: &Plan) -> Rows {
    let mut out = Rows::new();
    let mut later: Vec<usize> = Vec::new();
    for &i in entities {
        let made = of_entity(world, i, entities, &out, plan);
        out.insert(world.entities[i].table.clone(), made);
        later.push(i);
    }
    for i in later {
        relate::refer(world, i, entities, &mut out, plan);
    }
    for &i in entities {
        relate::count_children(world, i, entities, &mut out);
    }
    for &l in links {
        let made = relate::of_link(world, &world.links[l], &out, plan);
        out.insert(world.links[l].table.clone(), made);
    }
    out
}

fn has_children(world: &World, i: usize, entities: &[usize]) -> bool {
    world.children(i).any(|(c, _)| entities.contains(&c))
}

fn of_entity(world: &World, i: usize, entities: &[usize], done: &Rows, plan: &Plan) -> Vec<Row> {
    let e = &world.entities[i];
    let mut rng = Rng::of(plan.seed, &["rows", &e.table]);
    let parents: Vec<Option<&Row>> = match &e.parent {
        Some((p, _)) => done.get(&world.entities[*p].table).into_iter().flatten().map(Some).collect(),
        None => vec![None],
    };
    let base = match e.noun.rsplit(' ').next() {
        Some(noun) if LOOKED_UP.contains(&noun) => plan.rows.min(LOOKED_UP_ROWS_MAX),
        _ => plan.rows,
    };
    let base = if has_children(world, i, entities) { (base / 3).max(3) } else { base };
    let counts = counts(e, &parents, base, &mut rng);
    let frame = Frame::of(e);
    let mut out: Vec<Row> = Vec::new();
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for (parent, count) in parents.iter().zip(counts) {
        let mut order: Vec<usize> = (0..PEOPLE.len()).collect();
        rng.shuffle(&mut order);
        for n in 0..count {
            let person = order.get(n).copied().unwrap_or(n);
            let mut made = row(world, e, &frame, *parent, Place { n, total: out.len(), of: count, person }, plan);
            if let (true, Some(c)) = (out.is_empty(), stands_for_me(e)) {
                made.insert(c.name.clone(), json!("me"));
            }
            if keys.insert(key_of(e, &made)) {
                out.push(made);
            }
        }
    }
    out
}

/// The key of users of whom only the key is known, where the word `me` stands for the one who is signed in.
fn stands_for_me(e: &Entity) -> Option<&Column> {
    let [own] = e.own[..] else { return None };
    let told = &e.columns[own].description;
    let says = ["`me`", "'me'", "\"me\""].iter().any(|word| told.contains(word));
    (e.implicit && says && e.columns[own].kind == Kind::Text).then(|| &e.columns[own])
}

/// How many rows each parent gets: the first ones more than the last.
fn counts(e: &Entity, parents: &[Option<&Row>], base: usize, rng: &mut Rng) -> Vec<usize> {
    if e.own.is_empty() {
        return (0..parents.len()).map(|i| usize::from(i % 4 != 3)).collect();
    }
    if parents.len() == 1 {
        return vec![if e.columns.iter().all(|c| e.own.iter().any(|&o| e.columns[o].name == c.name && !c.shown)) || is_alone(e) {
            1
        } else {
            base
        }];
    }
    let each = (base / parents.len().max(1)).max(1);
    (0..parents.len())
        .map(|i| match i {
            _ if i % 5 == 4 => 0,
            0 | 1 => each * 2 + rng.below(each + 1),
            _ => each + rng.below(each + 1) / 2,
        })
        .collect()
}

/// The account of the authenticated user: one row.
fn is_alone(e: &Entity) -> bool {
    e.parent.is_none() && e.steps.iter().all(|(s, _)| s.params.is_empty()) && e.place == "user"
}

/// Where a row stands among its siblings.
#[derive(Clone, Copy)]
struct Place {
    n: usize,
    total: usize,
    of: usize,
    person: usize,
}

/// What is the same for all rows of a table.
struct Frame {
    /// Columns that are filled, the status first, then the name, then the key.
    order: Vec<usize>,
    status: Option<usize>,
    is_person: bool,
}

impl Frame {
    fn of(e: &Entity) -> Self {
        let mut order: Vec<usize> = (0..e.columns.len()).filter(|&i| e.columns[i].stored()).collect();
        let named = fill::naming(e);
        order.sort_by_key(|&i| (!is_status(&e.columns[i]), Some(i) != named, !e.own.contains(&i)));
        let status = order
            .iter()
            .find(|&&i| is_status(&e.columns[i]) && e.columns[i].role == Role::Body)
            .or_else(|| order.iter().find(|&&i| is_status(&e.columns[i])))
            .copied();
        Self { order, status, is_person: person_entity(e) }
    }
}

fn key_of(e: &Entity, row: &Row) -> String {
    e.key.iter().map(|&k| row[&e.columns[k].name].to_string()).collect::<Vec<_>>().join("\u{1f}")
}

/// Values that a row has from the row that it belongs to.
fn inherited(world: &World, e: &Entity, parent: Option<&Row>) -> BTreeMap<usize, Value> {
    let mut values: BTreeMap<usize, Value> = BTreeMap::new();
    let (Some((p, pairs)), Some(parent)) = (&e.parent, parent) else { return values };
    for (mine, theirs) in pairs {
        values.insert(*mine, parent[&world.entities[*p].columns[*theirs].name].clone());
    }
    for (i, c) in e.columns.iter().enumerate().filter(|(_, c)| c.role == Role::Scope) {
        if let Some(v) = parent.get(&c.name) {
            values.entry(i).or_insert_with(|| v.clone());
        }
    }
    values
}

fn row(world: &World, e: &Entity, frame: &Frame, parent: Option<&Row>, place: Place, plan: &Plan) -> Row {
    let mut values = inherited(world, e, parent);
    let number = place.total.to_string();
    let mut rng = Rng::of(plan.seed, &["row", &e.table, &number]);
    let created = plan.now_unix_s
        - 86_400 * rng.between(2, 380) * i64::try_from(place.of - place.n).unwrap_or(1) / i64::try_from(place.of.max(1)).unwrap_or(1)
        - rng.between(600, 80_000);
    let updated = created + rng.between(0, (plan.now_unix_s - created - 300).max(1));
    let mut told: Option<String> = None;
    for &i in &frame.order {
        if values.contains_key(&i) {
            continue;
        }
        let ask = Ask {
            entity: e,
            column: &e.columns[i],
            n: place.n,
            total: place.total,
            person: frame.is_person.then_some(place.person),
            created,
            updated,
            now: plan.now_unix_s,
            status: told.as_deref(),
        };
        let value = if e.own.contains(&i) { own(e, i, &ask, &values, &mut rng) } else { plain(e, i, &ask, &values, &mut rng) };
        if Some(i) == frame.status {
            told = value.as_str().map(str::to_owned);
        }
        values.insert(i, value);
    }
    e.columns
        .iter()
        .enumerate()
        .filter(|(_, c)| c.stored())
        .map(|(i, c)| (c.name.clone(), values.remove(&i).unwrap_or(Value::Null)))
        .collect()
}

/// True for tables whose rows are people.
pub(crate) fn person_entity(e: &Entity) -> bool {
    let people = [
        "user",
        "member",
        "collaborator",
        "student",
        "teacher",
        "worker",
        "contact",
        "subscriber",
        "assignee",
        "stargazer",
        "employee",
        "person",
        "follower",
        "following",
        "membership",
        "watcher",
        "block",
        "author",
    ];
    let last = e.noun.rsplit(' ').next().unwrap_or("");
    let by_noun = people.contains(&last);
    let by_key =
        e.own.len() == 1 && matches!(flat(&e.columns[e.own[0]].field).as_str(), "login" | "username" | "userid" | "email" | "workerid");
    let person_like = e.columns.iter().any(|c| matches!(flat(&c.field).as_str(), "login" | "username" | "email"));
    by_key && e.noun != "organization" || by_noun && person_like
}

fn own(e: &Entity, i: usize, ask: &Ask<'_>, values: &BTreeMap<usize, Value>, rng: &mut Rng) -> Value {
    let c = &e.columns[i];
    let f = flat(&c.field);
    if c.kind == Kind::Integer {
        let sequence = matches!(f.as_str(), "number" | "iid" | "index" | "position" | "sequence");
        if let (false, Some(p)) = (sequence, ask.person) {
            return json!(people::number(p));
        }
        let (n, total) = (i64::try_from(ask.n).unwrap_or(0), i64::try_from(ask.total).unwrap_or(0));
        return json!(match c.format.as_str() {
            _ if sequence => n + 1,
            // A million of them fit into 31 bits.
            "int32" if total >= SPREAD_IDS_MAX => 1_000_000 + total * 2_100 + rng.between(0, 2_000),
            _ => 180_402_117 + total * 1_734_511 + rng.between(0, 90_000),
        });
    }
    let allowed = crate::schema::values_of(&c.schema);
    if let Some(word) = c.values.iter().chain(&allowed).cycle().nth(ask.n).filter(|_| c.kind == Kind::Text) {
        return json!(word);
    }
    if let Some(p) = ask.person
        && matches!(f.as_str(), "login" | "username" | "email" | "userid" | "id" | "name" | "workerid")
    {
        return json!(people::told_as(p, &c.field, &c.format));
    }
    if let Some(text) = from_name(e, i, values) {
        return json!(text);
    }
    if matches!(f.as_str(), "owner" | "login" | "org") && e.own.len() > 1 {
        let owners = crate::vocab::topic("organization").names;
        return json!(if ask.n % 3 == 1 { PEOPLE[ME].login } else { owners[(ask.n / 3) % 2] });
    }
    let named = ["name", "login", "slug", "key", "title", "tag", "label", "version", "email", "repo", "branch", "org", "topic"]
        .iter()
        .any(|s| f == *s || f == format!("{}{s}", flat(&e.noun)));
    if named || Some(i) == fill::naming(e) {
        return seed_values::unique_name(ask, rng);
    }
    if let Some(key) = seed_values::key_by_meaning(ask, rng) {
        return key;
    }
    if matches!(c.format.as_str(), "uuid" | "guid")
        || matches!(f.as_str(), "uuid" | "guid")
        || c.description.to_ascii_lowercase().contains("uuid")
    {
        return json!(text::uuid(rng));
    }
    json!(identifier(rng))
}

/// Slugs, addresses and resource names from the name in the same row.
fn from_name(e: &Entity, i: usize, values: &BTreeMap<usize, Value>) -> Option<String> {
    let c = &e.columns[i];
    // Only now what costs time: most columns are neither.
    let is_slug = flat(&c.field) == "slug";
    let stem = fill::pattern(e, c);
    if !is_slug && stem.is_none() {
        return None;
    }
    let name = fill::naming(e).filter(|n| *n != i).and_then(|n| values.get(&n)).and_then(Value::as_str);
    if is_slug {
        return Some(name?.to_lowercase().replace(' ', "-"));
    }
    let stem = stem?;
    let scope = e
        .columns
        .iter()
        .enumerate()
        .find(|(_, o)| o.role == Role::Scope && flat(&o.field).ends_with("arn"))
        .and_then(|(k, _)| values.get(&k))
        .and_then(Value::as_str);
    if let (Some(scope), true) = (scope, flat(&c.field).ends_with("arn")) {
        let mut rng = Rng::of(1, &[scope, &values.len().to_string(), &format!("{values:?}")]);
        return Some(format!("{scope}:{}", identifier(&mut rng)));
    }
    let id = e.own.iter().filter(|o| **o != i).find_map(|o| values.get(o)).and_then(Value::as_str);
    Some(format!("{stem}{}", name.or(id)?))
}

/// Twenty characters as the host's ids have them.
pub(crate) fn identifier(rng: &mut Rng) -> String {
    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
    let first = 26;
    (0..20).map(|k| char::from(ALPHABET[rng.below(if k == 0 { first } else { ALPHABET.len() })])).collect()
}

fn plain(e: &Entity, i: usize, ask: &Ask<'_>, values: &BTreeMap<usize, Value>, rng: &mut Rng) -> Value {
    if let Some(text) = from_name(e, i, values) {
        return json!(text);
    }
    let c = &e.columns[i];
    if c.reference.is_some() {
        return Value::Null;
    }
    seed_values::value(ask, rng)
}

/// True for `parent`, `parentId`.
pub(crate) fn is_parent(c: &Column) -> bool {
    matches!(flat(&c.field).as_str(), "parent" | "parentid")
}
