//! What authors are told: each file in `tests/errors` has one mistake, and beside it what the compiler says of it.

use crate::cases::{self, Case};
use crate::support::compile;
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

/// The same text with lines that end as on Windows, and a byte order mark before it.
fn as_on_windows(sources: &Sources) -> Sources {
    let mut other = sources.clone();
    other.texts.values_mut().for_each(|text| *text = format!("\u{feff}{}", text.replace('\n', "\r\n")));
    other
}

#[test]
fn line_ends_and_byte_order_marks_do_not_matter() {
    for case in cases::all("errors") {
        let sources = case.sources();
        assert_eq!(findings(&as_on_windows(&sources)), findings(&sources), "{}", case.name);
    }
    for case in cases::all("features").into_iter().filter(|case| case.name != "guests") {
        let mut sources = case.sources();
        sources.texts.remove("calls");
        let (expected, actual) = (compile(&sources).parts, compile(&as_on_windows(&sources)).parts);
        assert_eq!(actual.component, expected.component, "{}: the component", case.name);
        assert_eq!(actual.image, expected.image, "{}: the image", case.name);
        assert_eq!(actual.manifest, expected.manifest, "{}: the manifest", case.name);
    }
}

/// Columns count characters, as editors do.
#[test]
fn columns_are_those_of_an_editor() {
    let mut sources = cases::shop();
    for (before, column) in [("", 14), ("'訂單' || ", 22), ("'\u{1f9fe}\u{1f9fe}' || ", 22), ("'é' ||\t", 21), ("'e\u{301}' || ", 22)] {
        sources.insert("tools.sql", format!("-- @tool t\n-- @doc T.\n-- @return = {before}:nobody\n"));
        let found = findings(&sources);
        let places: Vec<(usize, usize)> = found.iter().map(|found| (found.line, found.column)).collect();
        assert_eq!(places, [(3, column)], "{before:?}");
    }
}

#[test]
fn many_mistakes_are_all_told_and_too_many_are_counted() {
    let with = |count: usize| {
        let mistake = |i: usize| match i % 4 {
            0 => format!("UPDATE orders SET statsu{i} = 'x';\n"),
            1 => format!("-- @let v{i} = :unknown{i}\n"),
            2 => format!("-- @require 1 = 1 else \"no {{x{i}}}\"\n"),
            _ => format!("-- @parm p{i} text\n"),
        };
        let tools: String = (0..count).map(mistake).collect();
        let mut sources = cases::shop();
        sources.insert("tools.sql", format!("-- @tool t\n-- @doc T.\n{tools}"));
        findings(&sources)
    };
    let two_hundred = with(200);
    assert_eq!(two_hundred.len(), 200, "each mistake is told once");
    assert!(render(&two_hundred).len() < 200 * 1024, "{} bytes", render(&two_hundred).len());
    let many = with(8_000);
    assert_eq!(many.len(), 1_001);
    assert_eq!(many.last().map(|last| last.message.as_str()), Some("7000 more mistakes are not shown"));
}

/// A mistake in a line of a megabyte does not print the line.
#[test]
fn long_lines_are_cut() {
    let mut sources = cases::shop();
    let long = "x".repeat(1 << 20);
    sources.insert("tools.sql", format!("-- @tool t\n-- @doc T.\n-- @return = '{long}' || :nobody || '{long}'\n"));
    sources.insert("data/numbers.jsonl", format!("{{\"n\": 1, \"order_id\": \"{long}\", \"oder\": 1}}\n"));
    let found = findings(&sources);
    assert_eq!(found.len(), 2, "{}", render(&found));
    assert!(found.iter().all(|found| found.to_string().len() < 2048), "{}", render(&found));
}

/// Every message in the compiler's sources has a case: what nobody has seen, nobody has judged.
#[test]
fn every_message_has_a_case() {
    let golden: String = cases::all("errors").iter().map(told).collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for (path, text) in wardian_testkit::text_files(&folder) {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for message in messages(code) {
            let parts: Vec<&str> = message.split(['{', '}']).step_by(2).map(|part| part.trim_matches('\\')).collect();
            let is_told = |line: &str| {
                let mut rest = line;
                parts.iter().all(|part| rest.find(part).map(|at| rest = &rest[at + part.len()..]).is_some())
            };
            assert!(golden.lines().any(is_told), "{path}: no case shows `{message}`");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen} messages found");
}

/// The messages that a source text reports, as they are written there.
fn messages(code: &str) -> Vec<String> {
    let calls = [
        "report.error(",
        "report.warning(",
        "error_of_file(",
        "warning_of_file(",
        "self.fail(",
        "need_order(",
        "place(\"",
        "Err((",
        "message: format!(",
        "let message =",
    ];
    let mut out = Vec::new();
    for (at, _) in calls.iter().flat_map(|call| code.match_indices(call)) {
        let end = code[at..].find(";\n").map_or(code.len(), |end| at + end);
        // The first literal with a blank in it is the message; names of files and keys have none.
        let literals = code[at..end].replace("\\\"", "\u{1}");
        let message = literals.split('"').skip(1).step_by(2).find(|text| text.contains(' ')).map(|text| text.replace('\u{1}', "\""));
        out.extend(message);
    }
    out
}
