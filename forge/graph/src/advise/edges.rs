//! Advice on dependency edges.

use super::apply::Desk;
use super::{PRODUCERS_MAX, fields};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::CatalogTool;
use wardian_format::advice::{AdviceReport, RemovedEdge};
use wardian_format::graph::{Edge, EdgeKind};
use wardian_format::names::untrusted;

/// Reasons that an edge carries.
const WHY_MAX: usize = 5;
/// Edges that an answer may always take out, whatever share they are.
const REMOVED_FREE: usize = 3;
/// Longest reason against an edge, characters.
const REASON_CHARS_MAX: usize = 200;
/// Begins each reason that is a model's.
const MARK: &str = "model: ";

/// What a question showed.
pub(super) struct Asked<'a> {
    pub(super) tools: &'a [String],
    pub(super) edges: &'a [(String, String)],
}

/// The edges while advice is followed.
pub(super) struct Links {
    others: Vec<Edge>,
    dependencies: BTreeMap<(String, String), Edge>,
    added: BTreeSet<(String, String)>,
    removed: BTreeSet<(String, String)>,
    /// Producers of a parameter of a tool.
    producers: BTreeMap<(String, String), usize>,
}

/// An edge that an answer misses.
struct Missing<'a> {
    from: &'a str,
    to: &'a str,
    field: String,
    parameter: String,
}

impl Links {
    pub(super) fn new(edges: Vec<Edge>) -> Self {
        let (dependencies, others): (Vec<Edge>, Vec<Edge>) = edges.into_iter().partition(|edge| edge.kind == EdgeKind::Dependency);
        let mut producers = BTreeMap::new();
        for edge in &dependencies {
            count(&mut producers, edge, 1);
        }
        let dependencies = dependencies.into_iter().map(|edge| ((edge.from.clone(), edge.to.clone()), edge)).collect();
        Self { others, dependencies, added: BTreeSet::new(), removed: BTreeSet::new(), producers }
    }

    /// All edges in their order; the report gets those that were added.
    pub(super) fn finish(mut self, report: &mut AdviceReport) -> Vec<Edge> {
        report.edges_added = self.added.iter().filter_map(|pair| self.dependencies.get(pair)).cloned().collect();
        self.others.extend(self.dependencies.into_values());
        self.others.sort_by(|a, b| (a.kind, &a.from, &a.to).cmp(&(b.kind, &b.from, &b.to)));
        self.others
    }

    /// Follows `answer`.
    pub(super) fn follow(&mut self, asked: &Asked<'_>, answer: &Value, desk: &mut Desk<'_>) {
        let verdicts = verdicts(&answer["edges"], asked, desk);
        desk.report.edges_unjudged += asked.edges.len() - verdicts.len();
        if desk.options.confirm {
            self.judge(asked, &verdicts, desk);
        } else {
            desk.report.edges_unjudged += verdicts.len();
        }
        let missing = match &answer["missing"] {
            Value::Array(list) if desk.options.add => list.as_slice(),
            Value::Array(list) if list.is_empty() => &[],
            Value::Array(_) => return desk.refuse("missing", "no edges were wanted"),
            _ => return desk.refuse("missing", "there is no such list"),
        };
        for (index, item) in missing.iter().enumerate() {
            let added = missing_edge(item, asked, desk.tools).and_then(|missing| self.add(&missing));
            if let Err(reason) = added {
                desk.refuse(format!("missing[{index}]"), reason);
            }
        }
    }

    /// Counts what holds, and takes out what does not.
    fn judge(&mut self, asked: &Asked<'_>, verdicts: &BTreeMap<usize, Verdict>, desk: &mut Desk<'_>) {
        let against: Vec<(usize, &str)> =
            verdicts.iter().filter_map(|(index, verdict)| Some((*index, verdict.against.as_deref()?))).collect();
        desk.report.edges_confirmed += verdicts.len() - against.len();
        let is_much = against.len() > REMOVED_FREE && against.len() * 100 > asked.edges.len() * desk.options.removed_percent_max;
        if is_much {
            desk.report.edges_unjudged += against.len();
            let reason =
                format!("it takes out {} of {} edges, more than {} %", against.len(), asked.edges.len(), desk.options.removed_percent_max);
            return desk.refuse("edges", reason);
        }
        for (index, reason) in against {
            let pair = &asked.edges[index];
            match self.dependencies.remove(pair) {
                Some(edge) => {
                    count(&mut self.producers, &edge, -1);
                    self.removed.insert(pair.clone());
                    desk.report.edges_removed.push(RemovedEdge { edge, reason: untrusted(reason, REASON_CHARS_MAX) });
                }
                None => desk.refuse(format!("edges[{index}]"), "the graph has no such edge"),
            }
        }
    }

