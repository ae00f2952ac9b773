//! Tools that the rules left out, and their tables.

use crate::AuthorOptions;
use crate::answer::{closed, list_of, one_of, text};
use crate::calls::{Calls, reads};
use crate::data::cut;
use crate::sql::{annotation, is_plain, names as mentions, section};
use crate::world::{POLICY, Row, SCHEMA, TOOLS, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wardian_format::{CatalogTool, ToolErrorCode, json as strict, names};
use wardian_materialize::Class;

/// Characters of a description and of a schema in a question.
const ABOUT_CHARS_MAX: usize = 600;
const SCHEMA_CHARS_MAX: usize = 2_000;
/// Characters of the description that the tool has.
const DOC_CHARS_MAX: usize = 1_000;
/// Tools of the pack that are shown as examples, and characters of each.
pub(crate) const EXAMPLES_MAX: usize = 4;
const EXAMPLE_CHARS_MAX: usize = 3_000;
/// Wrong calls of a tool.
const WRONG_MAX: usize = 8;
/// Words of annotations that a tool of a model may have.
const ALLOWED: [&str; 16] = [
    "param", "params", "yields", "returns", "let", "id", "row", "require", "reject", "table", "when", "else", "end", "each", "exec",
    "return",
];
/// What the program adds itself.
const OURS: [&str; 3] = ["tool", "doc", "catalog"];

/// A table, as the model writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTable {
    name: String,
    sql: String,
    rows: Vec<String>,
}

/// A tool, as the model writes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    pub(crate) i: usize,
    class: Class,
    sql: String,
    good: String,
    wrong: Vec<WrongCall>,
    seen_by: SeenBy,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrongCall {
    arguments: String,
    code: ToolErrorCode,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenBy {
    tool: String,
    arguments: String,
}

/// A tool with the tables of its answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewTool {
    pub(crate) name: String,
    given: Given,
    tables: Vec<NewTable>,
}

const CLASSES: [&str; 15] = [
    "list",
    "get",
    "get_part",
    "check",
    "list_related",
    "create",
    "update",
    "upsert",
    "delete",
    "action",
    "move",
    "clear",
    "add",
    "remove",
    "set",
];

/// The schema of an answer.
pub(crate) fn schema() -> Value {
    let table = closed(json!({"name": text(), "sql": text(), "rows": list_of(text())}));
    let number = || json!({"type": "integer"});
    let codes: Vec<&str> = ToolErrorCode::ALL.iter().map(|code| code.word()).collect();
    let wrong = closed(json!({"arguments": text(), "code": one_of(&codes)}));
    let tool = closed(json!({
        "i": number(), "class": one_of(&CLASSES), "sql": text(), "good": text(), "wrong": list_of(wrong),
        "seen_by": closed(json!({"tool": text(), "arguments": text()}))
    }));
    let left = closed(json!({"i": number(), "reason": text()}));
    closed(json!({"tables": list_of(table), "tools": list_of(tool), "left": list_of(left)}))
}

/// The line of a tool that is to be written.
pub(crate) fn wanted(number: usize, name: &str, tool: &CatalogTool, reason: &str) -> Value {
    let schema = |text: &str| cut(text, SCHEMA_CHARS_MAX);
    json!({
        "i": number, "name": name, "about": cut(&tool.description, ABOUT_CHARS_MAX),
        "method": tool.origin.method, "path": tool.origin.path.as_deref().map(|path| cut(path, 300)),
        "parameters": schema(tool.parameters.text()), "returns": tool.returns.as_ref().map(|returns| schema(returns.text())),
        "left_out_because": cut(reason, 300)
    })
}

/// The line of a tool that is there.
pub(crate) fn there(number: usize, name: &str, world: &World) -> Option<Value> {
    let (_, sql) = world.tool(name)?;
    (sql.chars().count() <= EXAMPLE_CHARS_MAX).then(|| json!({"i": number, "name": name, "in_pack": true, "sql": sql}))
}

impl NewTool {
    /// `given` as the tool `name`.
    pub(crate) fn new(name: &str, given: Given, tables: &[NewTable]) -> Self {
        Self { name: name.to_owned(), given, tables: tables.to_vec() }
    }

    /// True where it says that it reads.
    pub(crate) fn reads(&self) -> bool {
        reads(self.given.class)
    }

    /// The world with this tool, in place of one of its name, and with the tables that it speaks of.
    pub(crate) fn apply(&self, world: &World, tool: &CatalogTool, options: &AuthorOptions) -> Result<World, String> {
        let body = self.body(options)?;
        let calls = self.calls(options)?;
        let mut world = world.clone();
        for table in self.needed(&body, options)? {
            add_table(&mut world, table, options)?;
        }
        if let Some(old) = section(world.text(TOOLS), &self.name).map(str::to_owned) {
            let rest = world.text(TOOLS).replace(&old, "");
            world.sources.insert(TOOLS, rest);
        }
        let doc = cut(&tool.description, DOC_CHARS_MAX);
        let head = format!(
            "-- @tool {}\n-- @doc {}\n-- @catalog {}\n",
            self.name,
            if doc.is_empty() { self.name.as_str() } else { &doc },
            tool.id
        );
        world.sources.insert(format!("tools/{}.sql", self.name), format!("{head}{body}\n{}", examples(&calls)));
        if world.written.insert(self.name.clone(), calls).is_none() {
            let policy = may_use(world.text(POLICY), &self.name, &doc);
            world.sources.insert(POLICY, policy);
        }
        Ok(world)
    }

