//! Episodes on the example pack `packs/library`: what each scripted agent comes to, and that graders do not err.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use wardian_compiler::{Sources, Validation, compile_pack};
use wardian_env::{EpisodeContext, LoadedPack, Runtime};
use wardian_export::{Exporter, Form, Options};
use wardian_format::pack::Role;
use wardian_format::task::{Split, TaskKind};
use wardian_format::trajectory::{EndReason, Site, ToolCall};
use wardian_format::verdict::Stage;
use wardian_format::{CallRecord, Message, Rng, Task, Trajectory, jsonl};
use wardian_model::{BoxFuture, ChatModel, ChatReply, ChatRequest, ModelError};
use wardian_rollout::scripted::{self, Manner};
use wardian_rollout::{Event, FilterOptions, Play, Player, RunOptions, Stop, filter, grade, metrics, regrade, run, run_each};
use wardian_tasks::{SplitRule, TaskOptions, generate};

const TASKS: usize = 60;

fn library() -> &'static Arc<LoadedPack> {
    static PACK: OnceLock<Arc<LoadedPack>> = OnceLock::new();
    PACK.get_or_init(|| library_with(None))
}

/// The library, with these forms of its errors.
fn library_with(errors: Option<&Value>) -> Arc<LoadedPack> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/library");
    let mut sources = Sources::new();
    wardian_testkit::text_files(&root).into_iter().for_each(|(path, text)| sources.insert(path, text));
    if let Some(errors) = errors {
        sources.insert("errors.json".to_owned(), errors.to_string());
    }
    let compiled = compile_pack(&sources, Validation::Trusted).expect("the library compiles");
    let runtime = Runtime::new().expect("an engine");
    runtime.load_own(wardian_pack::write(&compiled.parts).expect("a pack"), "library.wasm").expect("the library loads")
}

fn plays() -> &'static Vec<Play> {
    static PLAYS: OnceLock<Vec<Play>> = OnceLock::new();
    PLAYS.get_or_init(|| {
        let options = TaskOptions { seed: 21, count: TASKS, split: SplitRule::All(Split::Train), ..TaskOptions::default() };
        let tasks = generate(library(), &options).expect("tasks").tasks;
        assert_eq!(tasks.len(), TASKS);
        tasks.into_iter().map(|task| Play::new(Arc::new(task), Arc::clone(library()).into())).collect()
    })
}

fn played(agents: &[Player], options: &RunOptions) -> Vec<Trajectory> {
    played_of(plays(), agents, options)
}

fn played_of(plays: &[Play], agents: &[Player], options: &RunOptions) -> Vec<Trajectory> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(run(plays, agents, &scripted::user(), options, &Stop::default())).expect("a run")
}

/// The episodes of one manner, one a task.
fn of(manner: Manner) -> &'static [Trajectory] {
    static ALL: OnceLock<BTreeMap<Manner, Vec<Trajectory>>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        Manner::ALL.into_iter().map(|manner| (manner, played(&[scripted::player(manner)], &RunOptions::default()))).collect()
    });
    &all[&manner]
}

fn task(trajectory: &Trajectory) -> &'static Task {
    &plays().iter().find(|play| play.task.id == trajectory.task).expect("a task").task
}

fn writes(trajectory: &Trajectory) -> bool {
    task(trajectory).kind == TaskKind::Change
}

fn reads(trajectory: &Trajectory) -> bool {
    task(trajectory).kind == TaskKind::Read
}

fn refuses(trajectory: &Trajectory) -> bool {
    task(trajectory).kind == TaskKind::Refusal
}

