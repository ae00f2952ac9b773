//! Follows the advice that fits the graph.

use super::{ADVICE, About, AdviceError, AdviceOptions, Answer, Questions, domains, edges};
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::advice::{ADVICE_FORMAT, AdviceReport, RefusedAdvice};
use wardian_format::graph::{Domain, Edge};
use wardian_format::names::untrusted;

/// Longest reason in the report, characters.
const REASON_CHARS_MAX: usize = 300;

/// A graph after advice.
#[derive(Clone, Debug, PartialEq)]
pub struct Advised {
    /// Sorted by name.
    pub domains: Vec<Domain>,
    /// Sorted by kind, `from` and `to`.
    pub edges: Vec<Edge>,
    /// What was done, and what was not.
    pub report: AdviceReport,
}

/// What following one answer needs, and where it is written down.
pub(super) struct Desk<'a> {
    pub(super) tools: &'a BTreeMap<&'a str, &'a CatalogTool>,
    pub(super) options: &'a AdviceOptions,
    pub(super) question: &'a str,
    pub(super) report: &'a mut AdviceReport,
}

impl Desk<'_> {
    /// Refuses `advice`. Parts of the reason may be the model's words.
    pub(super) fn refuse(&mut self, advice: impl Into<String>, reason: impl AsRef<str>) {
        let reason = untrusted(reason.as_ref(), REASON_CHARS_MAX);
        self.report.refused.push(RefusedAdvice { question: self.question.to_owned(), advice: advice.into(), reason });
    }
}

/// The graph of `domains` and `edges` as `answers` advise, which belong to `questions.asked` one by one; an answer that is missing is one
/// that failed. `model` is for the report. Advice is followed in the order of the questions, so a slug belongs to the first that asks for it.
///
/// Nothing is lost: every tool is in as many domains as before, edges are taken out only where an answer says so of that very edge, and what
/// was taken out is in the report. Counts of the graph (`GraphStats`) and its modularity are to be computed anew.
pub fn apply(
    tools: &[CatalogTool],
    domains: Vec<Domain>,
    edges: Vec<Edge>,
    questions: &Questions,
    answers: &[Result<Answer, AdviceError>],
    model: &str,
    options: &AdviceOptions,
) -> Advised {
    let by_id: BTreeMap<&str, &CatalogTool> = tools.iter().map(|tool| (tool.id.as_str(), tool)).collect();
    let mut report = empty(model, questions);
    let mut places = domains::Domains::new(domains);
    let mut links = edges::Links::new(edges);
    for (index, question) in questions.asked.iter().enumerate() {
        let mut desk = Desk { tools: &by_id, options, question: &question.id, report: &mut report };
        match (answers.get(index), &question.about) {
            (Some(Ok(answer)), About::Kinds { domain, tools }) => {
                desk.report.answered += 1;
                places.follow(domain, tools, &answer.0, &mut desk);
            }
            (Some(Ok(answer)), About::Edges { tools, edges, .. }) => {
                desk.report.answered += 1;
                links.follow(&edges::Asked { tools, edges }, &answer.0, &mut desk);
            }
            (failed, about) => {
                if let About::Edges { edges, .. } = about {
                    desk.report.edges_unjudged += edges.len();
                }
                let error = failed.and_then(|answer| answer.as_ref().err());
                desk.refuse(ADVICE, error.map_or_else(|| "it was not asked".to_owned(), ToString::to_string));
            }
        }
    }
    let edges = links.finish(&mut report);
    Advised { domains: places.finish(), edges, report }
}

fn empty(model: &str, questions: &Questions) -> AdviceReport {
    AdviceReport {
        format: ADVICE_FORMAT,
        model: model.to_owned(),
        prompts: super::PROMPTS_VERSION.to_owned(),
        prompts_digest: super::prompts_digest(),
        questions: questions.asked.len(),
        answered: 0,
        renamed: Vec::new(),
        split: Vec::new(),
        edges_confirmed: 0,
        edges_unjudged: 0,
        edges_removed: Vec::new(),
        edges_added: Vec::new(),
        refused: questions.left_out.clone(),
    }
}
