//! From what each document gave to one catalogue: old versions out, equal tools merged, ids unique.
//!
//! Nothing here depends on the order in which documents were read: they are sorted first.

use crate::version::{Version, split_service};
use crate::{Found, Import, ImportOptions, Imported, naming};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::catalog::Skipped;
use wardian_format::jsonl;

/// Places that a tool names in `also`.
const ALSO_MAX: usize = 8;
/// Parts of a path that `also` keeps.
const ALSO_PARTS: usize = 3;

/// One catalogue out of many documents.
pub(crate) fn merge(mut found: Vec<Found>, options: &ImportOptions) -> Import {
    found.sort_by(order);
    let mut names: Vec<&str> = found.iter().map(|found| found.document.as_str()).collect();
    names.dedup();
    let mut out = Import { documents: names.len(), ..Import::default() };
    if !options.all_versions {
        out.superseded = collapse(&mut found, &mut out.skipped);
    }
    let mut kept = Kept::default();
    for found in &mut found {
        out.skipped.append(&mut found.skipped);
    }
    for (host, imported) in preferred(found) {
        kept.add(host, imported, &mut out.skipped);
    }
    out.merged = kept.merged;
    out.tools = kept.finish(&mut out.skipped);
    out.skipped.sort_by(|a, b| (&a.at, &a.reason).cmp(&(&b.at, &b.reason)));
    out
}

/// By name and place; documents of one name by what they gave.
fn order(a: &Found, b: &Found) -> Ordering {
    let content = |found: &Found| {
        let tools = found.tools.iter().map(|imported| jsonl::line(&imported.tool));
        tools.chain(found.skipped.iter().map(jsonl::line)).collect::<String>()
    };
    (&a.document, a.lines_before).cmp(&(&b.document, b.lines_before)).then_with(|| content(a).cmp(&content(b)))
}

/// The place of a document among all, and its version: that in the service's name, then the stated one.
type Member = (usize, (Version, Version));

/// Empties documents that describe an older version of an API than another does; returns how many.
fn collapse(found: &mut [Found], skipped: &mut Vec<Skipped>) -> usize {
    let mut apis: BTreeMap<(String, String), Vec<Member>> = BTreeMap::new();
    for (i, found) in found.iter().enumerate() {
        // Who an API belongs to must be known before two documents can be said to describe the same one.
        let Some(api) = found.api.as_ref().filter(|api| api.provider != "unknown") else { continue };
        let (stem, suffix) = split_service(&api.service);
        let version = (Version::parse(suffix), Version::parse(&api.version));
        apis.entry((api.provider.clone(), stem.to_owned())).or_default().push((i, version));
    }
    let mut count = 0;
    for ((provider, stem), members) in apis {
        let Some((newest, best)) = members.iter().rev().max_by(|a, b| a.1.cmp(&b.1)) else { continue };
        let best_label = label(&found[*newest]);
        let best_name = found[*newest].document.clone();
        for (i, _) in members.iter().filter(|(_, version)| version < best) {
            let old = &mut found[*i];
            let reason = format!("{} of `{provider}/{stem}` gives way to {best_label} in {best_name}", label(old));
            skipped.push(Skipped { at: old.document.clone(), reason });
            old.tools.clear();
            old.skipped.clear();
            count += 1;
        }
    }
    count
}

fn label(found: &Found) -> String {
    let Some(api) = &found.api else { return "a version".to_owned() };
    let (_, suffix) = split_service(&api.service);
    let separator = if suffix.is_empty() || api.version.is_empty() { "" } else { ", " };
    format!("version `{suffix}{separator}{}`", api.version)
}

/// Every tool with the host of its API; of equal tools the one that comes first is the one to keep.
fn preferred(found: Vec<Found>) -> Vec<(Option<String>, Imported)> {
    let mut out: Vec<(usize, Option<String>, Imported)> = Vec::new();
    for found in found {
        let host = found.api.and_then(|api| api.host);
        out.extend(found.tools.into_iter().map(|imported| (rank(&imported.tool), host.clone(), imported)));
    }
    out.sort_by_key(|(rank, _, _)| *rank);
    out.into_iter().map(|(_, host, imported)| (host, imported)).collect()
}

/// What the owner of an API publishes comes before conversions, descriptions of APIs before descriptions of functions.
fn rank(tool: &CatalogTool) -> usize {
    ["aws", "google", "openapi", "mcp", "function"].iter().position(|source| *source == tool.origin.source).unwrap_or(5)
}

/// Tools that are kept so far, and what each is known by.
#[derive(Default)]
struct Kept {
    tools: Vec<Imported>,
    /// `host (or provider and service), method, path` → tool.
    requests: BTreeMap<String, usize>,
    /// `provider/service/name` → tools that want this id.
    ids: BTreeMap<String, Vec<usize>>,
    /// Name → tools that describe a function and no request.
    functions: BTreeMap<String, Vec<usize>>,
    merged: usize,
}

impl Kept {
    fn add(&mut self, host: Option<String>, imported: Imported, skipped: &mut Vec<Skipped>) {
        let tool = &imported.tool;
        let stated = !tool.id.is_empty();
        let id = if stated { tool.id.clone() } else { wanted_id(tool) };
        let request = request(host.as_deref(), tool);
        let is_function = request.is_none() && matches!(tool.origin.source.as_str(), "function" | "mcp");
        if let Some(same) = self.same(&id, request.as_deref(), is_function, tool) {
            return self.merge_into(same, imported);
        }
        if stated && let Some(&first) = self.ids.get(&id).and_then(|namesakes| namesakes.first()) {
            let reason = format!("tool id `{id}` is already taken by {}", self.tools[first].at);
            return skipped.push(Skipped { at: imported.at, reason });
        }
        let i = self.tools.len();
        if let Some(request) = request {
            self.requests.insert(request, i);
        }
        if is_function {
            self.functions.entry(tool.name.clone()).or_default().push(i);
        }
        self.ids.entry(id).or_default().push(i);
        self.tools.push(imported);
    }

