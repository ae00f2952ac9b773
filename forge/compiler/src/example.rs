//! The examples in the sources: calls on the pack's initial state with what is expected of them. This crate runs
//! nothing; whoever has a runtime does.

use crate::ast::{self, Unit};
use crate::diagnostic::{Report, nearest};
use serde_json::Value;
use wardian_format::ToolErrorCode;
use wardian_format::pack::Role;

/// One example of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Name of the tool.
    pub tool: String,
    /// What it shows.
    pub title: String,
    /// File and line of `@example`.
    pub place: (String, usize),
    /// Calls that come before, each of which must succeed: role, tool, arguments.
    pub given: Vec<Call>,
    /// The call.
    pub call: Call,
    /// What it should come to.
    pub expected: Expected,
    /// Lines of the difference that it should make, in the order of a diff; `None` where that is not said.
    pub changes: Option<Vec<String>>,
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// In which role.
    pub role: Role,
    /// Name of the tool.
    pub tool: String,
    /// The arguments.
    pub arguments: Value,
}

/// What the call of an example should come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// Any result.
    Success,
    /// This result.
    Result(Value),
    /// A tool error of this code, with this text where there is one.
    Failure {
        /// The code.
        code: ToolErrorCode,
        /// The text.
        message: Option<String>,
    },
}

/// All examples, in the order of the sources. What is wrong with one goes to `report`.
pub(crate) fn collect(unit: &Unit, report: &mut Report<'_>) -> Vec<Example> {
    let mut out = Vec::new();
    for tool in &unit.tools {
        out.extend(tool.examples.iter().filter_map(|example| read(tool, example, unit, report)));
    }
    out
}

fn read(tool: &ast::Tool, example: &ast::Example, unit: &Unit, report: &mut Report<'_>) -> Option<Example> {
    let Some(arguments) = example.call.clone() else {
        report.error(example.span, "the example has no `@call`", Some("write the arguments as `@call {…}`"));
        return None;
    };
    let names: Vec<&str> = unit.tools.iter().filter(|t| t.follows.is_none()).map(|t| t.name.text.as_str()).collect();
    let mut given = Vec::new();
    for (name, arguments) in &example.given {
        let Some(found) = unit.tools.iter().find(|t| t.name.text == name.text && t.follows.is_none()) else {
            let hint = nearest(&name.text, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            report.error(name.span, format!("there is no tool `{}`", name.text), hint.as_deref());
            continue;
        };
        given.push(Call { role: found.role, tool: name.text.clone(), arguments: arguments.clone() });
    }
    let expected = match example.expected.clone() {
        None => Expected::Success,
        Some(ast::Expected::Result(value)) => Expected::Result(value),
        Some(ast::Expected::Failure { code, message }) => Expected::Failure { code, message },
    };
    Some(Example {
        tool: tool.name.text.clone(),
        title: example.title.clone(),
        place: report.place(example.span),
        given,
        call: Call { role: tool.role, tool: tool.name.text.clone(), arguments },
        expected,
        changes: example.changes.clone(),
    })
}