/// APIs answer with `{"message": …}` when a call succeeds, and when it fails.
#[test]
fn a_result_that_looks_like_an_error_stops_nobody_who_expects_it() {
    let text_of = |result: &Value| {
        let text = result.as_object()?.iter().find(|(_, value)| value.as_str().is_some_and(|text| !text.is_empty()))?;
        Some(format!("/{}", text.0))
    };
    let calls = plays().iter().flat_map(|play| play.task.gold.iter());
    let (call, sentence) = calls.filter_map(|call| Some((call, text_of(&call.result)?))).next().expect("a result with a text");
    let mut body = call.result.clone();
    *body.pointer_mut(&sentence).expect("just found") = json!("");
    let shapes = json!([{"tools": [call.tool], "bodies": {"not_found": {"status": 404, "sentence": sentence, "body": body}}}]);
    let pack = library_with(Some(&shapes));
    let tasks = generate(&pack, &TaskOptions { seed: 21, count: TASKS, ..TaskOptions::default() }).expect("tasks").tasks;
    assert!(tasks.iter().flat_map(|task| &task.gold).any(|one| one.result == call.result), "a call whose result looks like an error");
    let plays: Vec<Play> = tasks.into_iter().map(|task| Play::new(Arc::new(task), Arc::clone(&pack).into())).collect();
    for manner in [Manner::Plan, Manner::Recover] {
        for trajectory in played_of(&plays, &[scripted::player(manner)], &RunOptions::default()) {
            assert!(trajectory.verdict.as_ref().expect("a grade").passed, "{}", jsonl::line(&trajectory));
        }
    }
}

#[test]
fn the_plan_passes_everything() {
    let trajectories = of(Manner::Plan);
    assert_eq!(trajectories.len(), TASKS);
    for trajectory in trajectories {
        let verdict = trajectory.verdict.as_ref().expect("a grade");
        assert!(verdict.passed && verdict.calls && verdict.reasons.is_empty(), "{}", jsonl::line(trajectory));
        assert_eq!(trajectory.end, EndReason::UserDone);
        assert!(verdict.difference.is_empty() && verdict.divergence.is_none());
    }
    let filtered = filter(trajectories, &FilterOptions::default());
    // To try what the tools refuse is no mistake.
    let refused = trajectories.iter().filter(|t| t.calls.iter().any(|call| !call.outcome.is_ok())).count();
    assert!(refused > 0 && trajectories.iter().all(|t| refuses(t) || t.calls.iter().all(|call| call.outcome.is_ok())));
    let expected = BTreeMap::from([("clean".to_owned(), TASKS - refused), ("refused".to_owned(), refused)]);
    assert_eq!(filtered.funnel.codes, expected, "{:?}", filtered.decisions);
}

#[test]
fn doing_nothing_never_passes() {
    for trajectory in of(Manner::Lazy) {
        let verdict = trajectory.verdict.as_ref().expect("a grade");
        // To do nothing is right where what the user asks for is forbidden, and nowhere else.
        assert_eq!(verdict.passed, refuses(trajectory), "{}", jsonl::line(trajectory));
        assert!(trajectory.calls.is_empty());
        assert_eq!(verdict.state, !writes(trajectory), "a task that only reads leaves the state alone");
    }
}

#[test]
fn mistakes_that_are_put_right_are_kept() {
    let trajectories = of(Manner::Recover);
    let filtered = filter(trajectories, &FilterOptions::default());
    assert_eq!(filtered.funnel.kept, TASKS, "{:?}", filtered.decisions);
    // What nobody may do takes no call, and so no mistake.
    let without_calls = trajectories.iter().filter(|t| t.calls.is_empty()).count();
    assert!(trajectories.iter().filter(|t| t.calls.is_empty()).all(refuses));
    let codes = |code: &str| filtered.funnel.codes.get(code).copied().unwrap_or(0);
    assert_eq!((codes("recovered") + codes("refused"), codes("clean")), (TASKS - without_calls, without_calls), "{:?}", filtered.funnel);
    assert!(codes("recovered") > TASKS / 2);
    let outcomes: BTreeMap<&str, usize> = trajectories.iter().flat_map(|t| &t.calls).fold(BTreeMap::new(), |mut counts, call| {
        *counts.entry(call.outcome.word()).or_default() += 1;
        counts
    });
    assert!(outcomes["invalid_arguments"] > 0 && outcomes["tool_error"] > 0, "{outcomes:?}");
    let strict = filter(trajectories, &FilterOptions { strict: true, ..FilterOptions::default() });
    assert_eq!(strict.funnel.codes.get("failed_calls"), Some(&(TASKS - without_calls)));
}

