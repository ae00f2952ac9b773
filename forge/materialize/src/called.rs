//! Whether a tool is read by its path or by its name, and by which name.
//!
//! Some descriptions write calls as paths: `POST /reminders.complete`, `POST /v1/operations/delete`, `POST /#Action=DescribeVpcs`. Such
//! paths have no keys, and their verbs are words; what they say is said by name.

use crate::rpc::class_of;
use crate::words::{plural, singular, words};
use std::collections::BTreeMap;
use wardian_format::CatalogTool;

/// Least number of verbal paths that make an API verbal.
const VERBAL_MIN: usize = 3;

/// Of the tools `which`, all of one API, those that are read by name, with the name.
pub(crate) fn by_name(tools: &[CatalogTool], which: &[usize]) -> BTreeMap<usize, String> {
    let is_verbal = is_verbal(tools, which);
    let name = |&i: &usize| {
        let tool = &tools[i];
        let Some(path) = path_of(tool) else { return Some((i, tool.name.clone())) };
        match action_of(path) {
            Some(action) => Some((i, action)),
            None if is_verbal => Some((i, verbal_name(path).unwrap_or_else(|| tool.name.clone()))),
            None => None,
        }
    };
    which.iter().filter_map(name).collect()
}

/// The path, where it may say more than the name. Paths of AWS's JSON services are often all the same.
pub(crate) fn path_of(tool: &CatalogTool) -> Option<&str> {
    let path = tool.origin.path.as_deref().filter(|path| path.len() > 1)?;
    (tool.origin.source != "aws" && tool.origin.method.is_some()).then_some(path)
}

/// `/#Action=DescribeVpcs` calls `DescribeVpcs`, `/#X-Amz-Target=Service.DeleteApp` `DeleteApp`.
pub(crate) fn action_of(path: &str) -> Option<String> {
    let target = || path.split_once("X-Amz-Target=").and_then(|(_, target)| target.rsplit_once('.'));
    let (_, action) = path.split_once("Action=").or_else(target)?;
    let action: String = action.chars().take_while(char::is_ascii_alphanumeric).collect();
    (!action.is_empty()).then_some(action)
}

/// True where paths have no keys, methods are those of calls, and most calls end in a verb.
fn is_verbal(tools: &[CatalogTool], which: &[usize]) -> bool {
    let paths: Vec<(&str, &str)> = which
        .iter()
        .filter_map(|&i| Some((path_of(&tools[i])?, tools[i].origin.method.as_deref()?)))
        .filter(|(path, _)| action_of(path).is_none())
        .collect();
    let verbal = paths.iter().filter(|(path, _)| verbal_name(path).is_some()).count();
    verbal >= VERBAL_MIN
        && verbal * 2 >= paths.len()
        && paths.iter().all(|(path, method)| !path.contains('{') && matches!(*method, "GET" | "POST"))
}

/// `/reminders.complete` → `complete reminder`, `/v1/operations/list` → `list operations`, `/chat.postMessage` → `post message`.
fn verbal_name(path: &str) -> Option<String> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty()).map(bare).rev();
    let last = segments.next()?;
    let (noun, verb) = match last.rsplit_once('.') {
        Some((noun, verb)) => (noun, verb),
        None => (segments.next().unwrap_or(""), last),
    };
    let said = words(verb);
    let class = class_of(said.first()?)?;
    if said.len() > 1 {
        return Some(said.join(" "));
    }
    let noun = words(noun).join(" ");
    if noun.is_empty() {
        return None;
    }
    let noun = if class == "list" { plural(&singular(&noun)) } else { singular(&noun) };
    Some(format!("{} {noun}", said[0]))
}

fn bare(segment: &str) -> &str {
    segment.strip_suffix(".json").or_else(|| segment.strip_suffix(".php")).unwrap_or(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_paths() {
        let name = |path: &str| verbal_name(path).unwrap_or_default();
        assert_eq!(name("/api/reminders.complete"), "complete reminder");
        assert_eq!(name("/v1/operations/list"), "list operations");
        assert_eq!(name("/chat.postMessage"), "post message");
        assert_eq!(name("/v1.1/product.image.add.json"), "add product image");
        assert_eq!(name("/issues"), "");
        assert_eq!(action_of("/#Action=DescribeVpcs").as_deref(), Some("DescribeVpcs"));
        assert_eq!(action_of("/#X-Amz-Target=Migration_V2016.DeleteApp").as_deref(), Some("DeleteApp"));
        assert_eq!(action_of("/issues"), None);
    }
}
