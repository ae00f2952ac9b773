//! Tasks of the example pack `packs/library`.

use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use wardian_compiler::{Sources, Validation, compile_pack};
use wardian_env::{LoadedPack, Runtime};
use wardian_format::task::{Level, Split, TaskKind};
use wardian_format::{Task, jsonl};
use wardian_tasks::{CheckOptions, Generated, SplitRule, TaskOptions, check, generate};

fn library() -> &'static Arc<LoadedPack> {
    static PACK: OnceLock<Arc<LoadedPack>> = OnceLock::new();
    PACK.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/library");
        let mut sources = Sources::new();
        wardian_testkit::text_files(&root).into_iter().for_each(|(path, text)| sources.insert(path, text));
        let compiled = compile_pack(&sources, Validation::Trusted).expect("the library compiles");
        let runtime = Runtime::new().expect("an engine");
        runtime.load_own(wardian_pack::write(&compiled.parts).expect("a pack"), "library.wasm").expect("the library loads")
    })
}

fn options(seed: u64, count: usize) -> TaskOptions {
    TaskOptions { seed, count, split: SplitRule::All(Split::Train), ..TaskOptions::default() }
}

fn tasks() -> &'static Generated {
    static TASKS: OnceLock<Generated> = OnceLock::new();
    TASKS.get_or_init(|| generate(library(), &options(7, 60)).expect("tasks"))
}

#[test]
fn every_task_passes_its_audit() {
    let generated = tasks();
    assert_eq!(generated.tasks.len(), 60, "{:?}", generated.rejected);
    for task in &generated.tasks {
        assert_eq!(
            check(task, Some(library()), &CheckOptions::default()).expect("an environment"),
            Vec::<String>::new(),
            "{}",
            jsonl::line(task)
        );
        assert!(task.kind == TaskKind::Refusal || (2..=8).contains(&task.gold.len()), "{} calls", task.gold.len());
    }
    let some = |what: &str, test: &dyn Fn(&Task) -> bool| assert!(generated.tasks.iter().any(test), "no task {what}");
    some("chains calls", &|t| t.difficulty.chained > 0);
    some("only reads", &|t| t.difficulty.writes == 0 && !t.facts.is_empty());
    some("writes twice", &|t| t.difficulty.writes > 1);
    some("keeps something back", &|t| t.user.known.iter().any(|k| !k.told && !k.uses.is_empty()));
}

#[test]
fn same_seed_same_tasks_other_seed_others() {
    let lines = |seed| generate(library(), &options(seed, 12)).expect("tasks").tasks.iter().map(jsonl::line).collect::<String>();
    assert_eq!(lines(3), lines(3));
    assert_ne!(lines(3), lines(4));
}

#[test]
fn no_two_tasks_make_the_same_calls() {
    let calls = |task: &Task| task.gold.iter().map(|g| format!("{}{}", g.tool, g.arguments)).collect::<Vec<_>>();
    let mut seen: Vec<Vec<String>> = tasks().tasks.iter().map(calls).collect();
    seen.sort();
    let before = seen.len();
    seen.dedup();
    assert_eq!(seen.len(), before);
}

#[test]
fn the_opening_says_what_is_told_and_not_what_is_opaque() {
    for task in &tasks().tasks {
        for known in task.user.known.iter().filter(|k| !k.uses.is_empty()) {
            let heard = wardian_format::speech::hear(&task.user.opening, &known.label);
            assert_eq!(heard, known.told.then(|| known.value.clone()), "{} in {}", known.label, task.user.opening);
            let all = wardian_format::speech::hear(&task.user.goal, &known.label);
            assert_eq!(all, Some(known.value.clone()), "{} in {}", known.label, task.user.goal);
        }
        assert!(task.user.opening.contains(&task.user.requests[0]));
    }
}

#[test]
fn writes_are_asked_for_and_limits_kept() {
    let options = TaskOptions { calls_min: 3, calls_max: 5, writes_min: 2, ..options(11, 15) };
    let generated = generate(library(), &options).expect("tasks");
    assert_eq!(generated.tasks.len(), 15, "{:?}", generated.rejected);
    for task in &generated.tasks {
        assert!(task.difficulty.writes >= 2 && (3..=5).contains(&task.difficulty.calls), "{:?}", task.difficulty);
        assert_ne!(task.goal.graded, task.initial.graded);
    }
}

/// One task, altered by `change`, must have a problem that says `expected`.
#[track_caller]
fn problem(change: impl Fn(&mut Task), expected: &str) {
    let mut task = tasks().tasks.iter().find(|t| t.difficulty.writes > 0 && t.difficulty.chained > 0).expect("a chained task").clone();
    change(&mut task);
    let problems = check(&task, Some(library()), &CheckOptions::default()).expect("an environment");
    assert!(problems.iter().any(|p| p.contains(expected)), "{expected}: {problems:?}");
}

