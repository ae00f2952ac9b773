//! One value at a time: from a column's name, format, choices and description.

use crate::actions::{is_status, statuses};
use crate::columns::{Column, Role, Shape};
use crate::entity::Entity;
use crate::fill::opening;
use crate::people::{self, ME, PEOPLE};
use crate::schema::Kind;
use crate::seed::meaning::Text;
use crate::seed::number::{number, skewed};
use crate::seed::places::PLACES;
use crate::seed::recipe::{About, Form, Recipe};
use crate::seed::text::{is_technical, text};
use crate::vocab;
use crate::vocab_lists::{ADJECTIVES, ATTRIBUTES, TAGS};
use crate::words::flat;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use wardian_format::{Rng, time};

/// What a value is wanted for.
pub(crate) struct Ask<'a> {
    pub(crate) entity: &'a Entity,
    pub(crate) column: &'a Column,
    /// Among the siblings.
    pub(crate) n: usize,
    /// Among all rows of the table.
    pub(crate) total: usize,
    /// The person that the row is, if it is one.
    pub(crate) person: Option<usize>,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) now: i64,
    /// The status of the row.
    pub(crate) status: Option<&'a str>,
}

impl Ask<'_> {
    /// Index of the place of the row.
    pub(crate) fn place(&self) -> usize {
        self.total.wrapping_mul(7) % PLACES.len()
    }

    /// A moment between the creation of the row and its last change.
    pub(crate) fn past(&self, rng: &mut Rng) -> i64 {
        self.created + rng.between(0, (self.updated - self.created).max(0))
    }

    /// A moment around or after now, later than the creation.
    pub(crate) fn future(&self, rng: &mut Rng) -> i64 {
        (self.now + 86_400 * rng.between(-6, 60) + 1_800 * rng.between(0, 20)).max(self.updated + 3_600)
    }
}

/// The value of `ask.column`.
pub(crate) fn value(ask: &Ask<'_>, rng: &mut Rng) -> Value {
    let c = ask.column;
    match c.role {
        Role::Created => return moment(c, ask.created),
        Role::Updated => return moment(c, ask.updated),
        _ => {}
    }
    let known = prepared(ask);
    if let Some(moment) = moment_of_status(ask, &known) {
        return moment;
    }
    if known.is_status {
        return json!(status(c, ask, &known, rng));
    }
    if c.nullable && is_emptied(ask, &known.flat, rng) {
        return Value::Null;
    }
    match &c.shape {
        Shape::Named(member) if member == "login" => json!(PEOPLE[author(ask, rng)].login),
        Shape::Named(_) if c.kind == Kind::Integer => Value::Null,
        Shape::Named(_) => json!(vocab::name_of(&flat(&c.field), skewed(12, rng), is_technical(ask))),
        Shape::NamedList(member) => names(member, rng),
        Shape::Json => json_value(ask, &known, rng),
        Shape::Plain => own_person(ask).unwrap_or_else(|| made(&known.recipe, ask, true, rng)),
    }
}

/// What a row that is a person says of it.
fn own_person(ask: &Ask<'_>) -> Option<Value> {
    let (c, who) = (ask.column, people::of(ask.person?));
    if c.kind != Kind::Text || !c.values.is_empty() {
        return None;
    }
    Some(match flat(&c.field).as_str() {
        "name" | "displayname" | "fullname" => json!(who.name()),
        f @ ("login" | "username" | "email" | "userid" | "emailaddress" | "nickname") => json!(people::told_as(ask.person?, f, &c.format)),
        "givenname" | "firstname" => json!(who.first),
        "familyname" | "lastname" => json!(who.last),
        "type" if c.values.is_empty() && ask.entity.provider == "github.com" => json!("User"),
        _ => return None,
    })
}

/// What is decided once for a column.
#[derive(Debug)]
pub(crate) struct Prepared {
    recipe: Recipe,
    /// Its name, flattened.
    flat: String,
    is_status: bool,
    /// The status that it tells the time, the author or the fact of.
    tells: Option<String>,
}

