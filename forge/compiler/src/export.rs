//! Names of exports: the kebab-case of each tool's name, and what to do where that is too long or taken.

use std::collections::BTreeMap;
use wardian_format::{Digest, names};

/// Longest export name, bytes.
const EXPORT_MAX: usize = 64;

/// How much of a changed name stays.
const STEM_MAX: usize = 48;

/// Words that the generated world uses itself.
const RESERVED: [&str; 3] = ["database", "tool-error", "state"];

/// The exports of tools called `tools`, in order; `Err` holds the indices of two that cannot be told apart.
///
/// A name that is too long, reserved, or the kebab-case of another tool as well, gets the first six characters of
/// the SHA-256 of the tool's name appended. That depends on the set of names alone, not on their order.
pub(crate) fn assign(tools: &[&str]) -> Result<Vec<String>, (usize, usize)> {
    let kebabs: Vec<String> = tools.iter().map(|name| names::kebab(name)).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for kebab in &kebabs {
        *counts.entry(kebab).or_default() += 1;
    }
    let name = |(tool, kebab): (&&str, &String)| {
        let plain = kebab.len() <= EXPORT_MAX && counts[kebab.as_str()] == 1 && !RESERVED.contains(&kebab.as_str());
        if plain { kebab.clone() } else { marked(tool, kebab) }
    };
    let exports: Vec<String> = tools.iter().zip(&kebabs).map(name).collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, export) in exports.iter().enumerate() {
        if let Some(first) = seen.insert(export, i) {
            return Err((first, i));
        }
    }
    Ok(exports)
}

fn marked(tool: &str, kebab: &str) -> String {
    let stem: String = kebab.chars().take(STEM_MAX).collect();
    format!("{}-x{}", stem.trim_end_matches('-'), &Digest::of(tool.as_bytes()).short()[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_or_marked() {
        let long = "a_very_long_name_".repeat(4);
        let exports = assign(&["get_order", "getOrder", "get_user", "state", long.as_str()]).expect("all differ");
        assert_eq!(exports[2], "get-user");
        assert_eq!(exports[0], "get-order-x45915c");
        assert_ne!(exports[0], exports[1]);
        assert!(exports[3].starts_with("state-x"));
        assert!(exports[4].len() <= EXPORT_MAX, "{}", exports[4]);
        let again = assign(&[long.as_str(), "getOrder", "get_order"]).expect("all differ");
        assert_eq!((&again[0], &again[2]), (&exports[4], &exports[0]), "the order of tools does not matter");
    }

    #[test]
    fn equal_names_collide() {
        assert_eq!(assign(&["a", "b", "a"]), Err((0, 2)));
    }
}
