//! One value at a time: from a column's name, format, choices and description.

use crate::actions::{is_status, statuses};
use crate::columns::{Column, Role, Shape};
use crate::entity::Entity;
use crate::fill::opening;
use crate::people::{self, ME, PEOPLE};
use crate::schema::{Kind, kind_of, properties, values_of};
use crate::seed::identifier;
use crate::vocab;
use crate::vocab_lists::{ATTRIBUTES, CITIES, COLOURS, COMPANIES, LANGUAGES, STREETS, TAGS, WORDS};
use crate::words::{flat, participle};
use serde_json::{Map, Value, json};
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

/// A member of a document under construction: name, format, choices.
struct Member<'a> {
    name: String,
    kind: Kind,
    format: &'a str,
    values: Vec<String>,
}

/// The value of `ask.column`.
pub(crate) fn value(ask: &Ask<'_>, rng: &mut Rng) -> Value {
    let c = ask.column;
    match c.role {
        Role::Created => return moment(c, ask.created),
        Role::Updated => return moment(c, ask.updated),
        _ => {}
    }
    if let Some(moment) = moment_of_status(ask) {
        return moment;
    }
    if is_status(c) {
        return json!(status(c, ask, rng));
    }
    if c.nullable && is_emptied(ask, rng) {
        return Value::Null;
    }
    match &c.shape {
        Shape::Named(member) if member == "login" => json!(PEOPLE[author(ask, rng)].login),
        Shape::Named(_) if c.kind == Kind::Integer => Value::Null,
        Shape::Named(_) => json!(WORDS[rng.below(WORDS.len())]),
        Shape::NamedList(member) => names(member, rng),
        Shape::Json => json_value(ask, rng),
        Shape::Plain => scalar(ask, &Member { name: flat(&c.field), kind: c.kind, format: &c.format, values: c.values.clone() }, rng),
    }
}

/// RFC 3339; every moment of a world is within its range.
fn utc(at: i64) -> String {
    time::format_utc(at).unwrap_or_else(|| "2025-01-01T00:00:00Z".to_owned())
}

fn author(ask: &Ask<'_>, rng: &mut Rng) -> usize {
    if let Some(p) = ask.person.filter(|_| flat(&ask.column.field) == "user") {
        return p;
    }
    if rng.chance(35) { ME } else { rng.below(14) }
}

/// Optional fields are left empty at times; flags and the like of the server more often.
fn is_emptied(ask: &Ask<'_>, rng: &mut Rng) -> bool {
    let f = flat(&ask.column.field);
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
    let settled = ask.status.is_some_and(|s| crate::fill::opening_of(ask.entity).is_some_and(|o| o != s));
    let percent = match ask.column.role {
        _ if f.ends_with("statereason") || f.ends_with("statusreason") => {
            if settled {
                20
            } else {
                100
            }
        }
        _ if f.contains("lockreason") => 100,
        _ if crate::seed::is_parent(ask.column) => 100,
        _ if f.starts_with("deleted") || f.contains("error") || f.contains("fail") => 100,
        _ if telling.contains(&f.as_str()) => 8,
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
    let text = utc(at);
    json!(if c.format == "date" { text[..10].to_owned() } else { text })
}

/// `closed_at` of an open issue is empty; of a closed one it is the last change.
fn moment_of_status(ask: &Ask<'_>) -> Option<Value> {
    let f = flat(&ask.column.field);
    let c = ask.column;
    let status_column = ask.entity.columns.iter().find(|c| is_status(c))?;
    let named = |v: &String| {
        let v = flat(v);
        [v.clone(), format!("{v}at"), format!("{v}time"), format!("{v}date"), format!("{v}on"), format!("{v}by")].contains(&f)
    };
    let merged = f.starts_with("merged") || f == "mergecommitsha";
    let about = statuses(status_column).into_iter().find(named).or_else(|| merged.then(|| "closed".to_owned()))?;
    let is = ask.status.is_some_and(|s| flat(s) == flat(&about)) && (!merged || !ask.n.is_multiple_of(3));
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

fn status(c: &Column, ask: &Ask<'_>, rng: &mut Rng) -> String {
    let values = statuses(c);
    let first = opening(c).unwrap_or_else(|| "active".to_owned());
    let rare = |v: &&String| !matches!(flat(v).as_str(), "deleted" | "failed" | "error" | "disposed");
    let others: Vec<&String> = values.iter().filter(|v| **v != first).filter(rare).collect();
    if ask.n % 3 == 2 { rng.pick(&others).map_or(first, |v| (*v).clone()) } else { first }
}

fn names(member: &str, rng: &mut Rng) -> Value {
    let count = rng.below(3);
    let mut pool: Vec<&str> =
        if member == "login" { PEOPLE.iter().take(14).map(|p| p.login).collect() } else { vocab::topic("label").names.to_vec() };
    rng.shuffle(&mut pool);
    json!(pool.into_iter().take(count).collect::<Vec<_>>())
}

fn json_value(ask: &Ask<'_>, rng: &mut Rng) -> Value {
    let c = ask.column;
    let f = flat(&c.field);
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
    if f == "tags" || f == "labels" && c.schema.get("additionalProperties").is_some() {
        return tags(c, rng);
    }
    if f == "attributes" && c.schema.get("additionalProperties").is_some() {
        return attributes(ask, rng);
    }
    document(ask, &f, &c.schema, 0, rng)
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

fn tags(c: &Column, rng: &mut Rng) -> Value {
    let mut pairs: Vec<(&str, &str)> = TAGS.iter().map(|(k, vs)| (*k, vs[rng.below(vs.len())])).collect();
    rng.shuffle(&mut pairs);
    pairs.truncate(1 + rng.below(3));
    if c.schema["type"] == "array" {
        let members = &c.schema["items"]["properties"];
        if members.get("Key").is_some() {
            return pairs.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect();
        }
        return pairs.iter().map(|(_, v)| json!(v)).collect();
    }
    pairs.sort_unstable();
    Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), json!(v))).collect())
}