fn prepared(ask: &Ask<'_>) -> Arc<Prepared> {
    let c = ask.column;
    let make = || {
        let kind = match c.shape {
            Shape::Json => crate::schema::kind_of(&c.schema),
            _ => c.kind,
        };
        let about = About {
            noun: &ask.entity.noun,
            name: &c.field,
            schema: &c.schema,
            source: &c.source,
            kind,
            format: &c.format,
            choices: c.values.clone(),
            description: &c.description,
        };
        Arc::new(Prepared { recipe: Recipe::of(&about, 0), flat: flat(&c.field), is_status: is_status(c), tells: tells(ask) })
    };
    c.recipe.get_or_init(make).clone()
}

/// A value by its recipe. Booleans are 0 and 1 in a column of their own, and JSON's inside of documents.
fn made(recipe: &Recipe, ask: &Ask<'_>, alone: bool, rng: &mut Rng) -> Value {
    match &recipe.form {
        Form::Flag(percent) => {
            let set = rng.chance(*percent);
            if alone { json!(i64::from(set)) } else { json!(set) }
        }
        Form::Number(_) | Form::Numbers(_) => number(recipe, ask, rng),
        Form::Object(members) => Value::Object(filled(members, ask, rng)),
        Form::Person(schema, members) => {
            let Value::Object(mut out) = people::document(ask.person.unwrap_or_else(|| author(ask, rng)), schema) else { return json!({}) };
            let told =
                |name: &str, inner: &Recipe| out.contains_key(name) || inner.kind == Kind::Text && !matches!(inner.form, Form::Choice(_));
            let rest: Vec<(String, Recipe)> = members.iter().filter(|(name, inner)| !told(name, inner)).cloned().collect();
            out.extend(filled(&rest, ask, rng));
            Value::Object(out)
        }
        Form::List(inner) => {
            let mut out: Vec<Value> = Vec::new();
            for _ in 0..1 + rng.below(3) {
                let value = made(inner, ask, false, rng);
                if !out.contains(&value) {
                    out.push(value);
                }
            }
            Value::Array(out)
        }
        Form::Map(inner) => {
            let (key, values) = TAGS[rng.below(TAGS.len())];
            let open = inner.kind == Kind::Text && matches!(inner.form, Form::Titled | Form::Text(_));
            let value = if open { json!(values[rng.below(values.len())]) } else { made(inner, ask, false, rng) };
            json!({ key: value })
        }
        Form::Nothing => {
            if recipe.kind == Kind::Array {
                json!([])
            } else {
                json!({})
            }
        }
        _ => json!(text(recipe, ask, rng)),
    }
}

fn filled(members: &[(String, Recipe)], ask: &Ask<'_>, rng: &mut Rng) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, inner) in members {
        if rng.chance(80) || members.len() == 1 {
            out.insert(name.clone(), made(inner, ask, false, rng));
        }
    }
    out
}

/// RFC 3339; every moment of a world is within its range.
pub(crate) fn utc(at: i64) -> String {
    time::format_utc(at).unwrap_or_else(|| "2025-01-01T00:00:00Z".to_owned())
}

/// The day of a moment.
pub(crate) fn day(at: i64) -> String {
    utc(at)[..10].to_owned()
}

fn author(ask: &Ask<'_>, rng: &mut Rng) -> usize {
    if let Some(p) = ask.person.filter(|_| flat(&ask.column.field) == "user") {
        return p;
    }
    if rng.chance(35) { ME } else { rng.below(14) }
}

/// Optional fields are left empty at times; flags and the like of the server more often.
fn is_emptied(ask: &Ask<'_>, f: &str, rng: &mut Rng) -> bool {
    let telling = [
        "title",
        "name",
        "summary",
        "description",
        "body",
        "displayname",
        "text",
        "start",
        "end",
        "email",
        "visibility",
        "attributes",
        "message",
    ];
    let settled = || ask.status.is_some_and(|s| crate::fill::opening_of(ask.entity).is_some_and(|o| o != s));
    let percent = match ask.column.role {
        _ if f.ends_with("statereason") || f.ends_with("statusreason") => {
            if settled() {
                20
            } else {
                100
            }
        }
        _ if f.contains("lockreason") => 100,
        _ if crate::seed::is_parent(ask.column) => 100,
        _ if f.starts_with("deleted") || f.contains("error") || f.contains("fail") => 100,
        _ if telling.contains(&f) => 8,
        Role::Me => 0,
        Role::Body => 25,
        _ if !ask.column.shown => 30,
        _ => 45,
    };
    rng.chance(percent)
}

