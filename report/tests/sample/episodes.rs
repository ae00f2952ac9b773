//! Played episodes of the made-up run.

use serde_json::{Value, json};
use wardian_format::state::{CellChange, Change, RowChange};
use wardian_format::task::{Difficulty, GoldCall, Split, UserBrief};
use wardian_format::trajectory::{Certificate, EndReason, ToolCall};
use wardian_format::verdict::{Decision, Divergence, Stage};
use wardian_format::{
    CallRecord, Diff, Digest, Digests, Message, Outcome, SqlValue, Task, ToolErrorCode, Trajectory, Verdict, json::digest as json_digest,
};
use wardian_report::EpisodeInfo;

/// A step of a script: the user speaks, the agent speaks, or the agent calls.
enum Step {
    User(&'static str),
    Agent(&'static str),
    Call(&'static str, Value, Outcome, Vec<RowChange>),
}

/// Eight episodes, one for each way to end.
pub(crate) fn episodes() -> Vec<EpisodeInfo> {
    let mut out = Vec::new();
    for (index, number) in [7, 19, 23].into_iter().enumerate() {
        out.push(episode("issue-tracking", number, "scripted:recovers", issue(true, index), kept("recovered"), None));
    }
    out.push(episode("issue-tracking", 7, "scripted:plan", issue(false, 0), kept("clean"), None));
    out.push(episode("calendar-events", 3, "scripted:plan", meeting(true), kept("clean"), None));
    let dropped = |stage, code: &str, reason: &str| (false, Some(stage), code.to_owned(), reason.to_owned());
    out.push(episode(
        "calendar-events",
        3,
        "scripted:errs",
        meeting(false),
        dropped(Stage::State, "state_differs", "1 row differs from the goal"),
        Some(moved_wrong()),
    ));
    out.push(episode(
        "issue-tracking",
        31,
        "scripted:errs",
        twice(),
        dropped(Stage::Calls, "extra_write", "`labels_create` wrote and is not in the plan"),
        Some(extra()),
    ));
    out.push(episode(
        "issue-tracking",
        12,
        "scripted:errs",
        stuck(),
        dropped(Stage::Validity, "repetition", "the same failing call was made 4 times in a row"),
        None,
    ));
    out
}

fn kept(code: &str) -> (bool, Option<Stage>, String, String) {
    let reason =
        if code == "clean" { "state and calls are the plan's" } else { "one call failed; the agent corrected it and finished the plan" };
    (true, None, code.to_owned(), reason.to_owned())
}

fn ok(result: Value) -> Outcome {
    Outcome::Ok { result }
}

fn no(code: ToolErrorCode, message: &str) -> Outcome {
    Outcome::ToolError { code, message: message.into() }
}

fn issue(errs: bool, variant: usize) -> Vec<Step> {
    let title = ["Flaky build on main", "Login page is blank after an update", "Export drops the last row"][variant];
    let args = |repo: &str| json!({"owner": "acme", "repo": repo, "title": title, "labels": ["bug"]});
    let made = json!({"id": 900_412, "number": 41, "title": title, "state": "open", "labels": [{"name": "bug", "color": "d73a4a"}],
        "user": {"login": "mona", "id": 1204}, "comments": 0, "created_at": "2026-03-02T09:00:00Z", "locked": false,
        "html_url": "https://example.org/acme/rocket/issues/41"});
    let list = json!([{"id": 77, "name": "rocket", "full_name": "acme/rocket", "open_issues": 3}, {"id": 78, "name": "rover", "full_name": "acme/rover", "open_issues": 0}]);
    let mut steps = vec![Step::User(
        "Hi! Please open an issue about a problem we have. It should be labelled as a bug, and I would like Lin to look at it.",
    )];
    steps.push(Step::Agent("Gladly. Which repository is it for, and what should the title be?"));
    steps.push(Step::User("The repository is acme/rocket. The title is in my notes; use it as it stands."));
    if errs {
        steps.push(Step::Call(
            "issues_create",
            args("rokcet"),
            no(ToolErrorCode::NotFound, "there is no repository `rokcet` of `acme`"),
            vec![],
        ));
    }
    steps.push(Step::Call("repos_list", json!({"owner": "acme", "per_page": 30}), ok(list), vec![]));
    steps.push(Step::Call("issues_create", args("rocket"), ok(made), issue_rows(title)));
    let assigned = json!({"number": 41, "assignees": [{"login": "lin", "id": 1311}], "state": "open"});
    steps.push(Step::Call(
        "issues_update",
        json!({"owner": "acme", "repo": "rocket", "issue_number": 41, "assignees": ["lin"]}),
        ok(assigned),
        assign_rows(),
    ));
    steps.push(Step::Agent("Issue 41 is open in acme/rocket, labelled “bug” and assigned to lin."));
    steps.push(Step::User("Perfect, thank you. That is all."));
    steps
}

fn issue_rows(title: &str) -> Vec<RowChange> {
    let issue = [
        ("number", SqlValue::Integer(41)),
        ("title", SqlValue::Text(title.into())),
        ("state", SqlValue::Text("open".into())),
        ("user_id", SqlValue::Integer(1204)),
        ("body", SqlValue::Null),
        ("created_at", SqlValue::Text("2026-03-02T09:00:00Z".into())),
    ];
    vec![
        inserted("issues", vec![SqlValue::Integer(900_412)], &issue),
        inserted("issue_labels", vec![SqlValue::Integer(900_412), SqlValue::Text("bug".into())], &[]),
        updated("repos", 77, "open_issues", SqlValue::Integer(3), SqlValue::Integer(4)),
    ]
}

fn assign_rows() -> Vec<RowChange> {
    vec![inserted("issue_assignees", vec![SqlValue::Integer(900_412), SqlValue::Integer(1311)], &[])]
}

fn meeting(right: bool) -> Vec<Step> {
    let day = if right { "2026-03-05T14:00:00Z" } else { "2026-03-06T14:00:00Z" };
    let hits = json!({"items": [{"id": "ev_7q2k", "summary": "Design review", "start": {"dateTime": "2026-03-04T10:00:00Z"}, "attendees": [{"email": "ada@example.org"}, {"email": "lin@example.org"}]}]});
    let args = json!({"calendar_id": "primary", "event_id": "ev_7q2k", "start": {"dateTime": day}, "send_updates": "all"});
    let result = json!({"id": "ev_7q2k", "summary": "Design review", "start": {"dateTime": day}, "status": "confirmed", "sequence": 2});
    let before = SqlValue::Text("2026-03-04T10:00:00Z".into());
    let mut rows = vec![updated("events", 5, "start_at", before, SqlValue::Text(day.into()))];
    rows[0].key = vec![SqlValue::Text("ev_7q2k".into())];
    rows[0].cells.push(CellChange { column: "sequence".into(), before: Some(SqlValue::Integer(1)), after: Some(SqlValue::Integer(2)) });
    vec![
        Step::User("Can you move the design review to Thursday at two? Everyone should be told."),
        Step::Call("events_list", json!({"calendar_id": "primary", "q": "Design review"}), ok(hits), vec![]),
        Step::Call("events_update", args, ok(result), rows),
        Step::Agent("Done: the design review is moved, and both attendees were told."),
        Step::User("Thanks!"),
    ]
}

fn moved_wrong() -> Verdict {
    let text = |t: &str| SqlValue::Text(t.into());
    let mut row = updated("events", 5, "start_at", text("2026-03-05T14:00:00Z"), text("2026-03-06T14:00:00Z"));
    row.key = vec![text("ev_7q2k")];
    Verdict {
        passed: false,
        state: false,
        calls: false,
        reordered: None,
        order: None,
        facts: None,
        actions: None,
        assertions: None,
        judged: vec![],
        reasons: vec![
            "1 row differs from the goal state".into(),
            "call 2 has `2026-03-06T14:00:00Z` where the plan has `2026-03-05T14:00:00Z`".into(),
        ],
        difference: Diff { rows: vec![row] },
        divergence: Some(Divergence {
            index: 1,
            expected: json!({"tool": "events_update", "arguments": {"calendar_id": "primary", "event_id": "ev_7q2k", "start": {"dateTime": "2026-03-05T14:00:00Z"}, "send_updates": "all"}}),
            actual: json!({"tool": "events_update", "arguments": {"calendar_id": "primary", "event_id": "ev_7q2k", "start": {"dateTime": "2026-03-06T14:00:00Z"}, "send_updates": "all"}}),
        }),
    }
}

fn twice() -> Vec<Step> {
    let mut steps = issue(false, 2);
    let label =
        inserted("labels", vec![SqlValue::Integer(77), SqlValue::Text("urgent".into())], &[("color", SqlValue::Text("b60205".into()))]);
    let gone = RowChange {
        change: Change::Deleted,
        cells: vec![CellChange { column: "color".into(), before: Some(SqlValue::Text("b60205".into())), after: None }],
        ..label.clone()
    };
    steps.insert(
        4,
        Step::Call(
            "labels_create",
            json!({"owner": "acme", "repo": "rocket", "name": "urgent", "color": "b60205"}),
            ok(json!({"name": "urgent"})),
            vec![label],
        ),
    );
    steps.insert(7, Step::Call("labels_delete", json!({"owner": "acme", "repo": "rocket", "name": "urgent"}), ok(json!({})), vec![gone]));
    steps
}

fn extra() -> Verdict {
    Verdict {
        passed: true,
        state: true,
        calls: false,
        reordered: None,
        order: None,
        facts: None,
        actions: None,
        assertions: None,
        judged: vec![],
        reasons: vec!["the state is right, but `labels_create` and `labels_delete` are not in the plan".into()],
        difference: Diff::default(),
        divergence: Some(Divergence {
            index: 1,
            expected: json!({"tool": "issues_create", "arguments": {"owner": "acme", "repo": "rocket", "title": "Export drops the last row", "labels": ["bug"]}}),
            actual: json!({"tool": "labels_create", "arguments": {"owner": "acme", "repo": "rocket", "name": "urgent", "color": "b60205"}}),
        }),
    }
}

fn stuck() -> Vec<Step> {
    let mut steps = vec![Step::User("Please close issue 40 in acme/rocket.")];
    for _ in 0..4 {
        let outcome = Outcome::InvalidArguments { message: "/issue_number: \"forty\" is not of type \"integer\"".into() };
        steps.push(Step::Call(
            "issues_update",
            json!({"owner": "acme", "repo": "rocket", "issue_number": "forty", "state": "closed"}),
            outcome,
            vec![],
        ));
    }
    steps.push(Step::Agent("I am sorry, I could not close it."));
    steps
}

fn inserted(table: &str, key: Vec<SqlValue>, cells: &[(&str, SqlValue)]) -> RowChange {
    let cells = cells.iter().map(|(c, v)| CellChange { column: (*c).into(), before: None, after: Some(v.clone()) }).collect();
    RowChange { table: table.into(), key, change: Change::Inserted, cells }
}

fn updated(table: &str, key: i64, column: &str, before: SqlValue, after: SqlValue) -> RowChange {
    let cells = vec![CellChange { column: column.into(), before: Some(before), after: Some(after) }];
    RowChange { table: table.into(), key: vec![SqlValue::Integer(key)], change: Change::Updated, cells }
}

type Fate = (bool, Option<Stage>, String, String);

fn episode(pack: &str, number: usize, agent: &str, steps: Vec<Step>, fate: Fate, verdict: Option<Verdict>) -> EpisodeInfo {
    let task_id = format!("{pack}/{number:04}");
    let id = format!("{task_id}/{agent}/0");
    let start = digests(&task_id, 0);
    let (mut state, mut writes) = (start, 0);
    let mut messages =
        vec![Message::System { content: "You help with the tools you are given. Ask for what you are not told. Say what you did.".into() }];
    let (mut calls, mut diffs) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::User(text) => messages.push(Message::User { content: text.into() }),
            Step::Agent(text) => messages.push(Message::Assistant { content: Some(text.into()), reasoning: None, tool_calls: vec![] }),
            Step::Call(tool, arguments, outcome, rows) => {
                if !rows.is_empty() {
                    writes += 1;
                    state = digests(&task_id, writes);
                }
                let call_id = format!("call_{}", calls.len());
                let call = ToolCall { id: call_id.clone(), name: tool.into(), arguments: arguments.to_string() };
                messages.push(Message::Assistant { content: None, reasoning: None, tool_calls: vec![call] });
                messages.push(Message::Tool { tool_call_id: call_id, name: tool.into(), content: outcome.observation().to_string() });
                calls.push(record(tool, arguments, outcome, state));
                diffs.push(Some(Diff { rows }));
            }
        }
    }
    let goal = if verdict.as_ref().is_none_or(|v| v.state) { state } else { digests("goal", 9) };
    let task = task(&task_id, pack, &calls, verdict.as_ref(), start, goal);
    let (was_kept, stage, code, reason) = fate;
    let trajectory = Trajectory {
        format: wardian_format::trajectory::TRAJECTORY_FORMAT,
        id: id.clone(),
        task: task_id,
        agent: agent.into(),
        user: "scripted".into(),
        trial: 0,
        fork: None,
        tools: vec![],
        messages,
        setup: vec![],
        calls,
        end: EndReason::UserDone,
        usage: wardian_format::trajectory::Usage::default(),
        certificate: Certificate {
            pack: pack.into(),
            pack_digest: Digest::of(pack.as_bytes()),
            limits: Digest::of(b"limits"),
            digest_version: 1,
            seed: 1_234_567,
            now: "2026-03-02T09:00:00Z".into(),
            initial: start,
            last: state,
            certifiable: true,
        },
        verdict: Some(verdict.unwrap_or_else(|| bare(was_kept))),
    };
    let decision = Decision { trajectory: id, kept: was_kept, stage, code, reason };
    EpisodeInfo { trajectory, task: Some(task), decision: Some(decision), diffs }
}

/// A verdict without explanations.
fn bare(passed: bool) -> Verdict {
    Verdict {
        passed,
        state: passed,
        calls: passed,
        reordered: None,
        order: None,
        facts: None,
        actions: None,
        assertions: None,
        judged: vec![],
        reasons: vec![],
        difference: Diff::default(),
        divergence: None,
    }
}

fn record(tool: &str, arguments: Value, outcome: Outcome, state: Digests) -> CallRecord {
    let arguments_digest = json_digest(&arguments).expect("plain JSON");
    let result_digest = json_digest(&outcome.observation()).expect("plain JSON");
    CallRecord { tool: tool.into(), arguments, outcome, body: None, arguments_digest, result_digest, state }
}

fn digests(what: &str, step: usize) -> Digests {
    let of = |kind: &str| Digest::of(format!("{kind} {what} {step}").as_bytes());
    Digests { full: of("full"), graded: of("graded") }
}

/// The plan: the successful calls without those on labels; where the verdict says what was expected, that.
fn task(id: &str, pack: &str, calls: &[CallRecord], verdict: Option<&Verdict>, initial: Digests, goal: Digests) -> Task {
    let mut gold: Vec<GoldCall> = calls.iter().filter(|c| c.outcome.is_ok() && !c.tool.starts_with("labels_")).map(gold_call).collect();
    if let Some(divergence) = verdict.and_then(|v| v.divergence.as_ref()) {
        gold[divergence.index].arguments = divergence.expected["arguments"].clone();
    }
    let difficulty = Difficulty { calls: gold.len(), writes: 2, chained: 1, branching: 1, tools: 20, distractors: 18 };
    let user: UserBrief = serde_json::from_value(json!({
        "goal": "Do what the opening says, with the names that you know, and tell the agent when you are content.",
        "opening": "Hi!"
    }))
    .expect("the other members have defaults");
    Task {
        format: wardian_format::task::TASK_FORMAT,
        id: id.into(),
        pack: pack.into(),
        pack_digest: Digest::of(pack.as_bytes()),
        seed: 1_234_567,
        now: "2026-03-02T09:00:00Z".into(),
        kind: wardian_format::task::TaskKind::Change,
        tools: vec![],
        rules: vec![],
        order: vec![],
        user,
        setup: vec![],
        gold,
        forbidden: None,
        initial,
        goal,
        facts: vec![],
        assertions: vec![],
        judge: vec![],
        basis: vec![],
        difficulty,
        split: Split::Train,
    }
}

fn gold_call(call: &CallRecord) -> GoldCall {
    GoldCall {
        tool: call.tool.clone(),
        arguments: call.arguments.clone(),
        from_results: vec![],
        result: call.observation(),
        failed: false,
        compare: None,
        state: call.state.full,
        writes: true,
        request: None,
    }
}
