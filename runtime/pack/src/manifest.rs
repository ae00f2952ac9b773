//! The manifest against what it speaks of.

use crate::schema;
use std::collections::BTreeSet;
use wardian_admit::Report;
use wardian_format::limits::Profile;
use wardian_format::pack::{After, Effect, PACK_FORMAT, Role, Statements, ToolSpec};
use wardian_format::{Manifest, json, names, time};
use wardian_state::Schema;

/// Longest manifest, bytes: as values in memory, JSON can take thirty times its length.
const MANIFEST_BYTES_MAX: usize = wardian_format::limits::FIXED.manifest_bytes_max;

/// Longest description of a tool, bytes.
const DESCRIPTION_BYTES_MAX: usize = wardian_format::limits::FIXED.description_bytes_max;

/// How much of an export's name must be that of its tool, bytes; the rest may tell clashing names apart.
const EXPORT_PREFIX_BYTES: usize = 32;

/// Parses a manifest, which must be in canonical form.
pub(crate) fn parse(data: &[u8]) -> Result<Manifest, String> {
    if data.len() > MANIFEST_BYTES_MAX {
        return Err(format!("it has more than {MANIFEST_BYTES_MAX} bytes"));
    }
    let text = std::str::from_utf8(data).map_err(|error| format!("it is not UTF-8: {error}"))?;
    let value = json::parse(text).map_err(|error| error.to_string())?;
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format == u64::from(PACK_FORMAT) => {}
        Some(format) => return Err(format!("its format is {format}; this version reads {PACK_FORMAT}")),
        None => return Err("it has no format number".to_owned()),
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let written = serde_json::to_value(&manifest).map_err(|error| error.to_string())?;
    if json::canonical(&written).map_err(|error| error.to_string())? != text {
        return Err("it is not in canonical form".to_owned());
    }
    Ok(manifest)
}

/// Checks `manifest` in itself and against the component.
pub(crate) fn check(manifest: &Manifest, report: &Report) -> Result<(), String> {
    slug(&manifest.name)?;
    time::parse_utc(&manifest.now).map_err(|error| error.to_string())?;
    let mut seen = BTreeSet::new();
    for tool in &manifest.tools {
        let error = |reason: String| format!("tool `{}`: {reason}", names::untrusted(&tool.name, 80));
        if !seen.insert(&tool.name) {
            return Err(error("the name is there twice".to_owned()));
        }
        check_tool(tool, manifest.profile).map_err(error)?;
    }
    let exports = manifest.tools.iter().map(|tool| &tool.export);
    if !exports.clone().eq(&report.exports) {
        let named: BTreeSet<&String> = exports.collect();
        let exported: BTreeSet<&String> = report.exports.iter().collect();
        let reason = match (named.difference(&exported).next(), exported.difference(&named).next()) {
            (Some(name), _) => format!("a tool has the export `{}`, which the component lacks", names::untrusted(name, 80)),
            (_, Some(name)) => format!("the component exports `{}`, which no tool has", names::untrusted(name, 80)),
            _ => "the tools are not in the order of the component's exports, or share one".to_owned(),
        };
        return Err(reason);
    }
    check_parts(manifest)?;
    if manifest.links != Manifest::derive_links(&manifest.tools) {
        return Err("its links are not those that references and yields imply".to_owned());
    }
    wardian_format::errors::check(&manifest.errors, manifest.tools.iter().map(|tool| tool.name.as_str()))
        .map_err(|(at, error)| format!("`errors`, at {at}: {error}"))?;
    if !manifest.ungraded.is_sorted() {
        return Err("`ungraded` is not sorted".to_owned());
    }
    check_order(manifest)
}

/// Rules on the order of calls name tools of the pack.
fn check_order(manifest: &Manifest) -> Result<(), String> {
    for rule in &manifest.order {
        if rule.first.is_empty() || rule.then.is_empty() {
            return Err("a rule in `order` names no tool in `first` or in `then`".to_owned());
        }
        if let Some(name) = rule.first.iter().chain(&rule.then).find(|name| manifest.tool(name).is_none()) {
            return Err(format!("`order` names the tool `{}`, which the pack lacks", names::untrusted(name, 80)));
        }
    }
    Ok(())
}