fn attributes(ask: &Ask<'_>, rng: &mut Rng) -> Value {
    let known = ATTRIBUTES.iter().find(|(noun, _)| ask.entity.noun.contains(noun)).map_or(&[][..], |(_, all)| all);
    Value::Object(known.iter().map(|(k, vs)| ((*k).to_owned(), json!(vs[rng.below(vs.len())]))).collect())
}

/// A stored document by its schema.
fn document(ask: &Ask<'_>, name: &str, schema: &Value, depth: usize, rng: &mut Rng) -> Value {
    match kind_of(schema) {
        Kind::Object if schema.get("properties").is_some() => {
            let who = if looks_like_person(schema) { Some(people::document(rng.below(PEOPLE.len()), schema)) } else { None };
            let mut out = Map::new();
            for (member, inner) in properties(schema) {
                let told = who.as_ref().and_then(|w| w.get(member)).cloned();
                if told.is_none() && who.is_some() && inner["type"] == "string" && inner.get("enum").is_none() {
                    continue;
                }
                if told.is_some() || rng.chance(75) {
                    let value = told.unwrap_or_else(|| document(ask, &flat(member), inner, depth + 1, rng));
                    out.insert(member.clone(), value);
                }
            }
            Value::Object(out)
        }
        Kind::Object => json!({}),
        Kind::Array => {
            let count = if depth > 0 { 1 } else { rng.below(3) };
            (0..count).map(|_| document(ask, &crate::words::singular(name), &schema["items"], depth + 1, rng)).collect()
        }
        kind => {
            let member = Member { name: name.to_owned(), kind, format: schema["format"].as_str().unwrap_or(""), values: values_of(schema) };
            match (kind, scalar(ask, &member, rng)) {
                (Kind::Boolean, v) => json!(v == json!(1)),
                (_, v) => v,
            }
        }
    }
}

fn looks_like_person(schema: &Value) -> bool {
    let has = |n: &str| properties(schema).any(|(name, _)| flat(name) == n);
    has("email") || has("emailaddress") || has("login") || has("displayname") && (has("self") || has("id"))
}

/// A scalar; booleans as 0 and 1.
fn scalar(ask: &Ask<'_>, m: &Member<'_>, rng: &mut Rng) -> Value {
    if !m.values.is_empty() {
        let at = if rng.chance(55) { 0 } else { rng.below(m.values.len()) };
        return json!(m.values[at]);
    }
    match m.kind {
        Kind::Boolean => json!(i64::from(rng.chance(likelihood(&m.name)))),
        Kind::Integer => integer(ask, m, rng),
        Kind::Real => json!(real(&m.name, rng)),
        _ => json!(text(ask, m, rng)),
    }
}

