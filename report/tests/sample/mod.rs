//! A made-up run, close to a real one in size and shape. Shared by the tests and `examples/sample.rs`.

mod episodes;
mod graph;

use wardian_format::verdict::{Decision, Stage};
use wardian_format::{Digest, Rng};
use wardian_report::{Command, Counts, PassRow, ReportInput, RunSummary, StageTime, Version};

/// The whole input.
pub(crate) fn input() -> ReportInput {
    let (tools, edges, domains) = graph::graph();
    let packs = graph::packs(&tools, &domains);
    let decisions = decisions();
    let kept = decisions.iter().filter(|d| d.kept).count();
    let counts = Counts {
        tools: tools.len(),
        skipped: 7,
        domains: domains.len(),
        packs: packs.len(),
        pack_tools: packs.iter().map(|p| p.manifest.tools.len()).sum(),
        tasks: packs.iter().map(|p| p.tasks).sum(),
        episodes: decisions.len(),
        kept,
        verified: kept,
        verify_failed: 0,
    };
    ReportInput {
        run: RunSummary {
            name: "demo".into(),
            digest: Digest::of(b"run"),
            counts,
            stages: stages(),
            versions: versions(),
            commands: commands(),
        },
        tools,
        edges,
        domains,
        packs,
        decisions,
        episodes: episodes::episodes(),
        pass: pass(),
    }
}

fn pass() -> Vec<PassRow> {
    let row = |agent: &str, values: &[f64]| PassRow { agent: agent.into(), kind: "change".into(), tasks: 486, values: values.to_vec() };
    vec![
        row("scripted:plan", &[1.0, 1.0, 1.0]),
        row("scripted:recovers", &[0.981, 0.964, 0.951]),
        row("scripted:errs", &[0.402, 0.171, 0.088]),
    ]
}

fn stages() -> Vec<StageTime> {
    let stage = |name: &str, seconds: f64, note: &str| StageTime { name: name.into(), seconds, note: note.into() };
    vec![
        stage("import", 0.41, "tools from 3 descriptions"),
        stage("graph", 1.22, "domains, modularity 0.71"),
        stage("materialize", 9.8, "schemas, data and SQL tools, self-checked"),
        stage("pack", 3.1, "components written and read back"),
        stage("tasks", 6.4, "walks executed, do-nothing and drop-one checked"),
        stage("rollout", 12.9, "three scripted agents"),
        stage("filter", 0.8, "three stages"),
        stage("export", 0.3, "messages and tools"),
        stage("verify", 5.7, "every kept trajectory, from the packs alone"),
    ]
}

fn versions() -> Vec<Version> {
    let version = |name: &str, version: &str| Version { name: name.into(), version: version.into() };
    vec![
        version("wardian", "0.1.0"),
        version("contract", "wardian:env/state@0.1.0"),
        version("SQLite", "3.54.1"),
        version("wasmtime", "48.0.8"),
        version("digest scheme", "1 (LtHash-16/1024, BLAKE3)"),
    ]
}

fn commands() -> Vec<Command> {
    let command = |command: &str, note: &str| Command { command: command.into(), note: note.into() };
    vec![
        command("cargo run --release -- demo", "The whole run again, from the catalogue that ships with the project."),
        command("wardian verify runs/demo", "Re-execute every kept trajectory from the packs alone and compare all digests."),
        command(
            "wardian pack call runs/demo/packs/issue-tracking.wasm issues_get '{\"owner\":\"acme\",\"repo\":\"rocket\",\"issue_number\":40}'",
            "One call, with the digests before and after it and the difference.",
        ),
    ]
}

/// 1,458 decisions in the proportions of a run.
fn decisions() -> Vec<Decision> {
    let mut rng = Rng::of(7, &["decisions"]);
    let kinds: [(usize, bool, Option<Stage>, &str, &str); 8] = [
        (486, true, None, "clean", "state and calls are the plan's"),
        (440, true, None, "recovered", "two calls failed; the agent corrected them and finished the plan"),
        (61, false, Some(Stage::Validity), "repetition", "the same failing call `issues_create` was made 4 times in a row"),
        (37, false, Some(Stage::Validity), "no_answer", "the last message of the agent is empty"),
        (208, false, Some(Stage::State), "state_differs", "1 row differs from the goal: ~ issues[900412].state: \"closed\" → \"open\""),
        (96, false, Some(Stage::State), "fact_missing", "the user was not told `42`, the number of open issues"),
        (74, false, Some(Stage::Calls), "extra_write", "`labels_create` wrote and is not in the plan; the state is right by accident"),
        (56, false, Some(Stage::Calls), "order", "call 2 is `issues_update`, the plan has `issues_add_labels`"),
    ];
    let mut out = Vec::new();
    for (count, kept, stage, code, reason) in kinds {
        for i in 0..count {
            let trajectory = format!("issue-tracking/{:04}/scripted:{code}/{i}", rng.below(9999));
            out.push(Decision { trajectory, kept, stage, code: code.into(), reason: reason.into() });
        }
    }
    rng.shuffle(&mut out);
    out
}
