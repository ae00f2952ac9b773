//! Trajectories made by hand, with what trips converters: nested arguments, nulls, long floats, marks in texts, parallel calls.

use serde_json::{Value, json};
use wardian_export::{Container, Exporter, Form, Options, Row, Sheet};
use wardian_format::outcome::{Outcome, ToolErrorCode};
use wardian_format::trajectory::{Certificate, EndReason, TRAJECTORY_FORMAT, ToolCall, Usage};
use wardian_format::{CallRecord, Digest, Digests, Message, Trajectory, Verdict, json as wjson};
use wardian_model::ToolDefinition;

/// The loss marked, everything else as it comes.
pub(crate) const MARKED: Options = Options { mask_errors: false, reasoning: wardian_export::Reasoning::Keep, mark_loss: true };

/// As [`MARKED`], without the turns that failed.
pub(crate) const MASKED: Options = Options { mask_errors: true, ..MARKED };

fn digests(of: &str) -> Digests {
    Digests { full: Digest::of(of.as_bytes()), graded: Digest::of(format!("graded {of}").as_bytes()) }
}

/// A dialogue under construction.
pub(crate) struct Dialogue(Trajectory);

impl Dialogue {
    pub(crate) fn new(id: &str) -> Self {
        let verdict = json!({"passed": true, "state": true, "calls": true});
        let certificate = Certificate {
            pack: "shop".to_owned(),
            pack_digest: Digest::of(b"pack"),
            digest_version: 1,
            seed: u64::MAX,
            now: "2026-01-02T03:04:05Z".to_owned(),
            limits: Digest::of(b"limits"),
            initial: digests("first"),
            last: digests("last"),
            certifiable: true,
        };
        Self(Trajectory {
            format: TRAJECTORY_FORMAT,
            id: id.to_owned(),
            task: id.split('/').next().unwrap_or(id).to_owned(),
            agent: "made:by-hand".to_owned(),
            user: "made:by-hand".to_owned(),
            trial: 0,
            fork: None,
            tools: Vec::new(),
            messages: Vec::new(),
            setup: Vec::new(),
            calls: Vec::new(),
            end: EndReason::UserDone,
            usage: Usage::default(),
            certificate,
            verdict: Some(serde_json::from_value::<Verdict>(verdict).expect("a verdict")),
        })
    }

    pub(crate) fn system(self, text: &str) -> Self {
        self.push(Message::System { content: text.to_owned() })
    }

    pub(crate) fn user(self, text: &str) -> Self {
        self.push(Message::User { content: text.to_owned() })
    }

    pub(crate) fn says(self, text: &str) -> Self {
        self.push(Message::Assistant { content: Some(text.to_owned()), reasoning: None, tool_calls: Vec::new() })
    }

    /// A turn with calls: id, name, arguments as the agent wrote them.
    pub(crate) fn calls(self, reasoning: Option<&str>, text: Option<&str>, calls: &[(&str, &str, &str)]) -> Self {
        let call = |(id, name, arguments): &(&str, &str, &str)| ToolCall {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            arguments: (*arguments).to_owned(),
        };
        let tool_calls = calls.iter().map(call).collect();
        self.push(Message::Assistant { content: text.map(str::to_owned), reasoning: reasoning.map(str::to_owned), tool_calls })
    }

    /// What came of a call, in the messages and as a record.
    pub(crate) fn answer(mut self, id: &str, name: &str, outcome: Outcome) -> Self {
        let record = CallRecord {
            tool: name.to_owned(),
            arguments: json!({}),
            outcome,
            body: None,
            arguments_digest: Digest::of(id.as_bytes()),
            result_digest: Digest::of(id.as_bytes()),
            state: digests(id),
        };
        let content = wjson::canonical(&record.observation()).expect("JSON");
        self.0.calls.push(record);
        self.push(Message::Tool { tool_call_id: id.to_owned(), name: name.to_owned(), content })
    }

    pub(crate) fn push(mut self, message: Message) -> Self {
        self.0.messages.push(message);
        self
    }

    pub(crate) fn end(self) -> Trajectory {
        self.0
    }
}

pub(crate) fn ok(result: Value) -> Outcome {
    Outcome::Ok { result }
}

pub(crate) fn refused(message: &str) -> Outcome {
    Outcome::ToolError { code: ToolErrorCode::NotFound, message: message.to_owned() }
}

/// Tools whose schemas have few keys in common.
pub(crate) fn tools() -> Vec<ToolDefinition> {
    let tool = |name: &str, description: &str, parameters: Value| ToolDefinition {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters,
    };
    vec![
        tool(
            "find",
            "Finds items. “Quoted”, <b>marked</b>, 100 %.",
            json!({"type": "object", "properties": {"q": {"type": "string"}, "deep": {"type": "object", "additionalProperties": true},
                "limit": {"type": ["integer", "null"], "default": null, "minimum": 1}}, "required": ["q"]}),
        ),
        tool(
            "get",
            "Gets one item.",
            json!({"type": "object", "additionalProperties": false, "properties": {"id": {"type": "integer", "enum": [1, 9007199254740993_u64]}}}),
        ),
        tool("bye", "", json!({"type": "object", "properties": {}})),
    ]
}

/// One call at a time, one of them refused; text beside a call.
pub(crate) fn plain(id: &str) -> Trajectory {
    let nested = r#"{"q":"é “x” </tool_call> <think>","limit":null,"deep":{"b":[1,{"c":null}],"f":0.1234567890123456,"tiny":1e-12}}"#;
    Dialogue::new(id)
        .system("Be <kind>.\n\nThe time is now.")
        .user("Find me “x”.\nPlease.")
        .calls(None, None, &[("call_1", "get", r#"{"id":9007199254740993}"#)])
        .answer("call_1", "get", refused("no item 9007199254740993"))
        .calls(None, Some("Let me look."), &[("call_2", "find", nested)])
        .answer("call_2", "find", ok(json!({"items": [{"id": 1, "name": "x", "gone": null}]})))
        .says("It is there: x. 😀")
        .user("Thanks!")
        .end()
}

/// Reasoning, and two calls in one turn, answered in another order.
pub(crate) fn parallel(id: &str) -> Trajectory {
    Dialogue::new(id)
        .system("Be kind.")
        .user("Both, please.")
        .calls(Some("Two calls will do."), None, &[("a", "find", r#"{"q":"one"}"#), ("b", "get", r#"{"id":1}"#)])
        .answer("b", "get", ok(json!({"id": 1})))
        .answer("a", "find", ok(json!([])))
        .calls(Some("And now?"), Some("Done, I think."), &[("c", "bye", "{}")])
        .answer("c", "bye", ok(json!({})))
        .says("Done.")
        .end()
}

/// Rows of `form`.
pub(crate) fn rows(form: Form, options: Options, trajectories: &[Trajectory]) -> Vec<Row> {
    let mut exporter = Exporter::new(form, options, "train");
    trajectories.iter().map(|trajectory| exporter.row(trajectory, &tools()).expect("a row")).collect()
}

/// A file of `form`.
pub(crate) fn file(form: Form, container: Container, rows: &[Row]) -> Vec<u8> {
    let mut sheet = Sheet::new(form, container, Default::default(), Vec::new()).expect("a sheet");
    rows.iter().for_each(|row| sheet.push(row.value.clone()).expect("it fits"));
    sheet.finish().expect("a file")
}
