//! What the executable says of itself.

use crate::support::{expect, golden, root};

/// Every command with its words, so that a change of the interface is seen in review.
#[test]
fn help_reads_as_agreed() {
    let commands: &[&[&str]] = &[
        &[],
        &["demo"],
        &["catalog", "import"],
        &["catalog", "fetch"],
        &["catalog", "stats"],
        &["catalog", "search"],
        &["catalog", "show"],
        &["graph", "build"],
        &["graph", "refine"],
        &["graph", "explain"],
        &["graph", "view"],
        &["graph", "export"],
        &["graph", "stats"],
        &["graph", "domains"],
        &["materialize"],
        &["materialize", "report"],
        &["materialize", "prompts"],
        &["pack", "build"],
        &["pack"],
        &["pack", "inspect"],
        &["pack", "diff"],
        &["pack", "unpack"],
        &["pack", "call"],
        &["pack", "verify"],
        &["pack", "keygen"],
        &["pack", "sign"],
        &["pack", "push"],
        &["pack", "pull"],
        &["tool", "check"],
        &["tool", "compile"],
        &["tasks", "generate"],
        &["tasks", "check"],
        &["state", "export"],
        &["state", "digest"],
        &["state", "diff"],
        &["play"],
        &["rollout"],
        &["filter"],
        &["export"],
        &["verify"],
        &["score"],
        &["compare"],
        &["report"],
        &["limits"],
        &["store", "add"],
        &["store", "list"],
        &["store", "path"],
        &["store", "remove"],
        &["store", "gc"],
        &["cache"],
        &["cache", "stats"],
    ];
    let mut text = String::new();
    for command in commands {
        let mut args = command.to_vec();
        args.push("--help");
        text.push_str(&format!("$ wardian {}\n{}\n", args.join(" "), expect(root(), 0, &args).stdout));
    }
    golden("help.txt", &text);
}

#[test]
fn limits_are_printed() {
    golden("limits.txt", &expect(root(), 0, &["limits"]).stdout);
}

#[test]
fn a_wrong_command_is_a_usage_error() {
    let ran = expect(root(), 2, &["frobnicate"]);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("frobnicate"), "{}", ran.stderr);
}
