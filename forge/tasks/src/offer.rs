//! Which tools an agent is offered: those that it needs, and others that it might take for them.

use crate::domain::Domain;
use std::collections::BTreeSet;
use wardian_format::Rng;
use wardian_format::names::words;
use wardian_format::pack::ToolSpec;

/// The names of `needed` and of `distractors` others, in the order of the pack; empty where that is all of them. The first half of the others
/// are those most like the needed ones, the rest are drawn.
pub(crate) fn offer(domain: &Domain<'_>, needed: &BTreeSet<&str>, distractors: Option<usize>, rng: &mut Rng) -> Vec<String> {
    let (used, mut others): (Vec<&ToolSpec>, Vec<&ToolSpec>) =
        domain.tools.iter().copied().partition(|tool| needed.contains(tool.name.as_str()));
    let Some(wanted) = distractors.filter(|wanted| *wanted < others.len()) else { return Vec::new() };
    rng.shuffle(&mut others);
    others.sort_by_key(|tool| std::cmp::Reverse(used.iter().map(|other| likeness(tool, other)).max().unwrap_or(0)));
    let mut chosen: Vec<&ToolSpec> = others.drain(..wanted.div_ceil(2)).collect();
    rng.shuffle(&mut others);
    chosen.extend(others.into_iter().take(wanted / 2));
    let named = |tool: &&&ToolSpec| needed.contains(tool.name.as_str()) || chosen.iter().any(|other| other.name == tool.name);
    domain.tools.iter().filter(named).map(|tool| tool.name.clone()).collect()
}

/// Tables and words of the name that two tools share.
fn likeness(a: &ToolSpec, b: &ToolSpec) -> usize {
    let tables = |tool: &ToolSpec| -> BTreeSet<String> {
        tool.refs.iter().map(|r| r.table.clone()).chain(tool.yields.iter().map(|y| y.table.clone())).collect()
    };
    let named = |tool: &ToolSpec| -> BTreeSet<String> { words(&tool.name).into_iter().collect() };
    2 * tables(a).intersection(&tables(b)).count() + named(a).intersection(&named(b)).count()
}
