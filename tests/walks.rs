//! Stories about twenty well-known APIs, each played in the world that its description becomes. tests/walks/README.md says how they are
//! written, docs/walkthroughs.md tells them.

mod packages;
mod page;
mod play;
mod walk;

use crate::support::{expect, is_full, wardian};
use serde_json::Value;
use std::fs;
use walk::FailureCode;

/// One test an API, so that each has its name.
macro_rules! walks {
    ($($test:ident)*) => {
        $(#[test]
        fn $test() {
            go(&stringify!($test).replace('_', "-"));
        })*

        #[test]
        fn every_walk_is_a_test() {
            let tests: Vec<String> = [$(stringify!($test)),*].iter().map(|name| name.replace('_', "-")).collect();
            assert_eq!(walk::names(), tests);
        }
    };
}

walks! {
    asana bitbucket box_com digitalocean dynamodb github gmail google_calendar jira kubernetes
    mailchimp notion_like s3 shopify_like slack spotify stripe trello twilio zoom
}

/// APIs of up to a thousand operations, half a minute to two and a half each: two thirds of the time of all.
const LARGE: [&str; 6] = ["bitbucket", "github", "jira", "kubernetes", "stripe", "zoom"];

/// Materializes the API of the walk `name` as a user does, and plays the walk.
fn go(name: &str) {
    if LARGE.contains(&name) && !is_full() {
        println!("SKIPPED: the walk through {name} is long, and part of `./test --full`");
        return;
    }
    let walk = walk::read(name);
    let Some(document) = packages::document(&walk.description) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let document = document.display().to_string();
    let made = wardian(folder.path(), &["materialize", &document, "-o", "api.wasm", "--quiet"]);
    match fs::read(folder.path().join("api.wasm")) {
        Ok(pack) => play::play(&walk, &mut play::open(pack)).unwrap_or_else(|why| panic!("{}, {why}", walk.api)),
        // Not one tool of the API is honest: then the walk says so.
        Err(_) => assert!(made.code == 1 && walk.not_yet.is_some(), "{}\n{}\n{}", walk.api, made.stdout, made.stderr),
    }
    let report = expect(folder.path(), 0, &["materialize", "report", "api.report.json", "--json"]).stdout;
    let report: Value = serde_json::from_str(&report).expect("JSON");
    page::row(&walk.api, &report["coverage"]);
}

/// A walk that nothing refuses shows half of a world.
#[test]
fn every_walk_has_a_guard_and_reads_what_it_writes() {
    for name in walk::names() {
        let walk = walk::read(&name);
        let steps = &walk.steps;
        let guards = steps.iter().filter(|step| step.fails.as_ref().is_some_and(|f| f.code != FailureCode::NotFound)).count();
        let gone = steps.iter().any(|step| step.lacks.is_some() || step.fails.as_ref().is_some_and(|f| f.code == FailureCode::NotFound));
        assert!(guards > 0, "{name}: nothing is refused but what is not there");
        assert!(gone, "{name}: nothing is gone in the end");
        assert!(steps.iter().any(|step| step.lists.is_some()), "{name}: nothing is found in a list");
        assert!(steps.len() >= 8, "{name}: {} steps", steps.len());
        for step in steps {
            let expects = step.gives.is_some() || step.lists.is_some() || step.lacks.is_some() || !step.keep.is_empty();
            assert!(step.fails.is_none() || !expects, "{name}: `{}` fails and gives", step.say);
        }
    }
}