    /// The tool's text without what the program writes itself.
    fn body(&self, options: &AuthorOptions) -> Result<String, String> {
        if self.given.sql.chars().count() > options.sql_chars_max {
            return Err(format!("its SQL has more than {} characters", options.sql_chars_max));
        }
        let mut out = String::new();
        let mut is_ours = false;
        for line in self.given.sql.trim().lines() {
            match annotation(line) {
                Some((word, _)) if OURS.contains(&word) => is_ours = true,
                Some((word, _)) if !ALLOWED.contains(&word) => {
                    return Err(format!("`@{}` may not stand in a tool of yours", names::untrusted(word, 40)));
                }
                // A line that goes on with an annotation that is taken out goes with it.
                None if is_ours && line.trim_start().starts_with("--  ") => {}
                _ => {
                    is_ours = false;
                    out.push_str(line.trim_end());
                    out.push('\n');
                }
            }
        }
        Ok(out)
    }

    fn calls(&self, options: &AuthorOptions) -> Result<Calls, String> {
        let read = |what: &str, text: &str| {
            if text.chars().count() > options.sql_chars_max {
                return Err(format!("`{what}` has more than {} characters", options.sql_chars_max));
            }
            let value = strict::parse(text).map_err(|error| format!("`{what}` is no JSON: {error}"))?;
            if value.is_object() { Ok(value) } else { Err(format!("`{what}` is no JSON object")) }
        };
        if self.given.wrong.len() > WRONG_MAX {
            return Err(format!("it has more than {WRONG_MAX} wrong calls"));
        }
        let wrong = |call: &WrongCall| Ok((read("wrong", &call.arguments)?, call.code));
        let seen = &self.given.seen_by;
        let seen_by = match seen.tool.trim() {
            "" => None,
            _ if reads(self.given.class) => None,
            tool => Some((tool.to_owned(), read("seen_by", &seen.arguments)?)),
        };
        let wrong = self.given.wrong.iter().map(wrong).collect::<Result<Vec<_>, String>>()?;
        Ok(Calls { class: self.given.class, good: read("good", &self.given.good)?, wrong, seen_by })
    }

    /// The tables of the answer that `body` speaks of, or that such a table refers to; those that others refer to first.
    fn needed(&self, body: &str, options: &AuthorOptions) -> Result<Vec<&NewTable>, String> {
        if self.tables.len() > options.tables_max {
            return Err(format!("the answer has more than {} tables", options.tables_max));
        }
        let mut used: BTreeSet<usize> = (0..self.tables.len()).filter(|i| mentions(body, &self.tables[*i].name)).collect();
        loop {
            let more = |i: &usize| used.iter().any(|u| mentions(&self.tables[*u].sql, &self.tables[*i].name));
            let found: Vec<usize> = (0..self.tables.len()).filter(|i| !used.contains(i)).filter(more).collect();
            if found.is_empty() {
                return Ok(used.into_iter().map(|i| &self.tables[i]).collect());
            }
            used.extend(found);
        }
    }
}

/// Adds a table and its rows, unless an accepted tool has brought it already.
fn add_table(world: &mut World, table: &NewTable, options: &AuthorOptions) -> Result<(), String> {
    let name = &table.name;
    if !is_plain(name) {
        return Err(format!("`{}` is no name for a table: lower-case words joined by `_`", names::untrusted(name, 64)));
    }
    let sql = table.sql.trim().trim_end_matches(';').trim_end();
    if sql.chars().count() > options.sql_chars_max || table.rows.len() > options.rows_max {
        return Err(format!(
            "the table `{name}` has more than {} characters, or more than {} rows",
            options.sql_chars_max, options.rows_max
        ));
    }
    let words: Vec<String> =
        sql.split(|c: char| c.is_whitespace() || c == '(').filter(|w| !w.is_empty()).take(3).map(str::to_ascii_lowercase).collect();
    let is_table = words.iter().map(String::as_str).eq(["create", "table", name.as_str()]);
    if !is_table || sql.contains(';') || sql.contains("--") {
        return Err(format!("the table `{name}` is not one statement `CREATE TABLE {name} (…)`"));
    }
    let statement = format!("{sql};\n");
    if world.text(SCHEMA).contains(&statement) {
        return Ok(());
    }
    let mut rows: Vec<Row> = Vec::new();
    for (number, text) in table.rows.iter().enumerate() {
        let row = strict::parse(text).map_err(|error| format!("row {number} of `{name}` is no JSON: {error}"))?;
        let Value::Object(row) = row else { return Err(format!("row {number} of `{name}` is no JSON object")) };
        rows.push(row);
    }
    let schema = format!("{}\n{statement}", world.text(SCHEMA));
    world.sources.insert(SCHEMA, schema);
    world.set_rows(name, rows);
    Ok(())
}

/// The policy, which says that the tool may be used.
fn may_use(policy: &str, name: &str, doc: &str) -> String {
    const HEADING: &str = "## What you may do\n\n";
    let at = policy.find(HEADING).map_or(policy.len(), |at| at + HEADING.len());
    let what = if doc.is_empty() { String::new() } else { format!(": {}", cut(doc, 160)) };
    format!("{}- Use `{name}`{what}\n{}", &policy[..at], &policy[at..])
}

/// The calls as examples of the tool, which `wardian tool test` makes again.
fn examples(calls: &Calls) -> String {
    let mut out = format!("-- @example good arguments\n-- @call {}\n", calls.good);
    for (arguments, code) in &calls.wrong {
        out.push_str(&format!("-- @example wrong arguments\n-- @call {arguments}\n-- @fails {}\n", code.word()));
    }
    out
}
