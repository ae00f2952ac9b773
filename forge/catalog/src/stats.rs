//! What a catalogue holds, in numbers.

use crate::store;
use std::collections::BTreeMap;
use std::io::Read;
use wardian_format::CatalogTool;
use wardian_format::jsonl::LineError;

/// How licences are counted that no description states.
const NO_LICENSE: &str = "none stated";

/// Numbers of a catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Tools.
    pub tools: usize,
    /// Tools by kind of description.
    pub sources: BTreeMap<String, usize>,
    /// Tools by provider.
    pub providers: BTreeMap<String, usize>,
    /// Different pairs of provider and service.
    pub services: usize,
    /// Tools by licence.
    pub licenses: BTreeMap<String, usize>,
    /// Tools with a description.
    pub described: usize,
    /// Tools whose result has a schema.
    pub with_returns: usize,
    /// Tools that stand for more than one description.
    pub merged: usize,
    /// Parameters of a tool.
    pub parameters: Spread,
    /// Required parameters of a tool.
    pub required: Spread,
    /// Bytes of a tool's parameter and result schemas together.
    pub schema_bytes: Spread,
}

/// How a number is spread over tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Of all tools together.
    pub sum: u64,
    /// Half of the tools have at most this.
    pub median: u64,
    /// 99 of a hundred tools have at most this.
    pub p99: u64,
    /// The most.
    pub max: u64,
}

impl Stats {
    /// Counts a catalogue in JSON lines. `name` is used in errors only.
    pub fn of(reader: impl Read + Send, name: &str) -> Result<Self, LineError> {
        let pieces = store::map(reader, name, |tools| Count::of(&tools))?;
        let mut all = Count::default();
        for piece in pieces {
            all.add(piece);
        }
        let mut out = all.stats;
        out.services = all.services.len();
        out.parameters = spread(all.parameters);
        out.required = spread(all.required);
        out.schema_bytes = spread(all.schema_bytes);
        Ok(out)
    }
}

#[derive(Default)]
struct Count {
    stats: Stats,
    services: BTreeMap<String, ()>,
    parameters: Vec<u64>,
    required: Vec<u64>,
    schema_bytes: Vec<u64>,
}

impl Count {
    fn of(tools: &[CatalogTool]) -> Self {
        let mut out = Self::default();
        for tool in tools {
            let origin = &tool.origin;
            out.stats.tools += 1;
            *out.stats.sources.entry(origin.source.clone()).or_insert(0) += 1;
            *out.stats.providers.entry(origin.provider.clone()).or_insert(0) += 1;
            let license = origin.license.clone().unwrap_or_else(|| NO_LICENSE.to_owned());
            *out.stats.licenses.entry(license).or_insert(0) += 1;
            out.services.insert(format!("{}/{}", origin.provider, origin.service), ());
            out.stats.described += usize::from(!tool.description.is_empty());
            out.stats.with_returns += usize::from(tool.returns.is_some());
            out.stats.merged += usize::from(!origin.also.is_empty());
            let parameters = tool.parameters.to_value();
            out.parameters.push(parameters["properties"].as_object().map_or(0, |members| members.len() as u64));
            out.required.push(parameters["required"].as_array().map_or(0, |names| names.len() as u64));
            let bytes = tool.parameters.text().len() + tool.returns.as_ref().map_or(0, |schema| schema.text().len());
            out.schema_bytes.push(bytes as u64);
        }
        out
    }

    fn add(&mut self, other: Self) {
        let (stats, more) = (&mut self.stats, other.stats);
        stats.tools += more.tools;
        stats.described += more.described;
        stats.with_returns += more.with_returns;
        stats.merged += more.merged;
        for (all, part) in
            [(&mut stats.sources, more.sources), (&mut stats.providers, more.providers), (&mut stats.licenses, more.licenses)]
        {
            for (key, count) in part {
                *all.entry(key).or_insert(0) += count;
            }
        }
        self.services.extend(other.services);
        self.parameters.extend(other.parameters);
        self.required.extend(other.required);
        self.schema_bytes.extend(other.schema_bytes);
    }
}

fn spread(mut values: Vec<u64>) -> Spread {
    values.sort_unstable();
    let Some(&max) = values.last() else { return Spread::default() };
    let at = |hundredths: usize| values[((values.len() - 1) * hundredths).div_ceil(100)];
    Spread { sum: values.iter().sum(), median: at(50), p99: at(99), max }
}