fn likelihood(name: &str) -> usize {
    let rare = [
        "private",
        "archived",
        "locked",
        "disabled",
        "draft",
        "deleted",
        "hidden",
        "prerelease",
        "template",
        "default",
        "fork",
        "siteadmin",
        "truncated",
        "blocked",
        "expired",
        "mirror",
        "transfer",
        "required",
        "ignored",
        "optional",
    ];
    let common = [
        "has",
        "enabled",
        "public",
        "allow",
        "active",
        "verified",
        "mergeable",
        "visible",
        "subscribed",
        "primary",
        "can",
        "selected",
        "guestscan",
    ];
    if rare.iter().any(|r| name.contains(r)) {
        12
    } else if common.iter().any(|c| name.starts_with(c) || name.ends_with(c)) {
        80
    } else {
        30
    }
}

fn integer(ask: &Ask<'_>, m: &Member<'_>, rng: &mut Rng) -> Value {
    let n = m.name.as_str();
    if n == "id" || n.ends_with("id") {
        if let Some(p) = ask.person {
            return json!(people::number(p));
        }
        return json!(180_402_117 + i64::try_from(ask.total).unwrap_or(0) * 90_107 + rng.between(0, 90_000));
    }
    let range = match () {
        () if n.contains("size") || n.contains("bytes") => (900, 480_000),
        () if n.contains("seconds") || n.contains("timeout") => return json!([30, 60, 300, 900, 3600][rng.below(5)]),
        () if n.contains("days") => return json!([7, 14, 30, 60, 90][rng.below(5)]),
        () if n.contains("minutes") => return json!([5, 10, 15, 30, 60][rng.below(5)]),
        () if n.contains("percent") || n.contains("score") || n.contains("grade") => (40, 100),
        () if n.contains("year") => (2019, 2025),
        () if n.contains("month") => (1, 12),
        () if n == "day" => (1, 28),
        () if n.contains("hour") => (8, 18),
        () if n.contains("points") => return json!([10, 20, 50, 100][rng.below(4)]),
        () if n.contains("price") || n.contains("amount") || n.contains("cents") => (500, 45_000),
        () if n.contains("star") || n.contains("watch") || n.contains("follow") || n.contains("download") => (3, 900),
        () if n.contains("time") || n.contains("date") => return json!(ask.created),
        () if n.contains("line") || n.contains("position") => (1, 240),
        () => (0, 12),
    };
    json!(rng.between(range.0, range.1))
}

fn real(name: &str, rng: &mut Rng) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "small integers")]
    let at = |low: i64, high: i64, rng: &mut Rng| rng.between(low * 100, high * 100) as f64 / 100.0;
    match () {
        () if name.contains("lat") => at(-50, 60, rng),
        () if name.contains("lon") || name.contains("lng") => at(-120, 140, rng),
        () if name.contains("grade") || name.contains("points") || name.contains("percent") => at(40, 100, rng).round(),
        () if name.contains("price") || name.contains("amount") => at(5, 450, rng),
        () => at(1, 100, rng),
    }
}

fn text(ask: &Ask<'_>, m: &Member<'_>, rng: &mut Rng) -> String {
    if let Some(text) = by_format(ask, m, rng).or_else(|| of_person(ask, m)) {
        return text;
    }
    let topic = vocab::topic(&ask.entity.noun);
    let pick = |all: &[&str], rng: &mut Rng| all[rng.below(all.len())].to_owned();
    let n = m.name.as_str();
    let noun = flat(&ask.entity.noun);
    let bare = n.strip_prefix(&noun).filter(|r| !r.is_empty()).unwrap_or(n);
    let titles =
        if topic.titles.is_empty() { if topic.names.is_empty() { vocab::GENERAL.titles } else { topic.names } } else { topic.titles };
    let texts = if topic.texts.is_empty() { vocab::GENERAL.texts } else { topic.texts };
    match bare {
        "title" | "summary" | "subject" | "headline" | "displayname" | "displaytitle" | "caption" => {
            titles[ask.total % titles.len()].to_owned()
        }
        "name" => unique_name(ask, rng).as_str().unwrap_or("").to_owned(),
        "description" | "body" | "content" | "notes" | "note" | "text" | "message" | "comment" | "details" | "bio" | "reason"
        | "instructions" | "about" | "messagebody" => texts[ask.total % texts.len()].to_owned(),
        _ => by_name(ask, m, bare, rng).unwrap_or_else(|| pick(&WORDS, rng)),
    }
}

