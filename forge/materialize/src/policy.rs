//! `policy.md`: what the agent may do in a world, what it must confirm, what it must not.

use crate::entity::World;
use crate::operation::{Class, Operation};
use crate::words::{capital, plural, with_article};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Longest list of nouns in one sentence.
const NOUNS_MAX: usize = 12;

/// The policy of a world with these operations.
pub(crate) fn policy(world: &World, title: &str, now: &str, operations: &[&Operation]) -> String {
    let mut out = format!(
        "# {title}: policy for the agent\n\nYou act for one signed-in user through the tools of this world. The current time is {now}.\n"
    );
    let _ = writeln!(out, "\n## What you may do\n");
    for (verb, classes) in [
        ("Look up and list", &[Class::List, Class::Get, Class::GetPart, Class::Check, Class::ListRelated][..]),
        ("Create", &[Class::Create]),
        ("Change", &[Class::Update, Class::Upsert, Class::Move, Class::Action]),
        ("Delete", &[Class::Delete]),
    ] {
        let nouns: BTreeSet<String> =
            operations.iter().filter(|o| classes.contains(&o.class)).map(|o| plural(&world.entities[o.entity].noun)).collect();
        if !nouns.is_empty() {
            let _ = writeln!(out, "- {verb} {}.", enumerated(nouns.into_iter()));
        }
    }
    let related: BTreeSet<String> = operations
        .iter()
        .filter(|o| matches!(o.class, Class::Add | Class::Remove | Class::Set))
        .filter_map(|o| {
            o.link.map(|l| {
                let link = &world.links[l];
                let far = plural(&world.entities[link.to].noun);
                link.from.map_or_else(|| format!("the user's {far}"), |f| format!("the {far} of {}", with_article(&world.entities[f].noun)))
            })
        })
        .collect();
    if !related.is_empty() {
        let _ = writeln!(out, "- Change {}.", enumerated(related.into_iter()));
    }
    confirmations(&mut out, world, operations);
    let _ = writeln!(out, "\n## What you must not do\n");
    out.push_str("- Do not guess identifiers. Take them from the user or from the results of tools.\n");
    out.push_str("- Do not change or delete anything that the user did not ask about.\n");
    out.push_str("- Do not repeat a call that succeeded, and do not claim a result that no tool returned.\n");
    out.push_str("- When a tool refuses, tell the user why in plain words; do not work around the refusal.\n");
    out
}

fn confirmations(out: &mut String, world: &World, operations: &[&Operation]) {
    let mut losses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for o in operations.iter().filter(|o| o.class == Class::Delete) {
        let e = &world.entities[o.entity];
        let children = world.children(o.entity).filter(|(_, c)| !c.implicit).map(|(_, c)| plural(&c.noun)).collect();
        losses.insert(e.noun.clone(), children);
    }
    let guarded: Vec<&&Operation> = operations.iter().filter(|o| o.effects.iter().any(|e| e.guard.is_some())).collect();
    let clears =
        operations.iter().filter_map(|o| o.clears.as_ref()).map(|(c, _)| plural(&world.entities[*c].noun)).collect::<BTreeSet<_>>();
    if losses.is_empty() && guarded.is_empty() && clears.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## What cannot be undone\n");
    for (noun, children) in losses {
        let _ = write!(out, "- Delete {} only where the user asks for exactly that one. It cannot be undone", with_article(&noun));
        let tail = if children.is_empty() { String::new() } else { format!(", and its {} go with it", enumerated(children.into_iter())) };
        let _ = writeln!(out, "{tail}.");
    }
    for many in clears {
        let _ = writeln!(out, "- Clear {many} only where the user asks for it; all of them go.");
    }
    let refusals: BTreeSet<String> =
        guarded.iter().flat_map(|o| o.effects.iter().filter_map(|e| e.guard.as_ref().map(|(_, m)| m.clone()))).collect();
    if !refusals.is_empty() {
        out.push_str("\n## What the service refuses\n\n");
        for refusal in refusals {
            let _ = writeln!(out, "- {}.", capital(&refusal));
        }
    }
}

fn enumerated(nouns: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = nouns.collect();
    if all.len() > NOUNS_MAX {
        all.truncate(NOUNS_MAX);
        all.push("more".to_owned());
    }
    match all.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}