fn moment(c: &Column, at: i64) -> Value {
    if c.kind == Kind::Integer {
        return json!(at);
    }
    json!(if c.format == "date" { day(at) } else { utc(at) })
}

/// `closed_at` tells of `closed`.
fn tells(ask: &Ask<'_>) -> Option<String> {
    let f = flat(&ask.column.field);
    let status_column = ask.entity.columns.iter().find(|c| is_status(c))?;
    let named = |v: &String| {
        let v = flat(v);
        [v.clone(), format!("{v}at"), format!("{v}time"), format!("{v}date"), format!("{v}on"), format!("{v}by")].contains(&f)
    };
    let merged = f.starts_with("merged") || f == "mergecommitsha";
    statuses(status_column).into_iter().find(named).or_else(|| merged.then(|| "closed".to_owned()))
}

/// `closed_at` of an open issue is empty; of a closed one it is the last change.
fn moment_of_status(ask: &Ask<'_>, known: &Prepared) -> Option<Value> {
    let (c, f) = (ask.column, known.flat.as_str());
    let about = known.tells.as_ref()?;
    let merged = f.starts_with("merged") || f == "mergecommitsha";
    let is = ask.status.is_some_and(|s| flat(s) == flat(about)) && (!merged || !ask.n.is_multiple_of(3));
    let by = f.ends_with("by");
    match (c.kind, is) {
        (Kind::Boolean, is) => Some(json!(i64::from(is))),
        (_, false) if c.nullable => Some(Value::Null),
        (_, true) if c.shape == Shape::Json => None,
        (Kind::Text, true) if by => Some(json!(PEOPLE[(ask.total * 5 + 1) % 10].login)),
        (Kind::Text, true) if c.is_time() || c.format.is_empty() && f != "mergecommitsha" => Some(moment(c, ask.updated)),
        _ => None,
    }
}

fn status(c: &Column, ask: &Ask<'_>, known: &Prepared, rng: &mut Rng) -> String {
    let listed = !c.values.is_empty() || known.flat != "state" || !is_of_address(c);
    let values = if listed { statuses(c) } else { Vec::new() };
    if values.is_empty() {
        // Nothing lists them: usual ones, or what the description says.
        let made = text(&known.recipe, ask, rng);
        return if made.is_empty() { "active".to_owned() } else { made };
    }
    let first = opening(c).unwrap_or_else(|| "active".to_owned());
    let rare = |v: &&String| !matches!(flat(v).as_str(), "deleted" | "failed" | "error" | "disposed");
    let others: Vec<&String> = values.iter().filter(|v| **v != first).filter(rare).collect();
    if ask.n % 3 == 2 { rng.pick(&others).map_or(first, |v| (*v).clone()) } else { first }
}

/// The state of an address is a part of a country.
fn is_of_address(c: &Column) -> bool {
    let lower = c.description.to_ascii_lowercase();
    ["province", "address", "county", "postal"].iter().any(|w| lower.contains(w))
}

fn names(member: &str, rng: &mut Rng) -> Value {
    let count = rng.below(4);
    let mut pool: Vec<&str> =
        if member == "login" { PEOPLE.iter().take(14).map(|p| p.login).collect() } else { vocab::topic("label").names.to_vec() };
    rng.shuffle(&mut pool);
    json!(pool.into_iter().take(count).collect::<Vec<_>>())
}

fn json_value(ask: &Ask<'_>, known: &Prepared, rng: &mut Rng) -> Value {
    let (c, f) = (ask.column, known.flat.clone());
    if f == "start" || f == "end" || f == "originalstarttime" {
        return span(ask, &f);
    }
    if matches!(f.as_str(), "user" | "author" | "creator" | "organizer" | "owner" | "lastmodifyinguser" | "sender") || f == "profile" {
        let who = ask.person.unwrap_or_else(|| author(ask, rng));
        let told = people::document(who, &c.schema);
        if told.as_object().is_some_and(|o| !o.is_empty()) {
            return told;
        }
    }
    let tags = (f == "tags" || f == "labels" && c.schema.get("additionalProperties").is_some()).then(|| tags(c, rng)).flatten();
    if let Some(tags) = tags {
        return tags;
    }
    if f == "attributes" && c.schema.get("additionalProperties").is_some() {
        return attributes(ask, rng);
    }
    made(&known.recipe, ask, false, rng)
}

