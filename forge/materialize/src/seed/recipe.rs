//! How the values of a column are made: decided once from its schema, its name and its description.

use super::faker::Pattern;
use super::hints::{self, Bounds, Told};
use super::meaning::{self, Number, Text};
use crate::schema::{Kind, kind_of, properties, values_of};
use crate::words::{singular, words};
use serde_json::Value;

/// Deepest document that is filled.
const DEPTH_MAX: usize = 4;

/// How one value is made.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) bounds: Bounds,
    /// Words of its name.
    pub(crate) words: Vec<String>,
    /// True where times are whole days.
    pub(crate) days: bool,
    /// True where its format is a moment's.
    pub(crate) dated: bool,
    /// Seconds, or a thousandth where numbers of time count these.
    pub(crate) millis: bool,
}

/// What it is made by.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// One of these; the first is the most common.
    Choice(Vec<String>),
    /// One of these numbers.
    Numbers(Vec<f64>),
    /// Texts like these: digits vary.
    Like(Vec<String>),
    Pattern(Box<Pattern>),
    Text(Text),
    /// An adjective and the words of its name.
    Titled,
    Number(Number),
    /// 1 in so many of 100 cases.
    Flag(usize),
    Object(Vec<(String, Recipe)>),
    /// Of people and the like: this schema is filled from a person first.
    Person(Value, Vec<(String, Recipe)>),
    List(Box<Recipe>),
    Map(Box<Recipe>),
    Nothing,
}

/// What is known of a value.
pub(crate) struct About<'a> {
    /// Words of the thing that it belongs to.
    pub(crate) noun: &'a str,
    pub(crate) name: &'a str,
    /// As documents show it, small.
    pub(crate) schema: &'a Value,
    /// As the API describes it; null where it does not.
    pub(crate) source: &'a Value,
    pub(crate) kind: Kind,
    pub(crate) format: &'a str,
    pub(crate) choices: Vec<String>,
    pub(crate) description: &'a str,
}

impl Recipe {
    /// The recipe for what `about` says.
    pub(crate) fn of(about: &About<'_>, depth: usize) -> Self {
        let own: Vec<String> = words(about.name).iter().filter(|w| !w.is_empty()).cloned().collect();
        let noun: Vec<&str> = about.noun.split(' ').filter(|w| !w.is_empty()).collect();
        let last: Vec<&str> = own.iter().map(String::as_str).collect();
        let long: Vec<&str> = noun.iter().copied().chain(last.iter().copied()).collect();
        let form = match about.kind {
            Kind::Boolean => Form::Flag(likelihood(&last)),
            Kind::Integer | Kind::Real => number_form(about, &long),
            Kind::Object => object_form(about, depth),
            Kind::Array => list_form(about, depth),
            Kind::Text | Kind::Any => text_form(about, &long, &last),
        };
        let end = last.last().copied().unwrap_or("");
        let lower = about.description.to_ascii_lowercase();
        let days = about.format == "date"
            || about.format.is_empty() && (matches!(end, "date" | "day" | "birthday") || end.ends_with("date")) && !lower.contains("time");
        let millis = lower.contains("millisecond") || lower.contains(" in ms") || matches!(end, "millis" | "ms");
        Self {
            kind: about.kind,
            form,
            bounds: Bounds::of(about.source, about.description),
            words: own,
            days,
            dated: about.format.contains("time"),
            millis,
        }
    }
}

fn object_form(about: &About<'_>, depth: usize) -> Form {
    if depth >= DEPTH_MAX {
        return Form::Nothing;
    }
    if about.schema.get("properties").is_none() {
        let inner = &about.schema["additionalProperties"];
        return if inner.is_object() { Form::Map(Box::new(member(about, "value", inner, &Value::Null, depth))) } else { Form::Nothing };
    }
    let members: Vec<(String, Recipe)> = properties(about.schema)
        .map(|(name, schema)| (name.clone(), member(about, name, schema, &about.source["properties"][name.as_str()], depth)))
        .map(|(name, recipe)| (name, of_type(recipe, about.source["title"].as_str())))
        .collect();
    if is_person(&words(about.name), about.schema) { Form::Person(about.schema.clone(), members) } else { Form::Object(members) }
}

