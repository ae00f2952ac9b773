//! Verdicts in words: which grade holds, which decides, and where the episode went another way.

use serde::Serialize;
use serde_json::Value;
use std::fmt;
use wardian_format::task::{Basis, TaskKind};
use wardian_format::verdict::{Judged, Reordered, Verdict};
use wardian_format::{Diff, Task, Trajectory};

/// A verdict, explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Id of the trajectory.
    pub trajectory: String,
    /// What the task asks for.
    pub kind: TaskKind,
    /// All grades that decide hold.
    pub passed: bool,
    /// The grades, those that decide first.
    pub grades: Vec<Grade>,
    /// The reasons, as in the verdict.
    pub reasons: Vec<String>,
    /// From the goal state to the state reached, cell by cell.
    pub difference: Diff,
    /// The first call that is not the plan's.
    pub call: Option<CallDifference>,
    /// The proof that another order of the calls is as good as the plan's.
    pub reordered: Option<Reordered>,
    /// What a judge in words said.
    pub judged: Vec<Judged>,
}

/// One grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grade {
    /// `state`, `facts`, `order`, `actions`, `assertions`, `calls`.
    pub grade: &'static str,
    /// True where it holds; none where the task has nothing of the kind.
    pub holds: Option<bool>,
    /// True where `passed` depends on it.
    pub decides: bool,
}

/// Two calls, side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallDifference {
    /// Index among the successful calls.
    pub index: usize,
    /// The tool of the plan; none past its end.
    pub expected_tool: Option<String>,
    /// The tool of the episode; none past its end.
    pub actual_tool: Option<String>,
    /// Arguments that differ.
    pub arguments: Vec<ArgumentDifference>,
}

/// An argument that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArgumentDifference {
    /// `title`, `items.0.sku`.
    pub path: String,
    /// The plan's value; none where it has none.
    pub expected: Option<Value>,
    /// The episode's.
    pub actual: Option<Value>,
}

/// Explains `verdict`, which is that of `trajectory`.
pub fn explain(task: &Task, trajectory: &Trajectory, verdict: &Verdict) -> Explanation {
    let basis = if task.basis.is_empty() { &[Basis::State, Basis::Facts, Basis::Order] } else { task.basis.as_slice() };
    let grade = |grade, basis_of: Option<Basis>, holds| Grade { grade, holds, decides: basis_of.is_some_and(|b| basis.contains(&b)) };
    let mut grades = vec![
        grade("state", Some(Basis::State), Some(verdict.state)),
        grade("facts", Some(Basis::Facts), verdict.facts),
        grade("order", Some(Basis::Order), verdict.order),
        grade("actions", Some(Basis::Actions), verdict.actions),
        grade("assertions", Some(Basis::Assertions), verdict.assertions),
        grade("calls", None, Some(verdict.calls)),
    ];
    grades.sort_by_key(|grade| !grade.decides);
    Explanation {
        trajectory: trajectory.id.clone(),
        kind: task.kind,
        passed: verdict.passed,
        grades,
        reasons: verdict.reasons.clone(),
        difference: verdict.difference.clone(),
        call: verdict.divergence.as_ref().map(|found| calls(found.index, &found.expected, &found.actual)),
        reordered: verdict.reordered.clone(),
        judged: verdict.judged.clone(),
    }
}

fn calls(index: usize, expected: &Value, actual: &Value) -> CallDifference {
    let tool = |call: &Value| call["tool"].as_str().map(str::to_owned);
    let mut arguments = Vec::new();
    // Two calls of different tools have nothing to compare.
    if tool(expected) == tool(actual) {
        differences("", expected.get("arguments"), actual.get("arguments"), &mut arguments);
    }
    CallDifference { index, expected_tool: tool(expected), actual_tool: tool(actual), arguments }
}

fn differences(path: &str, expected: Option<&Value>, actual: Option<&Value>, out: &mut Vec<ArgumentDifference>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (expected, actual) {
        (a, b) if a == b => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
            names.for_each(|name| differences(&below(name), a.get(name), b.get(name), out));
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            (0..a.len().max(b.len())).for_each(|i| differences(&below(&i.to_string()), a.get(i), b.get(i), out));
        }
        (a, b) => out.push(ArgumentDifference { path: path.to_owned(), expected: a.cloned(), actual: b.cloned() }),
    }
}

/// Several lines, without a line feed at the end.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.trajectory, if self.passed { "passed" } else { "failed" }, self.kind.word())?;
        for grade in self.grades.iter().filter(|grade| grade.holds.is_some()) {
            let word = if grade.holds == Some(true) { "holds" } else { "does not hold" };
            let weight = if grade.decides { "" } else { ", which does not decide" };
            write!(f, "\n  {:<10} {word}{weight}", grade.grade)?;
        }
        for reason in &self.reasons {
            write!(f, "\n  - {reason}")?;
        }
        if !self.difference.is_empty() {
            write!(f, "\n  from the goal to what was reached:")?;
            for line in self.difference.to_string().lines() {
                write!(f, "\n    {line}")?;
            }
        }
        if let Some(call) = &self.call {
            let tool = |tool: &Option<String>| tool.as_ref().map_or_else(|| "no call".to_owned(), |tool| format!("`{tool}`"));
            write!(f, "\n  call {}: {} was planned, {} was made", call.index, tool(&call.expected_tool), tool(&call.actual_tool))?;
            for ArgumentDifference { path, expected, actual } in &call.arguments {
                let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
                write!(f, "\n    {path}: {} → {}", shown(expected), shown(actual))?;
            }
        }
        if let Some(reordered) = &self.reordered {
            write!(f, "\n  the plan's calls in the order {:?}; both orders were executed and end in {}", reordered.order, reordered.state)?;
        }
        for judged in &self.judged {
            write!(f, "\n  judge: {}: {} ({})", judged.statement, if judged.met { "met" } else { "not met" }, judged.reason)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arguments_are_compared_member_by_member() {
        let expected = json!({"tool": "pay", "arguments": {"id": 1, "items": [{"sku": "a"}, {"sku": "b"}], "note": "x"}});
        let actual = json!({"tool": "pay", "arguments": {"id": 1, "items": [{"sku": "a"}, {"sku": "c"}], "by": "card"}});
        let found = calls(2, &expected, &actual);
        let told: Vec<(&str, Option<Value>, Option<Value>)> =
            found.arguments.iter().map(|a| (a.path.as_str(), a.expected.clone(), a.actual.clone())).collect();
        assert_eq!(
            told,
            [("items.1.sku", Some(json!("b")), Some(json!("c"))), ("note", Some(json!("x")), None), ("by", None, Some(json!("card"))),]
        );
        let past_the_end = calls(3, &Value::Null, &actual);
        assert_eq!((past_the_end.expected_tool, past_the_end.actual_tool.as_deref()), (None, Some("pay")));
        assert!(past_the_end.arguments.is_empty());
    }
}
