//! The layout of a tools file: white space alone. What a file means, and so what it compiles to, stays.

use crate::lexer::Cursor;
use std::collections::BTreeSet;

/// `text` with one blank line before each tool, group and `@after`, no two blank lines in a row, no white space at the
/// end of a line, one blank after `--` and after the word of an annotation, and one line break at the end.
///
/// Text inside of a literal is never touched, nor are the lines that go on an annotation, but for their ends.
pub fn format(text: &str) -> String {
    let fixed = lines_inside_literals(text);
    let mut out: Vec<String> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if fixed.contains(&i) {
            out.push(line.to_owned());
            continue;
        }
        let line = annotation(line.trim_end());
        if line.is_empty() && out.last().is_none_or(String::is_empty) {
            continue;
        }
        if starts_a_part(&line) {
            part_before(&mut out);
        }
        out.push(line);
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    let mut text = out.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Puts a blank line before a part that starts now, and above the comments that stand directly over it.
fn part_before(out: &mut Vec<String>) {
    let is_comment = |line: &String| line.starts_with("--") && !line[2..].trim_start().starts_with('@') && !goes_on(line);
    let above = out.iter().rev().take_while(|line| is_comment(line)).count();
    let at = out.len() - above;
    // The comment at the head of a file may be about the file.
    if at > 0 && !out[at - 1].is_empty() {
        out.insert(at, String::new());
    }
}

/// True where a comment line goes on an annotation above it.
fn goes_on(line: &str) -> bool {
    line.strip_prefix("--").is_some_and(|rest| rest.starts_with("  "))
}

fn starts_a_part(line: &str) -> bool {
    ["-- @tool ", "-- @steps ", "-- @after "].iter().any(|start| line.starts_with(start))
}

/// An annotation with one blank after `--` and one after its word; any other line as it is.
fn annotation(line: &str) -> String {
    let indent = &line[..line.len() - line.trim_start().len()];
    let Some(rest) = line.trim_start().strip_prefix("--") else { return line.to_owned() };
    let Some(word) = rest.trim_start_matches([' ', '\t']).strip_prefix('@') else { return line.to_owned() };
    let len = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
    let (word, argument) = word.split_at(len);
    // What is no white space belongs to the argument: `@return= 1`.
    let argument = argument.trim_start();
    if argument.is_empty() { format!("{indent}-- @{word}") } else { format!("{indent}-- @{word} {argument}") }
}

/// Numbers of the lines, from 0, that start or end inside of a literal.
fn lines_inside_literals(text: &str) -> BTreeSet<usize> {
    let line_of = |at: usize| text[..at].matches('\n').count();
    let tokens = Cursor::new(text, 0, text.len(), false).collect();
    let long = tokens.iter().filter(|token| token.text(text).contains('\n'));
    long.flat_map(|token| line_of(token.start)..=line_of(token.end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_only() {
        let untidy = "-- About the file.\n--@tool a  \n--   @doc   Text.\n--     goes on  \n\n\n\nSELECT 'two  \n\n\n lines' ;\n-- Over b.\n-- @tool b\n-- @return =  1\n\n\n";
        let tidy = "-- About the file.\n-- @tool a\n-- @doc Text.\n--     goes on\n\nSELECT 'two  \n\n\n lines' ;\n\n-- Over b.\n-- @tool b\n-- @return =  1\n";
        assert_eq!(format(untidy), tidy);
        assert_eq!(format(tidy), tidy);
        assert_eq!(format("\n\n"), "");
    }
}