#[test]
fn audits_find_what_was_altered() {
    problem(|t| t.pack_digest = wardian_format::Digest::of(b"other"), "the pack at hand is");
    problem(|t| t.initial.full = wardian_format::Digest::of(b"other"), "initial state: expected");
    problem(|t| t.gold[0].result = json!({"edited": true}), "call 0");
    problem(|t| t.gold.last_mut().expect("a call").state = wardian_format::Digest::of(b"other"), "state: expected");
    problem(|t| t.goal.graded = wardian_format::Digest::of(b"other"), "final state: expected");
    problem(
        |t| {
            let known = t.user.known.iter_mut().find(|k| !k.uses.is_empty()).expect("something known");
            known.value = json!("something else");
        },
        "something else",
    );
    problem(|t| t.user.known.clear(), "nobody knows argument");
    problem(
        |t| {
            let call = t.gold.iter_mut().find(|g| !g.from_results.is_empty()).expect("a chained call");
            call.from_results[0].pointer = "/nowhere".to_owned();
        },
        "does not come from `/nowhere`",
    );
    problem(
        |t| {
            t.gold.clear();
            t.goal = t.initial;
            t.facts.clear();
        },
        "an agent that does nothing would pass",
    );
    let absent = check(&tasks().tasks[0], None, &CheckOptions::default()).expect("no environment needed");
    assert_eq!(absent, ["the pack `library` is absent"]);
}

#[test]
fn a_write_that_another_undoes_is_found() {
    let mut task = tasks().tasks.iter().find(|t| t.difficulty.writes > 0).expect("a task with writes").clone();
    // The same note twice: the second write changes nothing that counts, the first can be left out.
    let arguments = |tier: &str| json!({"member_id": "M-1001", "tier": tier});
    let context = wardian_env::EpisodeContext { seed: task.seed, now: task.now.clone() };
    let mut env = library().env(&context).expect("an environment");
    task.gold.clear();
    for tier in ["student", "standard"] {
        let record = env.call(wardian_format::pack::Role::Agent, "update_member", &arguments(tier)).expect("a call");
        let wardian_format::Outcome::Ok { result } = record.outcome else { panic!("{:?}", record.outcome) };
        let call =
            json!({"tool": "update_member", "arguments": record.arguments, "result": result, "state": record.state.full, "writes": true});
        task.gold.push(serde_json::from_value(call).expect("a gold call"));
        task.goal = record.state;
    }
    task.facts.clear();
    task.user.known.clear();
    let problems = check(&task, Some(library()), &CheckOptions::default()).expect("an environment");
    assert!(problems.iter().any(|p| p.contains("call 0 (`update_member`) writes, but the goal is reached without it")), "{problems:?}");
}

#[test]
fn rejections_are_counted_with_examples() {
    let impossible = TaskOptions { calls_min: 2, calls_max: 2, writes_min: 2, attempts: 3, ..options(5, 4) };
    let generated = generate(library(), &impossible).expect("an environment");
    assert!(generated.attempts <= 12);
    let counts: usize = generated.rejected.counts.values().sum();
    assert!(counts > 0 && generated.rejected.examples.values().all(|e| (1..=3).contains(&e.len())), "{:?}", generated.rejected);
    let value: Value = serde_json::to_value(&generated.rejected).expect("serialises");
    assert!(value["counts"].is_object());
}

#[test]
fn levels_set_what_tasks_are_like() {
    let mut calls = Vec::new();
    for level in [Level::Easy, Level::Medium, Level::Hard, Level::Long] {
        let generated = generate(library(), &options(3, 8).of_level(level)).expect("tasks");
        assert!(generated.tasks.len() >= 6, "{level:?}: {} tasks; {:?}", generated.tasks.len(), generated.rejected);
        assert!(generated.tasks.iter().all(|task| task.difficulty.level() == level), "{level:?}");
        calls.push(generated.tasks.iter().map(|task| task.gold.len()).sum::<usize>() as f64 / generated.tasks.len() as f64);
        if level == Level::Long {
            assert!(generated.tasks.iter().all(|task| task.gold.len() >= 20), "long horizons have 20 calls and more");
        }
    }
    assert!(calls.is_sorted(), "{calls:?}");
}

#[test]
fn branching_turns_chains_into_stars() {
    let mean = |percent| {
        let options = TaskOptions { branching_percent: percent, calls_min: 5, calls_max: 9, refusal_percent: 0, ..options(5, 40) };
        let tasks = generate(library(), &options).expect("tasks").tasks;
        assert!(tasks.len() >= 30, "{} tasks", tasks.len());
        tasks.iter().map(|task| task.difficulty.branching).sum::<usize>() as f64 / tasks.len() as f64
    };
    let (chains, stars) = (mean(0), mean(100));
    assert!(chains < stars, "{chains} {stars}");
}

