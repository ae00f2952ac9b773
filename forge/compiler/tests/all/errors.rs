//! What authors are told: each file in `tests/errors` has one mistake, and beside it what the compiler says of it.

use crate::cases::{self, Case};
use wardian_compiler::{CompileError, Diagnostic, Sources, check, diagnostic::render};

/// All findings, warnings included.
fn findings(sources: &Sources) -> Vec<Diagnostic> {
    match check(sources) {
        Ok(checked) => checked.warnings,
        Err(CompileError::Sources(list)) => list,
        Err(error) => panic!("{error}"),
    }
}

fn told(case: &Case) -> String {
    format!("{}\n", render(&findings(&case.sources())))
}

#[test]
fn every_mistake_is_shown_as_its_golden_file_says() {
    let cases = cases::all("errors");
    assert!(cases.len() >= 90, "{} cases", cases.len());
    let texts: Vec<(String, String)> = cases.iter().map(|case| (case.name.clone(), told(case))).collect();
    cases::golden("errors", &texts);
    let silent: Vec<&String> = texts.iter().filter(|(_, text)| text.trim().is_empty()).map(|(name, _)| name).collect();
    assert!(silent.is_empty(), "nothing is said of {silent:?}");
}
