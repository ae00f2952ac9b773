//! The texts of sources: tables in `schema.sql`, tools in `tools.sql`.

/// `name` as it stands in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// True for names that need no quotes and may be names of tables of ours.
pub(crate) fn is_plain(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    starts && name.len() <= 60 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// True where `text` has `name` as a whole word.
pub(crate) fn names(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// Where the definition of `table` ends in `schema`: the byte before the line that closes it.
pub(crate) fn end_of_table(schema: &str, table: &str) -> Option<usize> {
    let opening = [format!("CREATE TABLE {table} ("), format!("CREATE TABLE {} (", quoted(table))];
    let start = opening.iter().find_map(|text| schema.find(text.as_str()))?;
    schema[start..].find("\n) STRICT").map(|length| start + length)
}

/// The text of the tool `name` in `tools`, from its `@tool` to the next.
pub(crate) fn section<'a>(tools: &'a str, name: &str) -> Option<&'a str> {
    let start = starts(tools).find(|at| tools[*at..].lines().next().is_some_and(|line| tool_of(line) == Some(name)))?;
    let end = starts(tools).find(|at| *at > start).unwrap_or(tools.len());
    Some(&tools[start..end])
}

/// Names of the tools in a text, in order.
pub(crate) fn tools_in(text: &str) -> Vec<&str> {
    text.lines().filter_map(tool_of).collect()
}

fn starts(tools: &str) -> impl Iterator<Item = usize> {
    let mut at = 0;
    tools.split_inclusive('\n').filter_map(move |line| {
        let here = at;
        at += line.len();
        tool_of(line).map(|_| here)
    })
}

fn tool_of(line: &str) -> Option<&str> {
    let (word, rest) = annotation(line)?;
    (word == "tool").then(|| rest.split_whitespace().next()).flatten()
}

/// The word and the rest of a line that is an annotation.
pub(crate) fn annotation(line: &str) -> Option<(&str, &str)> {
    let inner = line.trim_start().strip_prefix("--")?.trim_start().strip_prefix('@')?;
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
    Some((&inner[..end], inner[end..].trim()))
}

/// Puts `lines` behind the head of the tool that `text` is: before its first step.
pub(crate) fn before_first_step(text: &str, lines: &str) -> String {
    const HEAD: [&str; 8] = ["tool", "doc", "param", "params", "role", "catalog", "yields", "returns"];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_head = match annotation(line) {
            Some((word, _)) => HEAD.contains(&word),
            // A line that goes on with an annotation, or a plain comment.
            None => line.trim_start().starts_with("--") || line.trim().is_empty(),
        };
        if !is_head {
            break;
        }
        at += line.len();
    }
    format!("{}{lines}{}", &text[..at], &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOLS: &str = "-- @tool a\n-- @doc A.\nSELECT 1;\n\n--  @tool b-c\n-- @param x text\n--   more\n-- @return\nSELECT 2;\n";

    #[test]
    fn sections_of_tools() {
        assert_eq!(tools_in(TOOLS), ["a", "b-c"]);
        assert_eq!(section(TOOLS, "a"), Some("-- @tool a\n-- @doc A.\nSELECT 1;\n\n"));
        let b = section(TOOLS, "b-c").expect("it is there");
        assert!(b.ends_with("SELECT 2;\n"));
        assert_eq!(before_first_step(b, "X\n"), "--  @tool b-c\n-- @param x text\n--   more\nX\n-- @return\nSELECT 2;\n");
        assert_eq!(section(TOOLS, "b"), None);
    }

    #[test]
    fn words_and_tables() {
        assert!(names("JOIN forks AS f", "forks") && !names("gist_forks", "forks") && !names("forks2", "forks"));
        let schema = "CREATE TABLE \"order\" (\n    a TEXT NOT NULL,\n    PRIMARY KEY (a)\n) STRICT, WITHOUT ROWID;\n";
        assert_eq!(end_of_table(schema, "order").map(|at| &schema[at..at + 9]), Some("\n) STRICT"));
        assert_eq!(end_of_table(schema, "orders"), None);
    }
}