#[test]
fn agents_are_offered_what_they_need_and_so_many_others() {
    let all = library().manifest().tools_of(wardian_format::pack::Role::Agent).count();
    for distractors in [0, 2] {
        let generated = generate(library(), &TaskOptions { distractors: Some(distractors), ..options(9, 12) }).expect("tasks");
        for task in &generated.tasks {
            assert!(!task.tools.is_empty() && task.tools.len() < all, "{:?}", task.tools);
            assert_eq!(task.difficulty.tools, task.tools.len());
            let called = task.gold.iter().map(|gold| &gold.tool).chain(task.forbidden.iter().map(|forbidden| &forbidden.tool));
            assert!(called.clone().all(|tool| task.tools.contains(tool)), "{:?}", task.tools);
            // Tools that the rule on the order of calls speaks of are offered as well.
            let others = task.tools.iter().filter(|tool| !called.clone().any(|other| other == *tool)).count();
            assert!((distractors..=distractors + 2).contains(&others), "{others} others in {:?}", task.tools);
        }
    }
    let mut task = generate(library(), &TaskOptions { distractors: Some(1), ..options(9, 1) }).expect("tasks").tasks.remove(0);
    let tool = task.gold[0].tool.clone();
    task.tools.retain(|other| *other != tool);
    let problems = check(&task, Some(library()), &CheckOptions::default()).expect("an environment");
    assert!(problems.iter().any(|p| p.contains("is not offered")), "{problems:?}");
}

#[test]
fn refusals_leave_the_state_as_it_is_and_say_why() {
    let generated = generate(library(), &TaskOptions { refusal_percent: 100, ..options(4, 30) }).expect("tasks");
    assert!(generated.tasks.len() >= 15, "{:?}", generated.rejected);
    let (mut by_tool, mut by_rule) = (0, 0);
    for task in &generated.tasks {
        let forbidden = task.forbidden.as_ref().expect("a forbidden call");
        assert_eq!((task.kind, task.goal.graded), (TaskKind::Refusal, task.initial.graded));
        assert!(!forbidden.because.is_empty());
        if forbidden.refused_by_tool {
            assert!(task.rules.is_empty());
            by_tool += 1;
        } else {
            assert!(task.rules[0].starts_with("Do not ") && task.rules[0].contains("tell the user"), "{:?}", task.rules);
            by_rule += 1;
        }
        assert_eq!(check(task, Some(library()), &CheckOptions::default()).expect("an environment"), Vec::<String>::new(), "{}", task.id);
    }
    assert!(by_tool >= 3 && by_rule >= 3, "{by_tool} by tools, {by_rule} by rules");
    let mut task = generated.tasks.iter().find(|task| !task.rules.is_empty()).expect("a rule").clone();
    task.forbidden.as_mut().expect("a forbidden call").refused_by_tool = true;
    let problems = check(&task, Some(library()), &CheckOptions::default()).expect("an environment");
    assert!(problems.iter().any(|p| p.contains("is not refused")), "{problems:?}");
}

#[test]
fn gold_calls_keep_the_order_that_the_policy_wants() {
    let rule = &library().manifest().order[0];
    let concerned = tasks().tasks.iter().filter(|task| task.gold.iter().any(|gold| rule.then.contains(&gold.tool)));
    let mut broken = concerned.clone().next().expect("a task that the rule concerns").clone();
    assert!(concerned.count() >= 5);
    broken.gold.retain(|gold| !rule.first.contains(&gold.tool));
    let problems = check(&broken, Some(library()), &CheckOptions::default()).expect("an environment");
    // Without the look-up the results are numbered otherwise, and more than one thing is wrong.
    assert!(!problems.is_empty());
}

#[test]
fn a_goal_that_anybody_reaches_is_no_task() {
    // One write with few possibilities: a random walk finds it.
    let options = TaskOptions { calls_min: 1, calls_max: 1, writes_min: 1, random_walks: 400, refusal_percent: 0, ..options(2, 10) };
    let strict = generate(library(), &options).expect("an environment");
    let lax = generate(library(), &TaskOptions { random_walks: 0, ..options }).expect("an environment");
    let reached = strict.rejected.counts.get("reached_by_chance").copied().unwrap_or(0);
    assert!(reached > 0, "{:?}", strict.rejected.counts);
    assert_eq!(lax.rejected.counts.get("reached_by_chance"), None);
}

#[test]
fn tasks_that_are_much_the_same_are_left_out() {
    let many = TaskOptions { calls_min: 1, calls_max: 2, attempts: 30, ..options(6, 60) };
    let kept = |percent| {
        let generated = generate(library(), &TaskOptions { likeness_percent: percent, ..many.clone() }).expect("tasks");
        (generated.tasks.len(), generated.rejected.counts.get("near_duplicate").copied().unwrap_or(0))
    };
    let (loose, strict) = (kept(100), kept(40));
    assert!(strict.1 > loose.1, "{loose:?} {strict:?}");
}