/// Episodes of `manner` on tasks that `applies` to are dropped at `stage` with one of `codes`.
#[track_caller]
fn dropped(manner: Manner, applies: impl Fn(&Trajectory) -> bool, stage: Stage, codes: &[&str]) {
    let trajectories: Vec<Trajectory> = of(manner).iter().filter(|t| applies(t)).cloned().collect();
    assert!(!trajectories.is_empty(), "no episodes of {manner:?}");
    for (trajectory, decision) in trajectories.iter().zip(filter(&trajectories, &FilterOptions::default()).decisions) {
        assert!(!decision.kept, "{}", jsonl::line(trajectory));
        assert_eq!(decision.stage, Some(stage), "{decision:?} {}", jsonl::line(trajectory));
        assert!(codes.contains(&decision.code.as_str()), "{decision:?}");
        assert!(!decision.reason.is_empty());
    }
}

#[test]
fn failures_are_dropped_where_they_fail() {
    dropped(Manner::SkipsWrite, writes, Stage::State, &["state_differs"]);
    dropped(Manner::SkipsWrite, reads, Stage::State, &["facts_missing"]);
    let counts = |t: &Trajectory| writes(t) && t.verdict.as_ref().is_some_and(|v| !v.state);
    dropped(Manner::WrongWrite, counts, Stage::State, &["state_differs"]);
    // A wrong note does not count in the graded state, but is not the plan's call.
    let harmless = of(Manner::WrongWrite).iter().filter(|t| writes(t) && !counts(t));
    assert!(harmless.clone().count() < TASKS / 4 && harmless.into_iter().all(|t| t.verdict.as_ref().is_some_and(|v| !v.calls)));
    let acts = |t: &Trajectory| !refuses(t);
    dropped(Manner::Loops, acts, Stage::Validity, &["repetition", "not_ended_by_user"]);
    dropped(Manner::Silent, acts, Stage::Validity, &["not_ended_by_user"]);
    dropped(Manner::StopsEarly, acts, Stage::State, &["state_differs", "facts_missing"]);
    dropped(Manner::Detours, |t| writes(t) && t.verdict.as_ref().is_some_and(|v| v.passed), Stage::Calls, &["calls_differ"]);
}

#[test]
fn a_wrong_write_is_shown_cell_by_cell() {
    let verdicts: Vec<_> =
        of(Manner::WrongWrite).iter().filter(|t| writes(t)).filter_map(|t| t.verdict.as_ref()).filter(|v| !v.state).collect();
    assert!(verdicts.len() > TASKS / 3);
    for verdict in &verdicts {
        assert!(!verdict.difference.is_empty() && verdict.divergence.is_some(), "{verdict:?}");
        assert!(verdict.reasons[0].starts_with("the final state is not the goal state: "), "{:?}", verdict.reasons);
    }
}

#[test]
fn scheduling_does_not_matter() {
    let agents: Vec<Player> = [Manner::Plan, Manner::Recover, Manner::Fail].into_iter().map(scripted::player).collect();
    let lines = |concurrency, workers| {
        let options = RunOptions { concurrency, workers, trials: 2, ..RunOptions::default() };
        played(&agents, &options).iter().map(jsonl::line).collect::<String>()
    };
    let alone = lines(1, 1);
    assert_eq!(alone, lines(50, 3));
    assert_eq!(alone.lines().count(), TASKS * 3 * 2);
}

#[test]
fn every_trajectory_replays() {
    for manner in Manner::ALL {
        for trajectory in of(manner) {
            assert_eq!(library().replay(trajectory).expect("an environment"), None, "{}", trajectory.id);
        }
    }
}

