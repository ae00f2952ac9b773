//! The text that a tool is embedded by.

use serde_json::Value;
use wardian_format::CatalogTool;
use wardian_format::names::words;

/// Characters of the description that count: what follows is rarely about what the tool does.
const DESCRIPTION_CHARS_MAX: usize = 320;

/// Parameters whose names count.
const PARAMETERS_MAX: usize = 16;

/// What a sentence model reads of `tool`: the name in words, the start of the description, the names of the parameters.
/// Two tools that differ in nothing else have the same text.
pub fn text(tool: &CatalogTool) -> String {
    let mut out = words(&tool.name).join(" ");
    out.push('.');
    let description = cut(&tool.description);
    if !description.is_empty() {
        out.push(' ');
        out.push_str(&description);
        if !description.ends_with(['.', '!', '?']) {
            out.push('.');
        }
    }
    let parameters = parameters(tool);
    if !parameters.is_empty() {
        out.push(' ');
        out.push_str(&parameters.join(", "));
    }
    out
}

/// The start of `description` with single blanks, cut between two words.
fn cut(description: &str) -> String {
    let mut out = String::new();
    let mut count = 0;
    for word in description.split_whitespace() {
        let length = word.chars().count() + usize::from(count > 0);
        if count + length > DESCRIPTION_CHARS_MAX {
            // A text without blanks, as Chinese is written, is cut inside of its one word.
            if count == 0 {
                out.extend(word.chars().take(DESCRIPTION_CHARS_MAX));
            }
            break;
        }
        if count > 0 {
            out.push(' ');
        }
        out.push_str(word);
        count += length;
    }
    out
}

fn parameters(tool: &CatalogTool) -> Vec<String> {
    let properties = tool.parameters.get("properties").and_then(Value::as_object);
    properties.into_iter().flat_map(|p| p.keys()).take(PARAMETERS_MAX).map(|name| words(name).join(" ")).collect()
}