/// Start or end of an event: working hours around now, half an hour to two hours long.
fn span(ask: &Ask<'_>, which: &str) -> Value {
    let mut rng = Rng::of(u64::try_from(ask.created).unwrap_or(0), &["span", &ask.total.to_string()]);
    let day = ask.now - ask.now.rem_euclid(86_400) + 86_400 * rng.between(-20, 30);
    let start = day + 3_600 * rng.between(7, 17) + 1_800 * rng.between(0, 1);
    let end = start + 1_800 * rng.between(1, 4);
    let at = if which == "end" { end } else { start };
    let mut out = Map::new();
    let members = &ask.column.schema["properties"];
    if members.get("dateTime").is_some() {
        out.insert("dateTime".to_owned(), json!(utc(at)));
        if members.get("timeZone").is_some() {
            out.insert("timeZone".to_owned(), json!("Etc/UTC"));
        }
    } else if members.get("date").is_some() {
        out.insert("date".to_owned(), json!(utc(at)[..10]));
    }
    Value::Object(out)
}

/// `None` where tags are documents of another kind than a key and a value.
fn tags(c: &Column, rng: &mut Rng) -> Option<Value> {
    let mut pairs: Vec<(&str, &str)> = TAGS.iter().map(|(k, vs)| (*k, vs[rng.below(vs.len())])).collect();
    rng.shuffle(&mut pairs);
    pairs.truncate(1 + rng.below(3));
    if c.schema["type"] == "array" {
        let items = &c.schema["items"];
        if items["properties"].get("Key").is_some() {
            return Some(pairs.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect());
        }
        let words = matches!(crate::schema::kind_of(items), Kind::Text | Kind::Any);
        return words.then(|| pairs.iter().map(|(_, v)| json!(v)).collect());
    }
    pairs.sort_unstable();
    Some(Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), json!(v))).collect()))
}

fn attributes(ask: &Ask<'_>, rng: &mut Rng) -> Value {
    let known = ATTRIBUTES.iter().find(|(noun, _)| ask.entity.noun.contains(noun)).map_or(&[][..], |(_, all)| all);
    Value::Object(known.iter().map(|(k, vs)| ((*k).to_owned(), json!(vs[rng.below(vs.len())]))).collect())
}

/// A key by its meaning, where that is not just an identifier; the rows of a table are told apart by it.
pub(crate) fn key_by_meaning(ask: &Ask<'_>, rng: &mut Rng) -> Option<Value> {
    let known = prepared(ask);
    let at = if ask.entity.parent.is_some() { ask.n } else { ask.total };
    match &known.recipe.form {
        Form::Text(Text::Name) => {
            let noun = known.flat.strip_suffix("name").unwrap_or(&known.flat);
            Some(json!(vocab::name_of(if noun.is_empty() { &ask.entity.noun } else { noun }, at, true)))
        }
        Form::Text(Text::Arn) => Some(json!(format!("{}-{}", text(&known.recipe, ask, rng), at + 1))),
        Form::Text(Text::Path) => Some(json!(format!("{}/{at}", text(&known.recipe, ask, rng)))),
        Form::Pattern(_) => Some(made(&known.recipe, ask, false, rng)),
        Form::Text(Text::Digits(_)) => Some(json!(format!("{}{:06}", 418 + ask.total / 1_000_000, ask.total % 1_000_000))),
        Form::Text(Text::Region | Text::Zone | Text::CountryCode | Text::Currency | Text::Locale | Text::TimeZone) => {
            Some(json!(text(&known.recipe, ask, rng)))
        }
        _ => None,
    }
}

/// A name that no sibling has.
pub(crate) fn unique_name(ask: &Ask<'_>, rng: &mut Rng) -> Value {
    let at = if ask.entity.parent.is_some() { ask.n } else { ask.total };
    let noun = if ask.entity.noun.is_empty() { ADJECTIVES[rng.below(ADJECTIVES.len())] } else { &ask.entity.noun };
    json!(vocab::name_of(noun, at, is_technical(ask)))
}