    /// The tool that `tool` repeats, if one does.
    fn same(&self, id: &str, request: Option<&str>, is_function: bool, tool: &CatalogTool) -> Option<usize> {
        if let Some(&i) = request.and_then(|request| self.requests.get(request)) {
            return Some(i);
        }
        let says_the_same = |i: &&usize| {
            let other = &self.tools[**i].tool;
            let returns = |tool: &CatalogTool| tool.returns.as_ref().map(|schema| schema.text().to_owned());
            other.description == tool.description && other.parameters.text() == tool.parameters.text() && returns(other) == returns(tool)
        };
        let functions = self.functions.get(&tool.name).filter(|_| is_function);
        if let Some(&i) = functions.into_iter().flatten().find(says_the_same) {
            return Some(i);
        }
        let namesakes = self.ids.get(id)?;
        // Many AWS operations share one path: there the operation's name is what tells them apart, in conversions too.
        let of_aws = |i: &&usize| {
            let other = &self.tools[**i].tool.origin.source;
            *other != tool.origin.source && (other == "aws" || tool.origin.source == "aws")
        };
        let repeats = |i: &&usize| says_the_same(i) && (request.is_none() || self.tools[**i].tool.origin == tool.origin);
        namesakes.iter().find(|i| of_aws(i) || repeats(i)).copied()
    }

    fn merge_into(&mut self, kept: usize, imported: Imported) {
        let also = &mut self.tools[kept].tool.origin.also;
        for place in std::iter::once(short(&imported.at)).chain(imported.tool.origin.also) {
            if also.len() < ALSO_MAX && !also.contains(&place) {
                also.push(place);
            }
        }
        self.merged += 1;
    }

    /// Gives ids to tools that state none, and sorts.
    fn finish(mut self, skipped: &mut Vec<Skipped>) -> Vec<CatalogTool> {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, imported) in self.tools.iter().enumerate().filter(|(_, imported)| imported.tool.id.is_empty()) {
            let origin = &imported.tool.origin;
            groups.entry(format!("{}/{}", origin.provider, origin.service)).or_default().push(i);
        }
        for (prefix, members) in groups {
            let mut names: Vec<String> = members.iter().map(|&i| self.tools[i].tool.name.clone()).collect();
            if !are_unique(&names) {
                let keys: Vec<String> = members.iter().map(|&i| key(&self.tools[i].tool)).collect();
                naming::unique(&mut names, &keys);
            }
            for (&i, name) in members.iter().zip(names) {
                self.tools[i].tool.id = format!("{prefix}/{name}");
                self.tools[i].tool.name = name;
            }
        }
        self.tools.sort_by(|a, b| a.tool.id.cmp(&b.tool.id));
        let mut out: Vec<CatalogTool> = Vec::with_capacity(self.tools.len());
        for Imported { tool, at } in self.tools {
            match out.last() {
                Some(last) if last.id == tool.id => {
                    let reason = format!("tool id `{}` is already taken", tool.id);
                    skipped.push(Skipped { at, reason });
                }
                _ => out.push(tool),
            }
        }
        out
    }
}

fn wanted_id(tool: &CatalogTool) -> String {
    format!("{}/{}/{}", tool.origin.provider, tool.origin.service, tool.name)
}

/// What tells equal names apart in one API: the request, or what the tool says of itself.
fn key(tool: &CatalogTool) -> String {
    match (&tool.origin.path, &tool.origin.method) {
        (Some(path), Some(method)) => format!("{path} {}", method.to_lowercase()),
        _ => format!("{} {}", tool.description, tool.parameters),
    }
}

fn are_unique(names: &[String]) -> bool {
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

/// The request that a tool makes, where that says which operation it is: who answers, method, path without the parameters' names.
fn request(host: Option<&str>, tool: &CatalogTool) -> Option<String> {
    let origin = &tool.origin;
    let (method, path) = (origin.method.as_deref()?, origin.path.as_deref()?);
    let fixed = path.split('/').any(|segment| !segment.is_empty() && !segment.contains('{'));
    // Operations of AWS share paths, and what a looser record calls a path may be a part of one.
    let whole = matches!(origin.source.as_str(), "openapi" | "google");
    if !fixed || !whole || matches!(origin.provider.as_str(), "unknown" | "local") {
        return None;
    }
    let who = host.map_or_else(|| format!("{}/{}", origin.provider, origin.service), |host| format!("{} {host}", origin.provider));
    Some(format!("{who} {method} {}", without_names(path.trim_end_matches('/'))))
}

/// `/a/{id}/b` becomes `/a/{}/b`.
fn without_names(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            _ if inside => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

/// The end of a place's path, which does not depend on where the file lies.
fn short(at: &str) -> String {
    let (path, pointer) = at.split_at(at.find('#').unwrap_or(at.len()));
    let parts: Vec<&str> = path.split('/').collect();
    format!("{}{pointer}", parts[parts.len().saturating_sub(ALSO_PARTS)..].join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_short_and_paths_without_names() {
        assert_eq!(short("/tmp/x/pkg.tgz/package/api/a.com/b.json#/paths/~1x/get"), "api/a.com/b.json#/paths/~1x/get");
        assert_eq!(short("b.jsonl:7"), "b.jsonl:7");
        assert_eq!(without_names("/a/{id}/b:{verb}"), "/a/{}/b:{}");
    }
}