/// Guests and what follows calls, in themselves and against the tools.
fn check_parts(manifest: &Manifest) -> Result<(), String> {
    let names: Vec<&str> = manifest.guests.iter().map(|guest| guest.name.as_str()).collect();
    let digests: BTreeSet<_> = manifest.guests.iter().map(|guest| guest.digest).collect();
    if !names.is_sorted_by(|a, b| a < b) || digests.len() < names.len() {
        return Err("its guests are not sorted, or one is there twice".to_owned());
    }
    names.iter().try_for_each(|name| slug(name))?;
    if manifest.profile == Profile::Sql && !names.is_empty() {
        return Err("it has guests, which the profile `sql` does not allow".to_owned());
    }
    for tool in &manifest.tools {
        let follows = manifest.after.iter().filter(|after| after.tool == tool.name).count();
        let reason = match &tool.guest {
            Some(guest) if !names.contains(&guest.as_str()) => {
                format!("names the guest `{}`, which the pack lacks", names::untrusted(guest, 80))
            }
            None if tool.statements == Statements::Free && !names.is_empty() => "has free statements and no guest".to_owned(),
            _ if tool.role == Role::After && tool.statements == Statements::Free => {
                "has the role after, and its statements are free".to_owned()
            }
            _ if follows != usize::from(tool.role == Role::After) => "has the role after, and its place in `after` does not fit".to_owned(),
            _ => continue,
        };
        return Err(format!("tool `{}` {reason}", names::untrusted(&tool.name, 80)));
    }
    let unused = manifest.guests.iter().find(|guest| !manifest.tools.iter().any(|tool| tool.guest.as_ref() == Some(&guest.name)));
    if let Some(guest) = unused {
        return Err(format!("no tool names the guest `{}`", guest.name));
    }
    manifest.after.iter().try_for_each(|after| check_after(after, manifest))
}

fn check_after(after: &After, manifest: &Manifest) -> Result<(), String> {
    let shown = names::untrusted(&after.tool, 80);
    if manifest.tool(&after.tool).is_none() {
        return Err(format!("`after` names the tool `{shown}`, which the pack lacks"));
    }
    if after.roles.is_empty() || after.roles.contains(&Role::After) {
        return Err(format!("what `{shown}` follows is no list of roles that call tools"));
    }
    let followed = |name: &String| manifest.tool(name).is_some_and(|tool| tool.role != Role::After);
    match after.tools.iter().find(|name| !followed(name)) {
        Some(name) => Err(format!("`{shown}` follows the tool `{}`, which the pack lacks", names::untrusted(name, 80))),
        None => Ok(()),
    }
}

fn check_tool(tool: &ToolSpec, profile: Profile) -> Result<(), String> {
    let name_ok = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if tool.name.is_empty() || tool.name.len() > names::TOOL_NAME_MAX || !tool.name.chars().all(name_ok) {
        return Err("the name is not made of 1 to 64 of A-Z a-z 0-9 _ -".to_owned());
    }
    let kebab = names::kebab(&tool.name);
    if !tool.export.starts_with(&kebab[..kebab.len().min(EXPORT_PREFIX_BYTES)]) {
        return Err(format!("its export `{}` does not start like its name", names::untrusted(&tool.export, 80)));
    }
    if tool.description.len() > DESCRIPTION_BYTES_MAX {
        return Err(format!("the description has more than {DESCRIPTION_BYTES_MAX} bytes"));
    }
    schema::arguments(&tool.parameters).map_err(|reason| format!("schema of the parameters: {reason}"))?;
    tool.returns.as_ref().map_or(Ok(()), schema::any).map_err(|reason| format!("schema of the result: {reason}"))?;
    match (&tool.statements, profile) {
        (Statements::Free, Profile::Sql) => Err("its statements are free, which the profile `sql` does not allow".to_owned()),
        (Statements::Closed { sql }, _) if tool.effect == Effect::Read && sql.iter().any(|sql| writes(sql)) => {
            Err("it is called a read, but has a statement that writes".to_owned())
        }
        _ => Ok(()),
    }
}

/// True where the first word of a statement is one that only writers use. `WITH … INSERT` is not seen here; the
/// compiler classifies exactly, and a call of a read that changes the state is caught where it is made.
fn writes(sql: &str) -> bool {
    let word: String = sql.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    ["insert", "update", "delete", "replace"].contains(&word.to_ascii_lowercase().as_str())
}

/// Checks that references and yields name columns of `schema`.
pub(crate) fn check_refs(manifest: &Manifest, schema: &Schema) -> Result<(), String> {
    let known: BTreeSet<(&str, &str)> =
        schema.tables.iter().flat_map(|table| table.columns.iter().map(|column| (table.name.as_str(), column.name.as_str()))).collect();
    for tool in &manifest.tools {
        let refs = tool.refs.iter().map(|r| (r.table.as_str(), r.column.as_str()));
        let yields = tool.yields.iter().map(|y| (y.table.as_str(), y.column.as_str()));
        if let Some((table, column)) = refs.chain(yields).find(|place| !known.contains(place)) {
            let place = names::untrusted(&format!("{table}.{column}"), 120);
            return Err(format!("tool `{}` speaks of `{place}`, which the schema lacks", tool.name));
        }
    }
    Ok(())
}

/// A name that is safe as the name of a file.
fn slug(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ok = !name.is_empty() && name.len() <= 128 && name.chars().all(plain) && !name.starts_with(['.', '-']);
    if ok { Ok(()) } else { Err(format!("`{}` is not a name for a pack", names::untrusted(name, 80))) }
}