/// `@odata.type` of a document inside of another is the type of that document.
fn of_type(recipe: Recipe, title: Option<&str>) -> Recipe {
    match title {
        Some(title) if matches!(recipe.form, Form::Text(Text::OdataType)) && title.starts_with("microsoft.graph.") => {
            Recipe { form: Form::Choice(vec![format!("#{title}")]), ..recipe }
        }
        _ => recipe,
    }
}

fn list_form(about: &About<'_>, depth: usize) -> Form {
    let items = &about.schema["items"];
    if depth >= DEPTH_MAX || !items.is_object() {
        return Form::Nothing;
    }
    let name = singular(&words(about.name).join(" "));
    let mut inner = member(about, &name, items, &about.source["items"], depth);
    if let (Form::Titled | Form::Text(_), Kind::Text) = (&inner.form, inner.kind) {
        let told = hints::told(about.description);
        if told.choices.len() > 1 {
            inner.form = Form::Choice(told.choices);
        }
    }
    Form::List(Box::new(inner))
}

fn member(about: &About<'_>, name: &str, schema: &Value, source: &Value, depth: usize) -> Recipe {
    // `price.value`: the member is about what its document is about.
    let noun = singular(&words(about.name).join(" "));
    let inner = About {
        noun: if depth == 0 && noun.is_empty() { about.noun } else { &noun },
        name,
        schema,
        source,
        kind: kind_of(schema),
        format: schema["format"].as_str().or(source["format"].as_str()).unwrap_or(""),
        choices: values_of(schema),
        description: source["description"].as_str().unwrap_or(""),
    };
    Recipe::of(&inner, depth + 1)
}

/// Words for people.
const PEOPLE: [&str; 16] = [
    "user",
    "author",
    "creator",
    "owner",
    "member",
    "person",
    "assignee",
    "sender",
    "organizer",
    "attendee",
    "actor",
    "reviewer",
    "recipient",
    "contact",
    "by",
    "reporter",
];

fn is_person(name: &[String], schema: &Value) -> bool {
    let has = |n: &str| properties(schema).any(|(name, _)| crate::words::flat(name) == n);
    let called = name.iter().any(|w| PEOPLE.contains(&singular(w).as_str()));
    has("email") || has("emailaddress") || has("login") || has("displayname") && called
}

/// How often a flag is set, in percent.
fn likelihood(words: &[&str]) -> usize {
    let rare = [
        "private",
        "archived",
        "locked",
        "disabled",
        "disable",
        "draft",
        "deleted",
        "hidden",
        "prerelease",
        "template",
        "default",
        "fork",
        "admin",
        "truncated",
        "blocked",
        "expired",
        "mirror",
        "transfer",
        "required",
        "ignored",
        "optional",
        "suspended",
        "banned",
        "error",
        "failed",
        "cancelled",
        "canceled",
        "deprecated",
        "experimental",
        "spam",
        "dry",
        "debug",
        "skip",
        "force",
        "no",
    ];
    let common = [
        "has",
        "enabled",
        "enable",
        "public",
        "allow",
        "allowed",
        "active",
        "verified",
        "mergeable",
        "visible",
        "subscribed",
        "primary",
        "can",
        "selected",
        "available",
        "valid",
        "success",
        "editable",
        "supported",
        "encrypted",
        "confirmed",
    ];
    if words.iter().any(|w| rare.contains(w)) {
        12
    } else if words.first().is_some_and(|w| common.contains(w)) || words.last().is_some_and(|w| common.contains(w)) {
        80
    } else {
        30
    }
}

