//! Every construct of the tool language: what it compiles to, what callers see of it, what calls come to.
//!
//! A case in `tests/features` is a pack with a section `calls`, one call a line, played one after another in one
//! environment. Its golden file holds the intermediate representation of each tool, what the manifest says of it,
//! what follows its calls, its examples, and of each call the outcome and what it changed. A guest is written as
//! lines `query EXPORT SQL` and `change EXPORT SQL`.
//!
//! | construct (docs/tool-language.md) | case |
//! | --- | --- |
//! | §2 annotations, continuation, comments, names in quotes | `layout` |
//! | `@doc` `@role` `@effect`, names and exports | `roles-and-descriptions` |
//! | `@catalog` `@yields` `@returns`, `ref` `new` `of` | `param-refs-and-yields` |
//! | `@example` `@given` `@call` `@gives` `@fails` `@changes` | `examples` |
//! | `@guest` | `guests` |
//! | `@after`, its `@role` and `@tools` | `after` |
//! | `@if`, `open`, `unused`, tasks beside the tools | `switches` |
//! | §3 scalars | `param-scalars` |
//! | `?`, `= literal`, `\|null`, `:p?` | `param-optional-default-null` |
//! | `enum`, `schema`, constraints | `param-choices-and-constraints` |
//! | `list(…)` | `param-lists` |
//! | `object(…)` | `param-objects` |
//! | `@params` | `params-as-json-schema` |
//! | §4 `:args`, `:now` | `built-in-variables` |
//! | §5 `@let` | `let` |
//! | `@row`, `@row ?` | `row`, `row-optional` |
//! | `@require`, messages | `require`, `messages` |
//! | `@reject`, `@table`, `@each` | `reject`, `table`, `each` |
//! | `@when`, `@else`, `@end` | `when` |
//! | `@steps`, `@use` | `steps-and-use` |
//! | INSERT, UPDATE, DELETE, `@exec`, `@exec some` | `exec` |
//! | `@id` by hash, expression and pool | `ids` |
//! | §5, §6 `@return`, `@return list`, `@return =` | `return` |
//! | §6 values and JSON | `results-as-json` |
//! | views, WITH | `views-and-with` |
//! | §8 functions | `functions`, `ids` |
//! | limits of the host | `limits` |

use crate::cases::{self, Case};
use crate::support::World;
use serde_json::Value;
use wardian_compiler::example::Expected;
use wardian_compiler::{Checked, Example, Sources, check};
use wardian_format::pack::{After, Effect, Role, Statements};
use wardian_format::{Outcome, ToolSpec};
use wardian_testkit::{Guest, Texts, component};

#[test]
fn every_construct_is_shown_as_its_golden_file_says() {
    let texts: Vec<(String, String)> = cases::all("features").iter().map(|case| (case.name.clone(), shown(case))).collect();
    cases::golden("features", &texts);
}

/// The table above names all cases and no others.
#[test]
fn the_table_of_constructs_is_whole() {
    let table: Vec<&str> = include_str!("constructs.rs").lines().filter(|line| line.starts_with("//! | ")).collect();
    let named: Vec<&str> =
        table.iter().filter_map(|line| line.rsplit(" | ").next()).flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let cases: Vec<String> = cases::all("features").into_iter().map(|case| case.name).collect();
    for case in &cases {
        assert!(named.contains(&case.as_str()), "the table does not name `{case}`");
    }
    for name in named {
        assert!(cases.iter().any(|case| case == name), "there is no case `{name}`");
    }
}

fn shown(case: &Case) -> String {
    let mut sources = case.sources();
    let calls = sources.texts.remove("calls").unwrap_or_default();
    sources.guests.values_mut().for_each(|guest| *guest = built(guest));
    let checked = check(&sources).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let mut out = String::new();
    checked.tools.iter().for_each(|tool| out += &format!("{tool}\n"));
    checked.specs.iter().for_each(|spec| out += &described(spec));
    checked.after.iter().for_each(|after| out += &follows(after));
    checked.examples.iter().for_each(|example| out += &exemplified(example));
    checked.warnings.iter().for_each(|warning| out += &format!("{warning}\n\n"));
    out + &played(case, &sources, &checked, &calls)
}