fn by_format(ask: &Ask<'_>, m: &Member<'_>, rng: &mut Rng) -> Option<String> {
    let n = m.name.as_str();
    let due = n.starts_with("due") || n.contains("expir") || n.contains("scheduled") || n.contains("deadline") || n.contains("until");
    let at = if due { ask.now + 86_400 * rng.between(-8, 40) } else { ask.created + rng.between(0, (ask.now - ask.created).max(1)) };
    Some(match m.format {
        "date-time" | "google-datetime" => utc(at),
        "date" => utc(at)[..10].to_owned(),
        "email" => PEOPLE[ask.person.unwrap_or_else(|| rng.below(PEOPLE.len()))].email(),
        "uuid" => identifier(rng),
        "int64" | "uint64" | "int32" => rng.between(10, 90_000).to_string(),
        "google-duration" => format!("{}s", 60 * rng.between(1, 90)),
        "uri" if !n.contains("avatar") => format!("https://{}.example/{}", WORDS[rng.below(WORDS.len())], identifier(rng).split_at(6).0),
        _ => return None,
    })
}

fn of_person(ask: &Ask<'_>, m: &Member<'_>) -> Option<String> {
    let p = ask.person?;
    match m.name.as_str() {
        "name" | "displayname" | "fullname" => Some(PEOPLE[p].name()),
        "login" | "username" | "email" | "userid" | "emailaddress" | "nickname" => Some(people::told_as(p, &m.name, m.format)),
        "givenname" | "firstname" => Some(PEOPLE[p].first.to_owned()),
        "familyname" | "lastname" => Some(PEOPLE[p].last.to_owned()),
        "type" => Some("User".to_owned()),
        _ => None,
    }
}

fn hex(len: usize, rng: &mut Rng) -> String {
    (0..len).map(|_| char::from(b"0123456789abcdef"[rng.below(16)])).collect()
}

/// Names of people, places, addresses and numbers.
fn by_name(ask: &Ask<'_>, m: &Member<'_>, n: &str, rng: &mut Rng) -> Option<String> {
    let city = CITIES[(ask.total + rng.below(3)) % CITIES.len()];
    let has = |word: &str| n.contains(word);
    let people = ["user", "creator", "author", "owner", "sender", "createdby", "updatedby", "login", "assignee", "inviter"];
    Some(match () {
        () if people.iter().any(|p| n == *p || n == format!("{p}id")) => people::told_as(author(ask, rng), n, m.format),
        () if has("email") => PEOPLE[rng.below(PEOPLE.len())].email(),
        () if has("color") || has("colour") => {
            if n.ends_with("id") {
                rng.between(1, 11).to_string()
            } else if ask.entity.provider == "github.com" {
                COLOURS[ask.total % COLOURS.len()].to_owned()
            } else {
                format!("#{}", COLOURS[ask.total % COLOURS.len()])
            }
        }
        () if n == "sha" || has("commit") || n.ends_with("sha") => hex(40, rng),
        () if has("md5") || has("hash") || has("checksum") || has("fingerprint") => hex(32, rng),
        () if has("avatar") || has("photo") || has("image") || has("icon") => format!("https://images.example/{}.png", hex(8, rng)),
        () if has("arn") => format!("arn:aws:{}:us-east-1:{}:{}", ask.entity.service, people::ACCOUNT, WORDS[rng.below(WORDS.len())]),
        () if has("timezone") => city.3.to_owned(),
        () if n.ends_with("token") || n.ends_with("handle") || n.ends_with("code") && has("enroll") => identifier(rng),
        () if has("phone") || has("mobile") => format!("+1 555 01{:02}", rng.below(100)),
        () if has("country") => {
            if n.ends_with("code") {
                city.2.to_owned()
            } else {
                city.1.to_owned()
            }
        }
        () if has("city") || n == "location" => city.0.to_owned(),
        () if has("street") || has("address") => format!("{} {}", rng.between(1, 120), STREETS[rng.below(STREETS.len())]),
        () if has("postal") || has("zip") => format!("{:05}", rng.between(10_000, 98_000)),
        () if has("company") || has("organization") || has("vendor") => COMPANIES[rng.below(COMPANIES.len())].to_owned(),
        () if has("currency") => ["EUR", "USD", "GBP"][rng.below(3)].to_owned(),
        () if n == "locale" || has("languagecode") || n == "preferredlanguage" => {
            ["en-GB", "pt-PT", "de-DE", "fr-FR"][rng.below(4)].to_owned()
        }
        () if has("language") => LANGUAGES[rng.below(LANGUAGES.len())].to_owned(),
        () if has("url") || has("link") || has("homepage") || n == "blog" || has("website") => {
            format!("https://{}.example", WORDS[rng.below(WORDS.len())])
        }
        () => return by_name_of_thing(ask, n, rng),
    })
}

