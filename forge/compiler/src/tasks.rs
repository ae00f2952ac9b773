//! The tasks that travel with a pack: `tasks.jsonl`, one JSON object a line.

use crate::diagnostic::{FileId, Report, Span, nearest};
use crate::source::Sources;
use std::collections::BTreeSet;
use wardian_format::ToolSpec;
use wardian_format::pack::Role;
use wardian_format::task::TaskSource;

/// Path of the tasks.
pub(crate) const TASKS_PATH: &str = "tasks.jsonl";

/// Reads every task and looks for the tools that it names. Whether its calls succeed only playing them shows.
pub(crate) fn check(sources: &Sources, specs: &[ToolSpec], report: &mut Report<'_>) {
    let Some(text) = sources.get(TASKS_PATH) else { return };
    let file = report.file(TASKS_PATH);
    let mut ids = BTreeSet::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let place = Span::new(file, at, at + line.trim_end().len());
        at += line.len();
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<TaskSource>(line) {
            Ok(task) => {
                check_tools(&task, specs, file, place, line, report);
                if !ids.insert(task.id.clone()) {
                    report.error(place, format!("there are two tasks `{}`", task.id), None);
                }
            }
            Err(error) => {
                let column = error.column().saturating_sub(1).min(line.trim_end().len());
                let reason = error.to_string();
                let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
                report.error(Span::new(file, place.start + column, place.end), format!("this line is no task: {reason}"), None);
            }
        }
    }
}

fn check_tools(task: &TaskSource, specs: &[ToolSpec], file: FileId, place: Span, line: &str, report: &mut Report<'_>) {
    let of_calls = task.setup.iter().chain(&task.gold).map(|call| (&call.tool, false));
    let of_rules = task.order.iter().flat_map(|rule| rule.first.iter().chain(&rule.then)).chain(&task.tools).map(|name| (name, false));
    for (name, asserts) in of_calls.chain(of_rules).chain(task.assertions.iter().map(|assertion| (&assertion.tool, true))) {
        let found = specs.iter().find(|spec| spec.name == *name && spec.role != Role::After);
        let message = match found {
            None => format!("task `{}`: there is no tool `{name}`", task.id),
            Some(spec) if asserts && spec.role != Role::Assert => format!("task `{}`: `{name}` has not the role assert", task.id),
            Some(_) => continue,
        };
        let near = if found.is_none() { nearest(name, specs.iter().map(|spec| spec.name.as_str())) } else { None };
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        let named = line.find(&format!("\"{name}\"")).map(|at| Span::new(file, place.start + at + 1, place.start + at + 1 + name.len()));
        report.error(named.unwrap_or(place), message, hint.as_deref());
    }
}
