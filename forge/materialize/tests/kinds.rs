//! Every reason that the sources of this crate can give has a kind.

use std::path::Path;
use wardian_materialize::{Kind, Stage};

/// Where a reason begins in a source.
const OPENINGS: &[&str] =
    &["Err(\"", "Err(format!(\"", ".ok_or(\"", ".ok_or_else(|| format!(\"", "why = \"", "why = format!(\"", "|| format!(\"`"];

/// The string literals behind an opening, with every placeholder filled.
fn reasons(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    // Calls that the formatter broke over lines are joined again.
    let joined = code.lines().map(str::trim).collect::<Vec<_>>().join(" ").replace("( \"", "(\"").replace("( format!", "(format!");
    let mut out = Vec::new();
    for opening in OPENINGS {
        for rest in joined.split(opening).skip(1) {
            let literal = literal(rest);
            out.push(filled(&if opening.ends_with('`') { format!("`{literal}") } else { literal }));
        }
    }
    out
}

fn literal(rest: &str) -> String {
    let mut out = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

/// `{name}` and `{}` as words.
fn filled(literal: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in literal.chars() {
        match c {
            '{' => {
                inside = true;
                out.push_str("some thing");
            }
            '}' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test opens files")]
fn every_reason_in_the_sources_has_a_kind() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut seen, mut others) = (0, Vec::new());
    let files = |folder: &Path| std::fs::read_dir(folder).expect("the sources are there").map(|f| f.expect("it can be read").path());
    for path in files(&folder).chain(files(&folder.join("selfcheck"))) {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.ends_with(".rs") || name == "report.rs" || name == "tests.rs" {
            continue;
        }
        let stage = if matches!(name.as_str(), "selfcheck.rs" | "readback.rs") { Stage::SelfCheck } else { Stage::Rules };
        for reason in reasons(&std::fs::read_to_string(&path).expect("it can be read")) {
            // Pieces of reasons, which are said behind others, and the names of columns.
            if reason.starts_with("the schema is wrong") || !reason.contains(' ') {
                continue;
            }
            seen += 1;
            if Kind::of(stage, &reason) == Kind::Other {
                others.push(format!("{name}: {reason}"));
            }
        }
    }
    assert!(seen > 50, "the search for reasons finds only {seen}");
    assert!(others.is_empty(), "add their forms to src/report/kind.rs: {others:#?}");
}

#[test]
fn reasons_of_the_compiler_have_kinds() {
    assert_eq!(Kind::of(Stage::Compile, "no such column: t.x"), Kind::DoesNotCompile);
    assert_eq!(Kind::of(Stage::Compile, "the domain's sources do not compile: schema.sql: duplicate column n"), Kind::DomainDoesNotCompile);
    let error = wardian_materialize::MaterializeError::Pack {
        domain: "x".to_owned(),
        source: Box::new(wardian_pack::PackError::Refused { origin: "x".to_owned(), reason: "too large".to_owned() }),
    };
    assert_eq!(Kind::of(Stage::Compile, &error.to_string()), Kind::DomainDoesNotCompile, "{error}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test opens files")]
fn every_kind_is_documented() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/materializer.md");
    let text = std::fs::read_to_string(page).expect("the page is there");
    for kind in Kind::ALL {
        assert!(text.contains(&format!("| `{}` | {}", kind.word(), kind.meaning())), "docs/materializer.md lacks `{}`", kind.word());
    }
}