/// Numbers that a schema names itself.
fn examples(source: &Value) -> Vec<Value> {
    let many = source["examples"].as_array().into_iter().flatten().cloned();
    source.get("example").cloned().into_iter().chain(many).filter(|v| v.is_string() || v.is_number()).collect()
}

fn number_form(about: &About<'_>, words: &[&str]) -> Form {
    let given: Vec<f64> = about.source["enum"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    if !given.is_empty() {
        return Form::Numbers(given);
    }
    let lower = about.description.to_ascii_lowercase();
    let says = |word: &str| lower.contains(word);
    let is_time = says("unix") || says("epoch") || says("timestamp") && !says("number of");
    if is_time && about.kind == Kind::Integer {
        return Form::Number(Number::Moment);
    }
    let by_name = meaning::of_number(words);
    let weak = matches!(by_name, None | Some(Number::Range(0, 3) | Number::Identifier | Number::Sequence));
    let by_unit = match () {
        () if says("percent") => Some(Number::Percent),
        () if says("in cents") || says("smallest currency unit") => Some(Number::Cents),
        () if says("in seconds") || says("number of seconds") => Some(Number::Of(&[30, 60, 300, 900, 3600])),
        () if says("in minutes") || says("number of minutes") => Some(Number::Of(&[5, 15, 30, 60, 120])),
        () if says("in days") || says("number of days") => Some(Number::Of(&[1, 7, 14, 30, 90])),
        () if says("in bytes") || says("number of bytes") => Some(Number::Around(48_000)),
        () if says("gigabyte") || says("in gb") || says("in gib") => Some(Number::Of(&[8, 20, 50, 100, 256])),
        () if says("number of") || says("count of") || says("how many") => Some(Number::Few(40)),
        () => None,
    };
    let told: Vec<f64> = hints::told(about.description).choices.iter().filter_map(|c| c.parse().ok()).collect();
    if weak && told.len() > 1 {
        return Form::Numbers(told);
    }
    let shown: Vec<f64> = examples(about.source).iter().filter_map(Value::as_f64).collect();
    let fallback = match shown[..] {
        [] => None,
        [one] if (1.0..1e12).contains(&one) => Some(Form::Number(Number::Around(one.round() as i64))),
        _ => Some(Form::Numbers(shown)),
    };
    let chosen = if weak { by_unit.or(by_name) } else { by_name };
    chosen.map(Form::Number).or(fallback).unwrap_or(Form::Number(if about.kind == Kind::Real {
        Number::Around(20)
    } else {
        Number::Few(24)
    }))
}

/// True for meanings whose form a description does not change.
fn is_strict(text: Text) -> bool {
    !matches!(
        text,
        Text::Of(_)
            | Text::Name
            | Text::Title
            | Text::Identifier
            | Text::Slug
            | Text::Token
            | Text::Serial
            | Text::Sku
            | Text::Version
            | Text::Region
            | Text::Duration
            | Text::Count(_)
            | Text::Digits(_)
            | Text::Place
            | Text::File
            | Text::Path
            | Text::Company
            | Text::Login
            | Text::State
            | Text::Locale
            | Text::Host
            | Text::Cron
            | Text::Description
            | Text::Base64(_)
    )
}

fn text_form(about: &About<'_>, long: &[&str], own: &[&str]) -> Form {
    if !about.choices.is_empty() {
        // No service shows these of what it keeps.
        let hollow = |v: &&String| {
            !matches!(v.to_ascii_lowercase().as_str(), "invalid" | "unknown" | "undefined" | "unspecified" | "unknownfuturevalue")
        };
        let kept: Vec<String> = about.choices.iter().filter(hollow).cloned().collect();
        return Form::Choice(if kept.is_empty() { about.choices.clone() } else { kept });
    }
    if let Some(pattern) = about.source["pattern"].as_str().or(about.schema["pattern"].as_str()).and_then(Pattern::new) {
        return Form::Pattern(Box::new(pattern));
    }
    let lower = about.description.to_ascii_lowercase();
    let by_name = by_name(&lower, long, own);
    if let Some(text) = by_format(about, by_name, own) {
        return Form::Text(text);
    }
    if let Some(text) = by_name.filter(|t| is_strict(*t)) {
        return Form::Text(text);
    }
    let shown: Vec<String> = examples(about.source).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    // One example that stays as it is would stand in every row.
    let varies = shown.len() > 1 || shown.iter().any(|example| super::text::varies(example));
    let weak = by_name.is_none() || varies && !matches!(by_name, Some(Text::Name | Text::Title | Text::Description));
    if !shown.is_empty() && weak {
        return Form::Like(shown);
    }
    let Told { choices, examples } = hints::told(about.description);
    let named = matches!(
        by_name,
        Some(Text::Name | Text::Title | Text::Description | Text::Login | Text::Company | Text::Identifier | Text::Token | Text::Base64(_))
    );
    if choices.len() > 1 && !named {
        return Form::Choice(choices);
    }
    let by_description = described(&lower);
    if matches!(by_name, None | Some(Text::Of(_) | Text::Identifier))
        && let Some(text) = by_description.filter(|t| is_strict(*t))
        && (own.last() != Some(&"id") || matches!(text, Text::Uuid | Text::Arn))
    {
        return Form::Text(text);
    }
    let alone = matches!(by_name, Some(Text::Name | Text::Title | Text::Description | Text::Login | Text::Company));
    if !examples.is_empty() && !alone {
        return Form::Like(examples);
    }
    by_name.or(by_description).map_or(Form::Titled, Form::Text)
}

/// What the name says, unless the description says that it is an address or a path.
fn by_name(lower: &str, long: &[&str], own: &[&str]) -> Option<Text> {
    let says = |word: &str| lower.contains(word);
    let plain = meaning::of_text(own);
    let whole = meaning::of_text(long);
    // A name or an id is one of its thing, whatever the thing is, but for people, firms, places and files.
    let by_noun = matches!(
        whole,
        Some(
            Text::Company
                | Text::PersonName
                | Text::City
                | Text::Country
                | Text::File
                | Text::Branch
                | Text::Domain
                | Text::Host
                | Text::OdataType
        )
    );
    let found = if matches!(own, ["name" | "id" | "title" | "description"]) && !by_noun { plain } else { whole.or(plain) };
    let open = matches!(
        found,
        None | Some(Text::Name | Text::Policy | Text::Zone | Text::Region | Text::Identifier | Text::Of(_) | Text::Digits(_) | Text::Slug)
    );
    let is_url = says("resource url")
        || says("the url of")
        || says("url for the")
        || says("full url")
        || says("fully-qualified url")
        || lower.starts_with("url");
    let is_path = says("azure resource manager") || says("resource id of") || says("fully qualified resource id") || says("resourceid");
    // Some APIs write their flags as texts.
    let asks = own.len() > 1 && matches!(own[0], "allow" | "enable" | "disable" | "is" | "has" | "can" | "should" | "require" | "process");
    let is_flag = asks
        || says("boolean")
        || says("flag indicat")
        || says("true if")
        || ["whether", "indicates whether", "indicates if"].iter().any(|w| lower.starts_with(w));
    let kind_of_thing =
        own.last().is_some_and(|w| matches!(*w, "type" | "status" | "mode" | "state" | "method" | "kind" | "reason" | "name"));
    // Banks and shops have branches too.
    let code = ["git", "repo", "code", "commit", "source", "build", "deploy", "version", "pipeline", "workflow", "fork", "site", "webhook"];
    let of_code =
        long.len() > own.len() && long.iter().any(|w| code.iter().any(|c| w.contains(c))) || code.iter().any(|c| lower.contains(c));
    match () {
        () if found == Some(Text::Branch) && matches!(own, ["branch"]) && !of_code => Some(Text::Place),
        () if (open || asks && matches!(found, Some(Text::Amount))) && is_flag && !kind_of_thing => Some(Text::Of(&["true", "false"])),
        () if open && is_url => Some(Text::Url),
        () if open && (is_path || found == Some(Text::Identifier) && matches!(lower, "resource id." | "resource id")) => {
            Some(Text::ResourcePath)
        }
        () if found == Some(Text::Future) && (says("was completed") || says("has ended") || says("completed.") || says("finished")) => {
            Some(Text::Past)
        }
        () if says("yyyy-mm-dd") && !says("hh:mm") && !matches!(found, Some(Text::Future)) && open => Some(Text::Day),
        () => found,
    }
}

/// What a description says that a text is, in lower case.
fn described(lower: &str) -> Option<Text> {
    let says = |word: &str| lower.contains(word);
    Some(match () {
        () if says("rfc3339")
            || says("rfc 3339")
            || says("iso 8601")
            || says("date and time")
            || says("timestamp")
            || says("date when") =>
        {
            Text::Past
        }
        () if lower.starts_with("the time ") || says("the date ") => Text::Past,
        () if says("amazon resource name") || says("(arn)") => Text::Arn,
        () if says("email address") => Text::Email,
        () if says("base64") => Text::Base64(44),
        () if lower.starts_with("url") || lower.starts_with("uri") || says("the url ") || says(" url of") || says("a link to") => Text::Url,
        () if says("cidr") => Text::Cidr,
        () if says("ip address") => Text::Ip,
        () if says("uuid") || says("guid") => Text::Uuid,
        () if says("unique identifier") || says("the id of") || says("identifier of") || says("identifies") => Text::Identifier,
        () if says("the name of") || says("name for") => Text::Name,
        () if says("description of") || says("free-form") || says("human-readable") => Text::Description,
        () if says("number of") => Text::Count(40),
        () => return None,
    })
}

fn by_format(about: &About<'_>, by_name: Option<Text>, own: &[&str]) -> Option<Text> {
    let lower = about.format.to_ascii_lowercase();
    Some(match lower.as_str() {
        "date-time" | "google-datetime" | "datetime" | "timestamp" | "date" | "iso-8601" | "iso8601" | "timestamp-rfc3339" => match by_name
        {
            Some(Text::Future) => Text::Future,
            Some(Text::Birth) => Text::Birth,
            _ if own.iter().any(|w| w.starts_with("expir") || matches!(*w, "due" | "until" | "scheduled" | "deadline")) => Text::Future,
            _ => Text::Past,
        },
        "email" => Text::Email,
        "uuid" | "guid" => Text::Uuid,
        "ipv4" | "ip" | "ip-address" => Text::Ip,
        "ipv6" => Text::Ipv6,
        "hostname" | "idn-hostname" => Text::Host,
        "uri" | "url" | "uri-reference" | "iri" => {
            if by_name == Some(Text::ImageUrl) {
                Text::ImageUrl
            } else {
                Text::Url
            }
        }
        "int64" | "uint64" | "int32" | "uint32" | "fixed64" => match by_name {
            Some(t @ (Text::Identifier | Text::Digits(_) | Text::Count(_) | Text::Year)) => {
                if t == Text::Identifier {
                    Text::Digits(18)
                } else {
                    t
                }
            }
            _ if own.last().is_some_and(|w| matches!(*w, "time" | "timestamp" | "date" | "at" | "millis" | "ms")) => Text::Moment,
            _ => Text::Count(90_000),
        },
        "decimal" | "double" | "float" | "currency" | "money" => Text::Amount,
        "byte" | "base64" | "binary" => Text::Base64(44),
        "google-duration" | "duration" => Text::Duration,
        "time" | "partial-time" => Text::Clock,
        "password" => Text::Token,
        "phone" | "phone-number" => Text::Phone,
        "color" | "hex-color" => Text::Color,
        "google-fieldmask" => Text::Of(&["name,description", "status", "labels"]),
        "cron" => Text::Cron,
        "timezone" => Text::TimeZone,
        _ => return None,
    })
}