    fn add(&mut self, missing: &Missing<'_>) -> Result<(), String> {
        let pair = (missing.from.to_owned(), missing.to.to_owned());
        let why = format!("{MARK}{} → {}", missing.field, missing.parameter);
        if self.removed.contains(&pair) {
            return Err("an answer took this edge out".to_owned());
        }
        if self.dependencies.contains_key(&pair) && !self.added.contains(&pair) {
            return Err("the graph has this edge".to_owned());
        }
        let producers = self.producers.entry((pair.1.clone(), missing.parameter.clone())).or_default();
        if *producers >= PRODUCERS_MAX {
            return Err(format!("`{}` has {PRODUCERS_MAX} producers already", missing.parameter));
        }
        let weight = 1_000_000 / (*producers as u32 + 1);
        match self.dependencies.get_mut(&pair) {
            Some(edge) if edge.why.contains(&why) => return Err("it is listed twice".to_owned()),
            Some(edge) if edge.why.len() >= WHY_MAX => return Err(format!("the edge has {WHY_MAX} reasons already")),
            Some(edge) => {
                edge.weight = edge.weight.max(weight);
                edge.why.push(why);
            }
            None => {
                let edge = Edge { from: pair.0.clone(), to: pair.1.clone(), kind: EdgeKind::Dependency, weight, why: vec![why] };
                self.dependencies.insert(pair.clone(), edge);
                self.added.insert(pair);
            }
        }
        *producers += 1;
        Ok(())
    }
}

/// What an answer says of one edge: nothing against it, or what.
struct Verdict {
    against: Option<String>,
}

/// The verdicts by number, without those that contradict each other.
fn verdicts(list: &Value, asked: &Asked<'_>, desk: &mut Desk<'_>) -> BTreeMap<usize, Verdict> {
    let mut out: BTreeMap<usize, Verdict> = BTreeMap::new();
    let mut contradicted = BTreeSet::new();
    let Some(list) = list.as_array() else {
        desk.refuse("edges", "there is no such list");
        return out;
    };
    for (index, item) in list.iter().enumerate() {
        let edge = item["edge"].as_u64().map(|edge| edge as usize).filter(|edge| *edge < asked.edges.len());
        let (Some(edge), Some(holds)) = (edge, item["holds"].as_bool()) else {
            let reason = if edge.is_none() { "it names an edge that was not shown" } else { "it does not say whether the edge holds" };
            desk.refuse(format!("edges[{index}]"), reason);
            continue;
        };
        let against = (!holds).then(|| item["reason"].as_str().unwrap_or_default().trim().to_owned());
        if out.get(&edge).is_some_and(|before| before.against.is_some() != against.is_some()) {
            desk.refuse(format!("edges[{index}]"), format!("edge {edge} is said to hold and not to hold"));
            contradicted.insert(edge);
            continue;
        }
        out.entry(edge).or_insert(Verdict { against });
    }
    out.retain(|edge, _| !contradicted.contains(edge));
    out
}

/// An item of `missing`, checked against what was shown and against the schemas of both tools.
fn missing_edge<'a>(item: &Value, asked: &Asked<'a>, tools: &BTreeMap<&str, &CatalogTool>) -> Result<Missing<'a>, String> {
    let tool = |name: &str| {
        let index = item[name].as_u64().map(|index| index as usize).filter(|index| *index < asked.tools.len());
        let id = index.map(|index| asked.tools[index].as_str()).ok_or_else(|| format!("`{name}` is no tool that was shown"))?;
        let tool = tools.get(id).copied().ok_or_else(|| format!("`{name}` is no tool of the graph"))?;
        Ok::<_, String>((id, tool))
    };
    let ((from, producer), (to, consumer)) = (tool("from")?, tool("to")?);
    if from == to {
        return Err("a tool does not feed itself".to_owned());
    }
    let text =
        |name: &str| item[name].as_str().map(str::trim).filter(|text| !text.is_empty()).ok_or_else(|| format!("there is no `{name}`"));
    // The kind that the question shows may come along.
    let bare = |text: &str| text.split_once(": ").map_or(text, |(name, _)| name).to_owned();
    let (field, parameter) = (bare(text("field")?), bare(text("parameter")?));
    let returned = producer.returns.as_ref().and_then(|returns| fields::find(returns, &field));
    let (field, returned) = returned.ok_or_else(|| format!("the first tool returns no `{field}`"))?;
    let taken = fields::find(&consumer.parameters, &parameter);
    let (parameter, taken) = taken.ok_or_else(|| format!("the second tool takes no `{parameter}`"))?;
    if returned == fields::Kind::Object || !returned.fits(taken) {
        return Err(format!("`{field}` is {}, `{parameter}` is {}", returned.word(), taken.word()));
    }
    Ok(Missing { from, to, field, parameter })
}

/// Counts the producers that an edge tells of: each of its reasons ends in `→ parameter`.
fn count(producers: &mut BTreeMap<(String, String), usize>, edge: &Edge, by: isize) {
    for parameter in edge.why.iter().filter_map(|why| why.rsplit_once(" → ")).map(|(_, parameter)| parameter) {
        let count = producers.entry((edge.to.clone(), parameter.to_owned())).or_default();
        *count = count.saturating_add_signed(by);
    }
}