#[test]
fn grading_again_changes_nothing() {
    for manner in Manner::ALL {
        for trajectory in of(manner) {
            let again = regrade(task(trajectory), library(), trajectory).expect("an environment");
            assert_eq!(Some(&again), trajectory.verdict.as_ref(), "{}", trajectory.id);
        }
    }
    let play = &plays()[0];
    let mut env = library().env(&EpisodeContext { seed: play.task.seed, now: play.task.now.clone() }).expect("an environment");
    let before = env.digests().expect("digests");
    let first = grade(&play.task, &env, &[], &[]).expect("a grade");
    assert_eq!(first, grade(&play.task, &env, &[], &[]).expect("a grade"));
    assert_eq!(env.digests().expect("digests"), before);
}

/// What an obvious grader says.
#[derive(Debug, PartialEq)]
struct Obvious {
    state: bool,
    calls: bool,
    order: bool,
}

/// What executing calls comes to: every graded cell, every cell, and the successful calls with their results, as text.
struct Executed {
    graded: String,
    all: String,
    good: Vec<(String, String, String)>,
}

fn executed(task: &Task, calls: &[(String, Value)]) -> Executed {
    let mut env = library().env(&EpisodeContext { seed: task.seed, now: task.now.clone() }).expect("an environment");
    let records: Vec<CallRecord> = calls.iter().map(|(tool, arguments)| env.call(Role::Agent, tool, arguments).expect("a call")).collect();
    let ungraded = &library().manifest().ungraded;
    let mut dump = |counts: &dyn Fn(&str) -> bool| {
        let mut text = String::new();
        for table in &library().schema().tables {
            let columns = table.columns.iter().filter(|c| counts(&format!("{}.{}", table.name, c.name)));
            let columns: Vec<String> = columns.map(|c| format!("\"{}\"", c.name)).collect();
            let rows = env.read(&format!("SELECT {} FROM \"{}\"", columns.join(", "), table.name), &[]).expect("rows");
            let mut lines: Vec<String> = rows.values.iter().map(|row| format!("{} {row:?}", table.name)).collect();
            lines.sort();
            text += &lines.join("\n");
        }
        text
    };
    let (graded, all) = (dump(&|cell| !ungraded.iter().any(|u| u == cell)), dump(&|_| true));
    let text = |value: &Value| wardian_format::json::canonical(value).expect("canonical");
    let good = records.iter().filter(|r| r.outcome.is_ok());
    let good = good.map(|r| (r.tool.clone(), text(&r.arguments), text(&r.observation()))).collect();
    Executed { graded, all, good }
}

/// Grades as anyone would: execute everything, dump every cell as text, compare. Knows no digests.
fn obvious_grade(task: &Task, calls: &[(String, Value)]) -> Obvious {
    let gold: Vec<(String, Value)> = task.gold.iter().map(|g| (g.tool.clone(), g.arguments.clone())).collect();
    let (expected, actual) = (executed(task, &gold), executed(task, calls));
    let names =
        |executed: &Executed| executed.good.iter().map(|(tool, arguments, _)| (tool.clone(), arguments.clone())).collect::<Vec<_>>();
    // Another order will do where each call gives what it gives in the plan's, and everything ends alike. Of equal calls, the n-th with the n-th.
    let results = |executed: &Executed| {
        let mut by_call: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        executed
            .good
            .iter()
            .for_each(|(tool, arguments, result)| by_call.entry((tool.clone(), arguments.clone())).or_default().push(result.clone()));
        by_call
    };
    let reordered = results(&expected) == results(&actual) && expected.all == actual.all;
    // The only rule of the library, spelt out: a member is looked up before something is done for them.
    let done_for = ["checkout_copy", "renew_loans", "place_hold", "pay_fines", "update_member"];
    let known = |index: usize, member: &str| {
        actual.good[..index].iter().any(|(tool, arguments, result)| {
            ["find_member", "get_member"].contains(&tool.as_str()) && (arguments.contains(member) || result.contains(member))
        })
    };
    let order = (0..actual.good.len()).all(|index| {
        let (tool, arguments, _) = &actual.good[index];
        let arguments: Value = serde_json::from_str(arguments).expect("JSON");
        !done_for.contains(&tool.as_str()) || known(index, &arguments["member_id"].to_string())
    });
    Obvious { state: expected.graded == actual.graded, calls: names(&expected) == names(&actual) || reordered, order }
}

