//! Puts what a call came to into the example that speaks of it.

use super::examples::Actual;

/// `text` with the expectations of the example whose `@example` stands in line `line` (from 1) replaced by `actual`. An
/// example that says nothing of changes goes on saying nothing.
pub(super) fn example(text: &str, line: usize, actual: &Actual) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<String> = lines.iter().take(line).map(|line| (*line).to_owned()).collect();
    let (mut at, mut kept_until, mut has_changes, mut dropping) = (line, out.len(), false, false);
    while let Some(current) = lines.get(at) {
        match word(current) {
            Some("given" | "call") => dropping = false,
            Some(expectation @ ("gives" | "fails" | "changes")) => {
                has_changes |= expectation == "changes";
                dropping = true;
            }
            None if is_continuation(current) => {}
            _ => break,
        }
        if !dropping {
            out.push((*current).to_owned());
            kept_until = out.len();
        }
        at += 1;
    }
    out.truncate(kept_until);
    out.push(format!("-- @{}", actual.ending));
    if has_changes {
        out.extend(changes(&actual.changes));
    }
    out.extend(lines[at..].iter().map(|line| (*line).to_owned()));
    let mut text = out.join("\n");
    text.push('\n');
    text
}

fn changes(lines: &[String]) -> Vec<String> {
    if lines.is_empty() {
        return vec!["-- @changes nothing".to_owned()];
    }
    let lines = lines.iter().map(|line| format!("--   {line}"));
    std::iter::once("-- @changes".to_owned()).chain(lines).collect()
}

/// The word of an annotation.
fn word(line: &str) -> Option<&str> {
    let word = line.trim_start().strip_prefix("--")?.trim_start().strip_prefix('@')?;
    word.split(|c: char| !c.is_alphanumeric()).next()
}

/// A comment that goes on an annotation.
fn is_continuation(line: &str) -> bool {
    line.trim_start().strip_prefix("--").is_some_and(|rest| rest.starts_with("  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_expectations_change() {
        let text = "-- @tool a\n-- @example one\n-- @call {\"x\":\n--   1}\n-- @gives 1\n-- @changes nothing\n-- @example two\n-- @call\n-- @fails other\nSELECT 1;\n";
        let actual = Actual { ending: "gives 2".to_owned(), changes: vec!["+ t[1] {}".to_owned()] };
        let once = example(text, 7, &actual);
        assert!(once.ends_with("-- @example two\n-- @call\n-- @gives 2\nSELECT 1;\n"), "{once}");
        let twice = example(&once, 2, &actual);
        assert!(twice.contains("--   1}\n-- @gives 2\n-- @changes\n--   + t[1] {}\n-- @example two\n"), "{twice}");
    }
}
