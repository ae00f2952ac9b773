//! The domains on which prompts are tried: always the same tools of the catalogue that ships with the project.

use serde::Deserialize;
use std::collections::BTreeSet;
use wardian_format::graph::Domain;

const TRIALS: &str = include_str!("../evaluation.json");

/// A domain for trying prompts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Slug.
    pub name: String,
    /// For people.
    pub title: String,
    /// Ids in the catalogue that ships with the project.
    pub tools: Vec<String>,
}

impl Trial {
    /// The trial as a domain.
    pub fn domain(&self) -> Domain {
        let tools: BTreeSet<String> = self.tools.iter().cloned().collect();
        Domain {
            name: self.name.clone(),
            title: self.title.clone(),
            description: format!("{} tools for trying prompts.", tools.len()),
            terms: Vec::new(),
            tools: tools.into_iter().collect(),
        }
    }
}

/// All trials, in their order.
pub fn trials() -> Vec<Trial> {
    serde_json::from_str(TRIALS).expect("evaluation.json is a list of trials")
}
