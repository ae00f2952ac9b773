//! A small world for tests of packs and environments: issues that can be read and closed.

use crate::{Guest, Texts, component};
use serde_json::json;
use wardian_format::limits::Profile;
use wardian_format::pack::{Effect, PACK_FORMAT, Provenance, Role, Statements};
use wardian_format::{Digests, Manifest, SqlValue, ToolSpec};
use wardian_state::{Base, Context, build_image};

/// Its schema.
pub const SCHEMA: &str = "CREATE TABLE issues (id INTEGER PRIMARY KEY, title TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'closed'))) STRICT;
CREATE TABLE notes (id INTEGER PRIMARY KEY, issue_id INTEGER NOT NULL REFERENCES issues(id) DEFERRABLE INITIALLY DEFERRED, text TEXT NOT NULL) STRICT;";

const GET: &str = "SELECT json_object('id', id, 'title', title, 'state', state) FROM issues WHERE id = json_extract(?1, '$.id')";
const LIST: &str = "SELECT json_group_array(id ORDER BY id) FROM (SELECT id FROM issues WHERE state = json_extract(?1, '$.state') ORDER BY id LIMIT json_extract(?1, '$.limit'))";
const CLOSE: &str = "UPDATE issues SET state = 'closed' WHERE id = json_extract(?1, '$.id')";
const NOTE: &str =
    "INSERT INTO notes SELECT coalesce(max(id), 0) + 1, json_extract(?1, '$.issue_id'), json_extract(?1, '$.text') FROM notes";
const ANY: &str = "SELECT json_object('id', id) FROM issues WHERE json_valid(?1) LIMIT 1";
const RESET: &str = "UPDATE issues SET state = 'open' WHERE json_valid(?1)";

/// The pieces of a pack.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The component.
    pub component: Vec<u8>,
    /// The manifest, with the right digests.
    pub manifest: Manifest,
    /// The image.
    pub image: Vec<u8>,
}

/// Three issues, all open; tools `get_issue`, `list_issues`, `close_issue`, `add_note` (whose foreign key is
/// checked at the end), `break_issue` (changes and then traps), `sneak_close` (a read that writes), `any_issue` (the
/// first in no order), `lie` (returns what is not JSON), and `reopen_all` for the set-up.
pub fn sample() -> Sample {
    let mut texts = Texts::default();
    let close = texts.put(CLOSE);
    let guests = [
        Guest::query("get-issue", GET, &mut texts),
        Guest::query("list-issues", LIST, &mut texts),
        Guest::change("close-issue", CLOSE, &mut texts),
        Guest::change("add-note", NOTE, &mut texts),
        Guest::new("break-issue", &format!("(drop (call $change (local.get $db) {close} (local.get $args) (local.get $len))) unreachable")),
        Guest::change("sneak-close", &format!("WITH x AS (SELECT 1) {CLOSE}"), &mut texts),
        Guest::query("any-issue", ANY, &mut texts),
        Guest::returns("lie", b"{'not': json}", &mut texts),
        Guest::change("reopen-all", RESET, &mut texts),
    ];
    let id = json!({"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"], "additionalProperties": false});
    let list = json!({"type": "object", "additionalProperties": false, "properties": {
        "state": {"type": "string", "enum": ["open", "closed"], "default": "open"},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
    }});
    let note = json!({"type": "object", "required": ["issue_id", "text"], "additionalProperties": false, "properties": {
        "issue_id": {"type": "integer"}, "text": {"type": "string"},
    }});
    let none = json!({"type": "object", "additionalProperties": false});
    let sneak = format!("WITH x AS (SELECT 1) {CLOSE}");
    let tools = vec![
        tool("get_issue", &id, Effect::Read, Role::Agent, GET),
        tool("list_issues", &list, Effect::Read, Role::Agent, LIST),
        tool("close_issue", &id, Effect::Write, Role::Agent, CLOSE),
        tool("add_note", &note, Effect::Write, Role::Agent, NOTE),
        tool("break_issue", &id, Effect::Write, Role::Agent, CLOSE),
        tool("sneak_close", &id, Effect::Read, Role::Agent, &sneak),
        tool("any_issue", &none, Effect::Read, Role::Agent, ANY),
        tool("lie", &none, Effect::Write, Role::Agent, CLOSE),
        tool("reopen_all", &none, Effect::Write, Role::Setup, RESET),
    ];
    let issue = |id: i64| vec![SqlValue::Integer(id), SqlValue::Text(format!("issue {id}")), SqlValue::Text("open".to_owned())];
    let columns = ["id", "title", "state"].map(str::to_owned).to_vec();
    let image = build_image(SCHEMA, &[("issues".to_owned(), columns, (1..=3).map(issue).collect())]).expect("the image is built");
    let manifest = manifest(tools, initial(&image));
    Sample { component: component(&guests, &texts, ""), manifest, image }
}

fn initial(image: &[u8]) -> Digests {
    let base = Base::open(image.to_vec(), &[]).expect("the image opens");
    base.state(Context { seed: 0, now_unix_s: 0 }).digests().expect("digests")
}

fn tool(name: &str, parameters: &serde_json::Value, effect: Effect, role: Role, sql: &str) -> ToolSpec {
    ToolSpec {
        name: name.to_owned(),
        export: wardian_format::names::kebab(name),
        description: format!("The tool {name}."),
        parameters: parameters.clone(),
        returns: None,
        effect,
        role,
        statements: Statements::Closed { sql: vec![sql.to_owned()] },
        refs: Vec::new(),
        yields: Vec::new(),
        guest: None,
        catalog_id: None,
    }
}

fn manifest(tools: Vec<ToolSpec>, initial: Digests) -> Manifest {
    Manifest {
        format: PACK_FORMAT,
        name: "issues".to_owned(),
        title: "Issues".to_owned(),
        description: "A tracker of three issues.".to_owned(),
        now: "2026-01-31T12:00:00Z".to_owned(),
        profile: Profile::Sql,
        tools,
        links: Vec::new(),
        after: Vec::new(),
        guests: Vec::new(),
        errors: Vec::new(),
        order: Vec::new(),
        ungraded: Vec::new(),
        initial,
        provenance: Provenance {
            compiler: "by hand".to_owned(),
            sqlite: "any".to_owned(),
            author: "hand".to_owned(),
            license: "MIT".to_owned(),
            sources: Vec::new(),
        },
    }
}