/// Names of what software keeps: versions, branches, roles, times.
fn by_name_of_thing(ask: &Ask<'_>, n: &str, rng: &mut Rng) -> Option<String> {
    let has = |word: &str| n.contains(word);
    Some(match () {
        () if has("tagname") || has("version") && !n.ends_with("id") => format!("v{}.{}.{}", 1 + ask.n / 6, ask.n % 6, 0),
        () if has("branch") || n == "ref" || n == "targetcommitish" => if rng.chance(60) { "main" } else { "develop" }.to_owned(),
        () if has("path") || has("filename") => {
            ["src/lib.rs", "src/export.rs", "docs/setup.md", "web/app.ts", "tests/import.rs"][rng.below(5)].to_owned()
        }
        () if has("mimetype") || has("contenttype") => ["text/plain", "application/pdf", "image/png"][rng.below(3)].to_owned(),
        () if has("sequencenumber") => format!("188494964604676{:05}", 10_000 + ask.total * 37),
        () if has("diffhunk") => "@@ -12,6 +12,7 @@ fn load()".to_owned(),
        () if n == "visibility" => if rng.chance(80) { "public" } else { "private" }.to_owned(),
        () if n == "permission" || n == "permissions" || n == "rolename" => ["pull", "push", "admin"][rng.below(3)].to_owned(),
        () if n == "role" => ["member", "admin"][rng.below(2)].to_owned(),
        () if n == "type" || n == "userviewtype" => if ask.entity.noun == "organization" { "Organization" } else { "standard" }.to_owned(),
        () if n == "protocol" => ["email", "https", "sqs"][rng.below(3)].to_owned(),
        () if n == "endpoint" => {
            ["ops@northwind.example", "https://hooks.northwind.example/orders", "billing@northwind.example"][rng.below(3)].to_owned()
        }
        () if has("secretstring") || has("password") => format!("{{\"username\":\"app\",\"password\":\"{}\"}}", hex(12, rng)),
        () if has("secretbinary") || has("binary") => hex(24, rng),
        () if has("date") || n.ends_with("at") || n.ends_with("time") || n == "due" || n == "completed" => {
            utc(ask.created + rng.between(0, (ask.now - ask.created).max(1)))
        }
        () if n.ends_with("id") || n.ends_with("key") || n == "etag" || n == "icaluid" => identifier(rng),
        () if n == "room" => format!("Room {}", 100 + rng.below(250)),
        () if n == "section" => ["Period 1", "Period 2", "Morning", "Afternoon"][rng.below(4)].to_owned(),
        () if n == "position" => format!("{:020}", 1_000 * (ask.n + 1)),
        () if n == "keywords" || n == "topics" => "photos, maps, labels".to_owned(),
        () if n == "reward" || has("amount") || has("price") => format!("{}.{:02}", rng.below(3), rng.below(100)),
        () if n == "domain" => "northwind.example".to_owned(),
        () => return None,
    })
}

/// A name that no sibling has.
pub(crate) fn unique_name(ask: &Ask<'_>, rng: &mut Rng) -> Value {
    let topic = vocab::topic(&ask.entity.noun);
    let all = match (topic.names.is_empty(), topic.titles.is_empty()) {
        (false, _) => topic.names,
        (_, false) => topic.titles,
        _ => vocab::GENERAL.names,
    };
    let _ = (rng, participle(""));
    let at = if ask.entity.parent.is_some() { ask.n } else { ask.total };
    let (round, index) = (at / all.len(), at % all.len());
    let compact = !all[index].contains(' ');
    json!(match round {
        0 => all[index].to_owned(),
        r if compact => format!("{}-{}", all[index], r + 1),
        r => format!("{} {}", all[index], r + 1),
    })
}