/// A random mixture of the plan's calls: some left out, doubled, swapped, altered, or of another task.
fn shuffled(task: &Task, rng: &mut Rng) -> Vec<(String, Value)> {
    let mut calls: Vec<(String, Value)> = task.gold.iter().map(|g| (g.tool.clone(), g.arguments.clone())).collect();
    for _ in 0..rng.below(3) {
        let (i, j) = (rng.below(calls.len()), rng.below(calls.len()));
        match rng.below(5) {
            _ if calls.is_empty() => {}
            0 if calls.len() > 1 => drop(calls.remove(i)),
            1 => calls.insert(i, calls[j].clone()),
            2 => calls.swap(i, j),
            3 => calls[i].1["member_id"] = json!("M-1002"),
            _ => {
                let other = &rng.pick(plays()).expect("tasks").task;
                calls.extend(rng.pick(&other.gold).map(|g| (g.tool.clone(), g.arguments.clone())));
            }
        }
    }
    calls
}

#[test]
fn the_grader_agrees_with_an_obvious_one() {
    let mut rng = Rng::of(99, &["differential"]);
    let (mut counts, mut reordered, mut broken) = ([0; 4], 0, 0);
    for round in 0..600 {
        let play = rng.pick(plays()).expect("tasks");
        let calls = shuffled(&play.task, &mut rng);
        let mut env = library().env(&EpisodeContext { seed: play.task.seed, now: play.task.now.clone() }).expect("an environment");
        let records: Vec<CallRecord> =
            calls.iter().map(|(tool, arguments)| env.call(Role::Agent, tool, arguments).expect("a call")).collect();
        let verdict = grade(&play.task, &env, &records, &[]).expect("a grade");
        let expected = obvious_grade(&play.task, &calls);
        let actual = Obvious { state: verdict.state, calls: verdict.calls, order: verdict.order.expect("the library has a rule") };
        assert_eq!(actual, expected, "round {round} of seed 99: {} {calls:?}", play.task.id);
        assert_eq!(verdict.difference.is_empty(), expected.state, "round {round} of seed 99");
        assert_eq!(verdict.passed, expected.state && expected.order && play.task.facts.is_empty(), "round {round} of seed 99");
        assert!(verdict.passed || !verdict.reasons.is_empty(), "round {round} of seed 99: no reason");
        counts[usize::from(expected.state) * 2 + usize::from(expected.calls)] += 1;
        reordered += usize::from(verdict.reordered.is_some());
        broken += usize::from(!expected.order);
    }
    assert!(counts[0] > 20 && counts[2] > 5 && counts[3] > 20, "all kinds occur: {counts:?}");
    assert!(reordered > 3 && broken > 10, "{reordered} reordered, {broken} break the rule");
}

/// What the user asks for in vain is found out by a grader that sees it done.
#[test]
fn doing_what_is_forbidden_fails() {
    let refusals: Vec<&Play> = plays().iter().filter(|play| play.task.forbidden.as_ref().is_some_and(|f| !f.refused_by_tool)).collect();
    assert!(!refusals.is_empty(), "no refusal by a rule among {TASKS} tasks");
    for play in refusals {
        let forbidden = play.task.forbidden.as_ref().expect("a refusal");
        let mut env = library().env(&EpisodeContext { seed: play.task.seed, now: play.task.now.clone() }).expect("an environment");
        let record = env.call(Role::Agent, &forbidden.tool, &forbidden.arguments).expect("a call");
        let verdict = grade(&play.task, &env, &[record], &[]).expect("a grade");
        assert!(!verdict.passed && !verdict.state);
        assert!(verdict.reasons[0].contains("should have refused"), "{:?}", verdict.reasons);
    }
}

