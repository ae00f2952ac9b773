//! How many episodes each stage of the filter let through, and why the others were dropped.

use std::collections::BTreeMap;
use wardian_format::verdict::{Decision, Stage};

/// The filter in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// Decisions in all.
    pub episodes: usize,
    /// The stages in their order, always all three.
    pub steps: Vec<FunnelStep>,
    /// Trajectories kept.
    pub kept: usize,
    /// Of those kept, how many for each code, most frequent first.
    pub kept_as: Vec<KeptAs>,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelStep {
    /// Which.
    pub stage: Stage,
    /// How many it dropped.
    pub dropped: usize,
    /// How many were left after it.
    pub left: usize,
    /// Why, most frequent first.
    pub reasons: Vec<Reason>,
}

/// A reason with its count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The word that decisions carry.
    pub code: String,
    /// How many.
    pub count: usize,
    /// What the first of them (by trajectory id) says.
    pub example: String,
}

/// A way of being kept, with its count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAs {
    /// `clean` or `recovered`.
    pub code: String,
    /// How many.
    pub count: usize,
}

impl Funnel {
    /// Counts `decisions`. A drop without a stage counts for the first stage.
    pub fn of(decisions: &[Decision]) -> Self {
        let mut dropped: BTreeMap<(Stage, &str), (usize, &Decision)> = BTreeMap::new();
        let mut kept_as: BTreeMap<&str, usize> = BTreeMap::new();
        for decision in decisions {
            if decision.kept {
                *kept_as.entry(&decision.code).or_default() += 1;
                continue;
            }
            let key = (decision.stage.unwrap_or(Stage::Validity), decision.code.as_str());
            let entry = dropped.entry(key).or_insert((0, decision));
            entry.0 += 1;
            if decision.trajectory < entry.1.trajectory {
                entry.1 = decision;
            }
        }
        let mut left = decisions.len();
        let steps = [Stage::Validity, Stage::State, Stage::Calls].map(|stage| step(stage, &dropped, &mut left)).into();
        let mut kept_as: Vec<KeptAs> = kept_as.into_iter().map(|(code, count)| KeptAs { code: code.to_owned(), count }).collect();
        kept_as.sort_by_key(|k| std::cmp::Reverse(k.count));
        Self { episodes: decisions.len(), steps, kept: left, kept_as }
    }
}

/// The word for a stage, as in the files.
pub(crate) fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Validity => "validity",
        Stage::State => "state",
        Stage::Calls => "calls",
    }
}

fn step(stage: Stage, dropped: &BTreeMap<(Stage, &str), (usize, &Decision)>, left: &mut usize) -> FunnelStep {
    let of_stage = dropped.iter().filter(|((s, _), _)| *s == stage);
    let mut reasons: Vec<Reason> = of_stage
        .map(|((_, code), (count, first))| Reason { code: (*code).to_owned(), count: *count, example: first.reason.clone() })
        .collect();
    reasons.sort_by_key(|r| std::cmp::Reverse(r.count));
    let count = reasons.iter().map(|r| r.count).sum();
    *left -= count;
    FunnelStep { stage, dropped: count, left: *left, reasons }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(id: &str, stage: Option<Stage>, code: &str) -> Decision {
        Decision { trajectory: id.into(), kept: stage.is_none(), stage, code: code.into(), reason: format!("{id}: {code}") }
    }

    #[test]
    fn counts_add_up() {
        let funnel = Funnel::of(&[
            decision("b", Some(Stage::State), "state_differs"),
            decision("a", Some(Stage::State), "state_differs"),
            decision("c", Some(Stage::Calls), "extra_call"),
            decision("d", None, "clean"),
            decision("e", None, "recovered"),
            decision("f", None, "recovered"),
        ]);
        assert_eq!(funnel.steps.iter().map(|s| (s.dropped, s.left)).collect::<Vec<_>>(), [(0, 6), (2, 4), (1, 3)]);
        assert_eq!(funnel.steps[1].reasons[0].example, "a: state_differs");
        assert_eq!((funnel.kept, funnel.kept_as[0].code.as_str(), funnel.kept_as[0].count), (3, "recovered", 2));
    }
}
