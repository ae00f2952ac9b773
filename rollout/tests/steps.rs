//! An episode taken step by step is the episode that a run plays.

use std::path::Path;
use std::sync::Arc;
use wardian_compiler::{Sources, Validation, compile_pack};
use wardian_env::{LoadedPack, Runtime};
use wardian_format::task::Split;
use wardian_format::trajectory::Usage;
use wardian_format::{Task, Trajectory};
use wardian_model::ChatModel;
use wardian_rollout::episode::{Part, STOP};
use wardian_rollout::scripted::{self, Manner};
use wardian_rollout::steps::Names;
use wardian_rollout::{Play, Player, RunOptions, Steps, Stop, Turn, run};
use wardian_tasks::{SplitRule, TaskOptions, generate};

fn library() -> Arc<LoadedPack> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/library");
    let mut sources = Sources::new();
    wardian_testkit::text_files(&root).into_iter().for_each(|(path, text)| sources.insert(path, text));
    let compiled = compile_pack(&sources, Validation::Trusted).expect("the library compiles");
    let runtime = Runtime::new().expect("an engine");
    runtime.load_own(wardian_pack::write(&compiled.parts).expect("a pack"), "library.wasm").expect("the library loads")
}

/// The episode of `task` in steps, which after each step is led astray and goes back.
fn stepped(task: &Arc<Task>, pack: &Arc<LoadedPack>, agent: &Player, user: &Player, waiting: &tokio::runtime::Runtime) -> Trajectory {
    let part = Part { task, manifest: pack.manifest(), trial: 0, seed: 0 };
    let (agents, users) = (agent.cast(&part), user.cast(&part));
    let names = Names { agent: agent.name().to_owned(), user: user.name().to_owned() };
    let mut steps = Steps::of_task(Arc::clone(task), pack, &names).expect("a beginning");
    let ask = |model: &dyn ChatModel, request| waiting.block_on(model.chat(&request)).expect("scripts answer");
    loop {
        match steps.turn() {
            Turn::User => drop(steps.user_replies(ask(&*users, steps.user_request())).expect("the host holds")),
            Turn::Agent => drop(steps.agent_replies(ask(&*agents, steps.agent_request())).expect("the host holds")),
            Turn::Over => return steps.trajectory().expect("a grade"),
        }
        let mark = steps.mark();
        let call = steps.call(wardian_format::pack::Role::Agent, "pay_fines", r#"{"member_id":"M-1002","amount_cents":1}"#);
        let reply = wardian_model::ChatReply { tool_calls: vec![call], ..wardian_model::ChatReply::default() };
        assert_eq!(steps.agent_replies(reply).expect("the host holds").len(), 1);
        steps
            .user_replies(wardian_model::ChatReply { content: Some(format!("Never mind. {STOP}")), ..Default::default() })
            .expect("the host holds");
        assert_eq!(steps.turn(), Turn::Over);
        steps.return_to(mark);
    }
}

#[test]
fn steps_are_what_a_run_plays() {
    let pack = library();
    let options = TaskOptions { seed: 4, count: 12, split: SplitRule::All(Split::Train), ..TaskOptions::default() };
    let tasks: Vec<Arc<Task>> = generate(&pack, &options).expect("tasks").tasks.into_iter().map(Arc::new).collect();
    let plays: Vec<Play> = tasks.iter().map(|task| Play::new(Arc::clone(task), Arc::clone(&pack).into())).collect();
    // None of these meets a limit, which steps do not have.
    let agents = [Manner::Plan, Manner::Recover, Manner::StopsEarly, Manner::Silent].map(scripted::player);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let user = scripted::user();
    let played = runtime.block_on(run(&plays, &agents, &user, &RunOptions::default(), &Stop::default())).expect("a run");
    assert_eq!(played.len(), tasks.len() * agents.len());
    for trajectory in played {
        let task = tasks.iter().find(|task| task.id == trajectory.task).expect("a task");
        let agent = agents.iter().find(|agent| agent.name() == trajectory.agent).expect("an agent");
        let stepped = stepped(task, &pack, agent, &user, &runtime);
        assert_eq!(stepped, Trajectory { usage: Usage::default(), ..trajectory });
    }
}