/// A guest that answers with statements.
fn built(lines: &[u8]) -> Vec<u8> {
    let mut texts = Texts::default();
    let guest = |line: &str| {
        let (kind, rest) = line.split_once(' ').expect("`query EXPORT SQL`");
        let (export, sql) = rest.split_once(' ').expect("`query EXPORT SQL`");
        if kind == "query" { Guest::query(export, sql, &mut texts) } else { Guest::change(export, sql, &mut texts) }
    };
    let guests: Vec<Guest> = std::str::from_utf8(lines).expect("text").lines().map(guest).collect();
    component(&guests, &texts, "")
}

/// What the manifest says of a tool. The statements are those of the intermediate representation.
fn described(spec: &ToolSpec) -> String {
    let effect = if spec.effect == Effect::Read { "reads" } else { "writes" };
    let free = if spec.statements == Statements::Free { ", any statement" } else { "" };
    let mut out = format!("{} as {}: {}, {effect}{free}\n", spec.name, spec.export, spec.role.word());
    spec.description.lines().for_each(|line| out += &format!("  doc {line}\n"));
    out += &format!("  arguments {}\n", json(&spec.parameters));
    spec.refs.iter().for_each(|r| out += &format!("  {:?} {} is {}.{}\n", r.kind, r.param, r.table, r.column));
    spec.yields.iter().for_each(|y| out += &format!("  yields {}.{} at {}\n", y.table, y.column, y.path));
    spec.returns.iter().for_each(|schema| out += &format!("  returns {}\n", json(schema)));
    spec.guest.iter().for_each(|guest| out += &format!("  guest {guest}\n"));
    spec.catalog_id.iter().for_each(|id| out += &format!("  catalog {id}\n"));
    out + "\n"
}

fn follows(after: &After) -> String {
    let roles: Vec<&str> = after.roles.iter().map(|role| role.word()).collect();
    let tools = if after.tools.is_empty() { "every tool".to_owned() } else { after.tools.join(", ") };
    format!("{} follows {tools}, called by {}\n\n", after.tool, roles.join(", "))
}

fn exemplified(example: &Example) -> String {
    let expected = match &example.expected {
        Expected::Success => "succeeds".to_owned(),
        Expected::Result(value) => format!("gives {}", json(value)),
        Expected::Failure { code, message } => format!("fails {} {message:?}", code.word()),
    };
    let given: Vec<String> = example.given.iter().map(|call| format!("{} {}", call.tool, json(&call.arguments))).collect();
    format!(
        "example {:?} of {} at {}:{}\n  given {given:?}\n  call {}\n  {expected}\n  changes {:?}\n\n",
        example.title,
        example.tool,
        example.place.0,
        example.place.1,
        json(&example.call.arguments),
        example.changes
    )
}

/// The calls, each with its outcome and what it changed. One that does not succeed changes nothing.
fn played(case: &Case, sources: &Sources, checked: &Checked, calls: &str) -> String {
    let mut world = World::new(sources);
    let mut out = String::new();
    for line in calls.lines() {
        let (tool, arguments) = line.split_once(' ').expect("`TOOL {arguments}`");
        let arguments: Value = serde_json::from_str(arguments).unwrap_or_else(|error| panic!("{}: {line}: {error}", case.name));
        let role = checked.specs.iter().find(|spec| spec.name == tool).map_or(Role::Agent, |spec| spec.role);
        let mut before = world.env.clone();
        let record = world.env.call(role, tool, &arguments).expect("the host holds");
        let changes = before.diff(&mut world.env).expect("a difference").to_string();
        let (was, is) = (before.digests().expect("digests"), world.env.digests().expect("digests"));
        assert_eq!(is == was, changes.is_empty(), "{}: {line}", case.name);
        assert!(record.outcome.is_ok() || is == was, "{}: {line} failed and changed the state", case.name);
        out += &format!("{line}\n  {}\n", came_to(&record.outcome));
        changes.lines().for_each(|change| out += &format!("    {change}\n"));
    }
    out
}

fn came_to(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok { result } => format!("gives {}", json(result)),
        Outcome::ToolError { code, message } => format!("fails {} {message:?}", code.word()),
        Outcome::InvalidArguments { message } => format!("is not called: {message}"),
        Outcome::Limit { limit } => format!("meets the limit {limit:?}"),
        other => format!("ends as {other:?}"),
    }
}

fn json(value: &Value) -> String {
    wardian_format::json::canonical(value).expect("canonical JSON")
}
