//! docs/walkthroughs.md: the walks for a reader. `WARDIAN_GOLDEN=write` rewrites it.

use super::walk::{Listed, Step, Walk, names, read};
use serde_json::Value;
use std::fs::{self, File};
use std::path::PathBuf;

const HEAD: &str = "# Walk-throughs

Twenty well-known APIs, each materialized by rules alone (`wardian materialize DESCRIPTION -o api.wasm`), and in each a story that a
user of the API would tell. The stories are the files `tests/walks/*.walk.yaml`; the tests `walks::*` play them, and write this page.
A failing step leaves the state as it was, which the tests check, too.

`$name` stands for a value that an earlier step returned. “Not yet” marks what the API does and the world does not; the tests see that it
still does not, and pass over the steps that need it.

## Coverage

How many operations of each description are in its pack, those that read and those that change something. An operation in a pack counts as
what it does there; one that was left out counts as its request says (docs/materializer.md). `wardian materialize DESCRIPTION -o api.wasm &&
wardian materialize report api.report.json --json` prints these as `coverage.readers` and `coverage.writers`.

| API | readers | writers |
| --- | --: | --: |
";

fn path() -> PathBuf {
    crate::support::root().join("docs/walkthroughs.md")
}

fn is_writing() -> bool {
    std::env::var_os("WARDIAN_GOLDEN").is_some_and(|value| value == "write")
}

/// Runs `change` on the page, alone. Nothing is written where the page is as it should be.
fn rewrite(change: impl FnOnce(&str) -> String) {
    let lock = File::create(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("walkthroughs.lock")).expect("a lock");
    lock.lock().expect("it can be locked");
    let before = fs::read_to_string(path()).unwrap_or_default();
    let after = change(&before);
    if before != after {
        fs::write(path(), after).expect("can write");
    }
}

/// The page must have this row for `api`.
pub(super) fn row(api: &str, coverage: &Value) {
    let row = format!("{}{} | {} |", start(api), share(&coverage["readers"]), share(&coverage["writers"]));
    if is_writing() {
        return rewrite(|page| {
            lines(page).map(|line| if line.starts_with(&start(api)) { row.clone() } else { line.to_owned() }).collect::<Vec<_>>().join("\n")
                + "\n"
        });
    }
    let page = fs::read_to_string(path()).unwrap_or_default();
    let has = page.lines().find(|line| line.starts_with(&start(api))).unwrap_or("no row");
    assert_eq!(has, row, "docs/walkthroughs.md is not up to date; WARDIAN_GOLDEN=write rewrites it");
}

fn lines(page: &str) -> impl Iterator<Item = &str> {
    page.lines()
}

fn start(api: &str) -> String {
    format!("| {api} | ")
}

fn share(pair: &Value) -> String {
    let number = |name: &str| pair[name].as_u64().unwrap_or_else(|| panic!("no `{name}` in {pair}"));
    let (whole, part) = (number("tools_in"), number("tools_out"));
    format!("{part} of {whole} ({} %)", (100 * part).checked_div(whole).unwrap_or(0))
}

/// The whole page, with the rows of `old`.
fn page(old: &str) -> String {
    let walks: Vec<Walk> = names().iter().map(|name| read(name)).collect();
    let row = |walk: &Walk| {
        let row = old.lines().find(|line| line.starts_with(&start(&walk.api))).map(str::to_owned);
        row.unwrap_or_else(|| format!("{}| |", start(&walk.api))) + "\n"
    };
    let rows: String = walks.iter().map(row).collect();
    let stories: String = walks.iter().map(story).collect();
    format!("{HEAD}{rows}{stories}")
}

fn story(walk: &Walk) -> String {
    let from = match &walk.description.package {
        Some(package) => format!("`{}` of {package}", walk.description.document),
        None => format!("[`{0}`](../tests/walks/{0}), written for this", walk.description.document),
    };
    let mut out = format!("\n## {}\n\n{}\n\nDescription: {from}.\n\n", walk.api, walk.story.trim());
    if let Some(why) = &walk.not_yet {
        out.push_str(&format!("**The world does not tell this story yet: {why}.**\n\n"));
    }
    for (i, step) in walk.steps.iter().enumerate() {
        out.push_str(&format!("{}. {} `{}`", i + 1, step.say.trim(), step.call));
        if !step.with.is_empty() {
            out.push_str(&format!(" {}", code(&Value::Object(step.with.clone()))));
        }
        out.push_str(&format!(" → {}\n", seen(step)));
        if let Some(why) = &step.not_yet {
            out.push_str(&format!("   **Not yet: {why}.**\n"));
        }
    }
    out
}

fn code(value: &Value) -> String {
    format!("`{value}`")
}

fn seen(step: &Step) -> String {
    let mut parts = Vec::new();
    if let Some(failure) = &step.fails {
        parts.push(format!("refused, {}: “{}”", failure.code.word(), failure.says));
        parts.extend(failure.shows.as_ref().map(|body| format!("shown as {}", code(body))));
    }
    parts.extend(step.gives.as_ref().map(code));
    let listed = |word: &str, listed: &Listed| format!("{word} {}", code(&listed.item));
    parts.extend(step.lists.as_ref().map(|item| listed("has", item)));
    parts.extend(step.lacks.as_ref().map(|item| listed("lacks", item)));
    let kept: Vec<String> = step.keep.keys().map(|name| format!("`${name}`")).collect();
    if !kept.is_empty() {
        parts.push(kept.join(", "));
    }
    if parts.is_empty() { "done".to_owned() } else { parts.join("; ") }
}

#[test]
fn the_page_is_current() {
    if is_writing() {
        return rewrite(page);
    }
    let now = fs::read_to_string(path()).expect("docs/walkthroughs.md");
    assert!(now == page(&now), "docs/walkthroughs.md is not up to date; WARDIAN_GOLDEN=write rewrites it");
    assert!(!now.lines().any(|line| line.ends_with("| | |")), "an API has no figures");
}