/// A model that says what it is told to, turn by turn.
struct Canned {
    turns: Vec<Result<ChatReply, String>>,
}

impl ChatModel for Canned {
    fn name(&self) -> &str {
        "canned"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
        let turn = request.messages.iter().filter(|m| matches!(m, Message::Assistant { .. })).count();
        let reply = self.turns.get(turn).cloned().unwrap_or_else(|| Ok(said("I cannot help any further.")));
        Box::pin(std::future::ready(reply.map_err(ModelError::Failed)))
    }
}

fn said(text: &str) -> ChatReply {
    ChatReply { content: Some(text.to_owned()), ..ChatReply::default() }
}

fn called(id: &str, name: &str, arguments: &str) -> ChatReply {
    let call = ToolCall { id: id.to_owned(), name: name.to_owned(), arguments: arguments.to_owned() };
    ChatReply { tool_calls: vec![call], ..ChatReply::default() }
}

fn canned(turns: Vec<Result<ChatReply, String>>) -> Trajectory {
    let player = Player::model(Arc::new(Canned { turns }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let options = RunOptions::default();
    let played = runtime.block_on(run(&plays()[..1], &[player], &scripted::user(), &options, &Stop::default()));
    played.expect("a run").remove(0)
}

#[test]
fn malformed_calls_are_shown_to_the_agent() {
    let trajectory = canned(vec![
        Ok(called("a", "get_member", "{\"member_id\": ")),
        Ok(called("b", "get_members", "{}")),
        Ok(called("c", "get_member", "{\"member_id\": 5}")),
        Ok(called("d", "get_member", "[1]")),
        Ok(called("e", "get_member", "{\"member_id\":\"M-1001\",\"member_id\":\"M-1002\"}")),
    ]);
    let answers: Vec<&str> = trajectory
        .messages
        .iter()
        .filter_map(|m| if let Message::Tool { content, .. } = m { Some(content.as_str()) } else { None })
        .collect();
    assert_eq!(answers.len(), 5);
    for (answer, code) in
        answers.iter().zip(["invalid_arguments", "unknown_tool", "invalid_arguments", "invalid_arguments", "invalid_arguments"])
    {
        assert!(answer.contains(code), "{answer}");
    }
    let decision = &filter(std::slice::from_ref(&trajectory), &FilterOptions::default()).decisions[0];
    assert_eq!((decision.stage, decision.code.as_str()), (Some(Stage::Validity), "malformed_call"), "{decision:?}");
    assert_eq!(library().replay(&trajectory).expect("an environment"), None);
    let refusal = exporter(Form::Trl).row(&trajectory, &[]).expect_err("no object");
    assert!(refusal.to_string().contains("call `a`"), "{refusal}");
    assert!(exporter(Form::OpenAi).row(&trajectory, &[]).is_ok());
}

#[test]
fn infrastructure_is_never_scored() {
    let trajectory = canned(vec![Ok(called("a", "get_member", "{\"member_id\":\"M-1001\"}")), Err("503 from the endpoint".to_owned())]);
    assert_eq!(trajectory.end, EndReason::Infrastructure { site: Site::Agent, message: "503 from the endpoint".to_owned() });
    assert_eq!(trajectory.verdict, None);
    let figures = metrics(std::slice::from_ref(&trajectory)).remove(0);
    assert_eq!((figures.episodes, figures.scored, figures.tasks), (1, 0, 0));
    assert_eq!(filter(&[trajectory], &FilterOptions::default()).decisions[0].code, "infrastructure");
}

#[test]
fn a_stopped_run_keeps_what_is_finished_and_a_second_one_does_the_rest() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let agents = [scripted::player(Manner::Plan)];
    let mut options = RunOptions { concurrency: 4, ..RunOptions::default() };
    let stop = Stop::default();
    let (mut finished, user) = (0, scripted::user());
    let mut first = Vec::new();
    let until_ten = run_each(plays(), &agents, &user, &options, &stop, |event| {
        if let Event::Finished { trajectory } = event {
            first.push(*trajectory);
            finished += 1;
            if finished == 10 {
                stop.now();
            }
        }
    });
    runtime.block_on(until_ten).expect("a run");
    assert!(first.len() >= 10 && first.len() < TASKS, "{}", first.len());
    options.done = first.iter().map(|t| t.id.clone()).collect();
    let mut all = first;
    all.extend(played(&agents, &options));
    all.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(all, of(Manner::Plan));
}

fn exporter(form: Form) -> Exporter {
    Exporter::new(form, Options::default(), "train")
}

/// What `--mask-errors` leaves out is what failed, in real episodes of every manner.
#[test]
fn masked_turns_are_those_whose_calls_failed() {
    let options = Options { mask_errors: true, ..Options::default() };
    let mut masked = 0;
    for trajectory in Manner::ALL.into_iter().flat_map(of) {
        let loss = match wardian_export::mark(trajectory, &options) {
            Ok(loss) => loss,
            Err(refusal) => {
                assert_eq!(refusal.code(), "nothing_learned", "{}", jsonl::line(trajectory));
                continue;
            }
        };
        // The agent of these episodes makes one call a turn, and the user none.
        let mut outcomes = trajectory.calls.iter().map(|call| call.outcome.is_ok());
        for (message, learned) in trajectory.messages.iter().zip(&loss.learned) {
            let expected = match message {
                Message::Assistant { tool_calls, .. } if tool_calls.is_empty() => true,
                Message::Assistant { .. } => outcomes.next().expect("a record"),
                _ => false,
            };
            assert_eq!(*learned, expected, "{}", jsonl::line(trajectory));
            masked += usize::from(matches!(message, Message::Assistant { .. }) && !learned);
        }
    }
    assert!(masked >= TASKS, "{masked}");
}

#[test]
fn exports_have_the_form_that_trainers_load() {
    let trajectory = &of(Manner::Recover)[0];
    let tools = wardian_rollout::episode::offered(library().manifest(), Role::Agent, &[]);
    let row = |form| exporter(form).row(trajectory, &tools).expect("a row").value;
    let (trl, openai) = (row(Form::Trl), row(Form::OpenAi));
    assert_eq!(trl["messages"].as_array().map(Vec::len), Some(trajectory.messages.len()));
    assert_eq!(trl["messages"][0]["role"], "system");
    assert!(trl["messages"][0]["content"].as_str().is_some_and(|text| text.starts_with(library().policy().expect("a policy").trim_end())));
    assert_eq!(trl["tools"][0]["type"], "function");
    let call = |line: &Value| {
        let messages = line["messages"].as_array().expect("messages");
        messages.iter().find_map(|m| m.get("tool_calls")).expect("a call")[0]["function"]["arguments"].clone()
    };
    assert!(call(&trl).is_object());
    let text = call(&openai);
    assert_eq!(serde_json::from_str::<Value>(text.as_str().expect("text")).expect("JSON"), call(&trl));
    assert_eq!(trl["metadata"]["final_state"], trajectory.certificate.last.full.to_string());
}

#[test]
fn figures_add_up() {
    let all: Vec<Trajectory> = [Manner::Plan, Manner::Lazy].into_iter().flat_map(|m| of(m).to_vec()).collect();
    let figures = metrics(&all);
    let by_name: BTreeMap<&str, _> = figures.iter().map(|f| (f.agent.as_str(), f)).collect();
    assert_eq!(by_name["scripted:plan"].pass_hat, [1.0]);
    let refusals = plays().iter().filter(|play| play.task.kind == TaskKind::Refusal).count();
    assert_eq!(by_name["scripted:lazy"].pass_hat, [refusals as f64 / TASKS as f64]);
    assert_eq!(by_name["scripted:plan"].ends, BTreeMap::from([("user_done".to_owned(), TASKS)]));
}
