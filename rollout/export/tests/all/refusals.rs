//! What a form cannot carry is refused by name, whole.

use crate::sample::{Dialogue, MARKED, MASKED, ok, parallel, plain, tools};
use serde_json::json;
use wardian_export::{Exporter, Form, Options};
use wardian_format::{Message, Trajectory};

/// `trajectory` has no row in `forms` for the reason `code`, and one in all others.
#[track_caller]
fn refused(trajectory: &Trajectory, options: Options, code: &str, forms: &[Form]) {
    for form in Form::ALL {
        let row = Exporter::new(form, options, "train").row(trajectory, &tools());
        let got = row.as_ref().map_or_else(|refusal| refusal.code(), |_| "a row");
        assert_eq!(got, if forms.contains(&form) { code } else { "a row" }, "{}: {row:?}", form.name());
    }
}

#[test]
fn each_reason_has_its_case() {
    use Form::{Atif, LlamaFactory, OpenAi, Trl, Verl, VerlRl};
    let called = |arguments: &str| {
        let calls = [("a", "get", arguments)];
        Dialogue::new("t").user("Go.").calls(None, None, &calls).answer("a", "get", ok(json!(1))).says("Done.").end()
    };
    for wrong in ["[1]", "no JSON", "{\"id\":1,\"id\":2}"] {
        refused(&called(wrong), MARKED, "arguments", &[Trl, Verl, LlamaFactory, Atif]);
    }
    refused(&parallel("t"), MARKED, "reasoning", &[OpenAi]);
    refused(&plain("t"), MASKED, "masked_turn", &[LlamaFactory]);
    let twice = Dialogue::new("t").user("One.").user("Two.").says("Yes.").end();
    refused(&twice, MARKED, "alternation", &[LlamaFactory]);
    refused(&Dialogue::new("t").says("Hello.").user("Hi.").says("Bye.").end(), MARKED, "alternation", &[LlamaFactory]);
    let word = Dialogue::new("t").user("Go.").calls(None, Some("A <tool_call>?"), &[("a", "get", "{}")]);
    refused(&word.answer("a", "get", ok(json!(1))).says("Done.").end(), MARKED, "reserved_word", &[LlamaFactory]);
    let unanswered = Dialogue::new("t").user("Go.").calls(None, None, &[("a", "get", "{}"), ("b", "get", "{}")]);
    refused(&unanswered.answer("b", "get", ok(json!(1))).says("Done.").end(), MARKED, "answers", &[LlamaFactory, Atif, OpenAi]);
    let stray = Dialogue::new("t").user("Go.").says("No.").answer("x", "get", ok(json!(1))).says("Done.").end();
    refused(&stray, MARKED, "answers", &[LlamaFactory, Atif, OpenAi]);
    let first = Dialogue::new("t").answer("x", "get", ok(json!(1))).says("Done.").end();
    let all = [LlamaFactory, Atif, OpenAi];
    for form in all {
        let refusal = Exporter::new(form, MARKED, "train").row(&first, &tools()).expect_err("an answer to nothing");
        assert_eq!(refusal.code(), "answers", "{}", form.name());
    }
    let empty = Message::Assistant { content: None, reasoning: None, tool_calls: Vec::new() };
    let empty = Dialogue::new("t").user("Go.").push(empty).user("Well?").says("Yes.").end();
    refused(&empty, MARKED, "empty_turn", &[LlamaFactory, OpenAi]);
    refused(&Dialogue::new("t").user("Anyone?").end(), MARKED, "nothing_learned", &Form::ALL);
    let mut failed = plain("t");
    failed.verdict = None;
    refused(&failed, MARKED, "not_passed", &[VerlRl]);
    let mut unrecorded = plain("t");
    unrecorded.calls.remove(0);
    refused(&unrecorded, MASKED, "unrecorded", &Form::ALL);
}

/// A refused trajectory leaves no trace: the next row is numbered as if it had not been there.
#[test]
fn a_refusal_takes_no_number() {
    let mut exporter = Exporter::new(Form::VerlRl, MARKED, "train");
    let mut failed = plain("one/a");
    failed.verdict = None;
    exporter.row(&failed, &tools()).expect_err("not passed");
    assert_eq!(exporter.row(&plain("one/b"), &tools()).expect("a row").value["extra_info"]["index"], 0);
}
