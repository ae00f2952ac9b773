//! The sources of a pack, in memory. Reading a folder is the caller's business.

use crate::diagnostic::{Report, Span, nearest};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use wardian_format::{OrderRule, ToolSpec, limits::Profile, time};
use wardian_pack::Parts;
use wardian_state::Schema;

/// Byte order mark, which some editors write before a text.
const MARK: char = '\u{feff}';

/// The files of a pack's sources folder.
///
/// Known paths: `pack.toml`, `schema.sql`, `tools.sql`, `tools/*.sql` and `guests/*.sql` (in order of name),
/// `data/<table>.jsonl`, `policy.md`, `tasks.jsonl`. Other texts are kept in the pack and ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Path with `/` → text.
    pub texts: BTreeMap<String, String>,
    /// Name → component, from `guests/NAME.wasm`. The sources of a guest itself are not part of a pack.
    pub guests: BTreeMap<String, Vec<u8>>,
}

impl Sources {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// The text of `path`.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.texts.insert(path.into(), text.into());
    }

    /// What `extends` of `pack.toml` names: the sources that these stand over. A text that is no TOML extends nothing; the
    /// compiler says what is wrong with it.
    pub fn extends(&self) -> Option<String> {
        let table: toml::Table = toml::from_str(self.get(CONFIG_PATH)?).ok()?;
        Some(table.get("extends")?.as_str()?.to_owned())
    }

    /// These sources over those of `base`: a file of the same path stands in its place. The line of `extends`, which is no part of a
    /// pack, becomes an empty one.
    #[must_use]
    pub fn over(mut self, base: Self) -> Self {
        let mut out = base;
        if let Some(config) = self.texts.get_mut(CONFIG_PATH) {
            *config = without_extends(config);
        }
        out.texts.extend(self.texts);
        out.guests.extend(self.guests);
        out
    }

    /// The sources of the pack that `parts` are of: its texts, and the guests out of its component.
    ///
    /// # Errors
    /// When the component is not made of the guests that the manifest names.
    pub fn of(parts: &Parts) -> Result<Self, String> {
        let split = wardian_pack::split(&parts.component, &parts.manifest)?;
        let guests = split.guests.into_iter().map(|(name, bytes)| (name, bytes.to_vec())).collect();
        Ok(Self { texts: parts.sources.clone(), guests })
    }

    /// The same texts with line ends of one character and without byte order marks: what is compiled, whatever the
    /// author's editor writes.
    pub(crate) fn plain(&self) -> Cow<'_, Self> {
        let is_plain = |text: &String| !text.contains("\r\n") && !text.starts_with(MARK);
        if self.texts.values().all(is_plain) {
            return Cow::Borrowed(self);
        }
        let plain = |text: &String| text.strip_prefix(MARK).unwrap_or(text).replace("\r\n", "\n");
        let texts = self.texts.iter().map(|(path, text)| (path.clone(), plain(text))).collect();
        Cow::Owned(Self { texts, guests: self.guests.clone() })
    }

    /// Paths of the files with tools, in the order in which they are read.
    pub fn tool_paths(&self) -> impl Iterator<Item = &str> {
        let is_tools =
            |path: &&str| *path == "tools.sql" || ((path.starts_with("tools/") || path.starts_with("guests/")) && path.ends_with(".sql"));
        self.texts.keys().map(String::as_str).filter(is_tools)
    }
}

/// `config` without the line of `extends`, which keeps its place.
fn without_extends(config: &str) -> String {
    let is_key = |line: &str| line.trim_start().strip_prefix("extends").is_some_and(|rest| rest.trim_start().starts_with('='));
    let mut at_the_top = true;
    let line = |line: &str| {
        at_the_top &= !line.trim_start().starts_with('[');
        if at_the_top && is_key(line) { "\n".to_owned() } else { line.to_owned() }
    };
    config.split_inclusive('\n').map(line).collect()
}

impl From<BTreeMap<String, String>> for Sources {
    fn from(files: BTreeMap<String, String>) -> Self {
        Self { texts: files, guests: BTreeMap::new() }
    }
}

/// `pack.toml`: what the author says of the pack.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackConfig {
    /// Slug: lowercase letters, digits, `-` and `_`.
    pub name: String,
    /// For people.
    pub title: String,
    /// What the world is.
    #[serde(default)]
    pub description: String,
    /// Constant time of episodes, such as `2026-01-31T12:00:00Z`.
    pub now: String,
    /// Licence of the sources, SPDX.
    pub license: String,
    /// Who wrote the sources: `rules`, `hand`, `model:NAME`.
    pub author: String,
    /// What does not count in the graded digest: `table` or `table.column`.
    #[serde(default)]
    pub ungraded: Vec<String>,
    /// Rules of the policy on the order of calls.
    #[serde(default)]
    pub order: Vec<OrderRule>,
    /// Which limits apply. Without it: `sql`, or, with guests, the least that admits them.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// Where the sources come from, one line each.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Parts of the sources that `@if` keeps (`true`) or leaves out.
    #[serde(default)]
    pub switches: BTreeMap<String, bool>,
}

/// Path of the configuration.
pub(crate) const CONFIG_PATH: &str = "pack.toml";

impl PackConfig {
    /// Reads `pack.toml` of `sources`; what is wrong goes to `report`.
    pub(crate) fn read(sources: &Sources, report: &mut Report<'_>) -> Option<Self> {
        let Some(text) = sources.get(CONFIG_PATH) else {
            report.error_of_file(
                CONFIG_PATH,
                "the sources have no `pack.toml`",
                Some("it names the pack: name, title, now, license, author"),
            );
            return None;
        };
        match toml::from_str::<Self>(text) {
            Ok(config) => config.check(text, !sources.guests.is_empty(), report).then_some(config),
            Err(error) => {
                let range = error.span().unwrap_or(0..0);
                report.error(Span::new(report.file(CONFIG_PATH), range.start, range.end), error.message().to_owned(), None);
                None
            }
        }
    }

    /// What does not count must be there to be left out.
    pub(crate) fn check_ungraded(&self, schema: &Schema, report: &mut Report<'_>) {
        let file = report.file(CONFIG_PATH);
        let text = report.text(file);
        for name in &self.ungraded {
            let (table, column) = name.split_once('.').map_or((name.as_str(), None), |(table, column)| (table, Some(column)));
            let found = schema.tables.iter().find(|known| known.name == table);
            let is_there = |column: &str| found.is_some_and(|table| table.columns.iter().any(|known| known.name == column));
            let is_key = |column: &str| found.is_some_and(|table| table.primary_key.iter().any(|key| key == column));
            let message = match column {
                _ if found.is_none() => format!("no such table: {table}"),
                Some(column) if !is_there(column) => format!("no such column: {name}"),
                Some(column) if is_key(column) => format!("`{name}` is part of a key, which always counts"),
                _ => continue,
            };
            let candidates = schema.tables.iter().map(|table| table.name.as_str());
            let near = if found.is_none() { nearest(table, candidates) } else { None };
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            let start = text.find(&format!("\"{name}\"")).map_or(0, |at| at + 1);
            report.error(Span::new(file, start, start + name.len()), message, hint.as_deref());
        }
    }

    /// Rules on the order of calls name tools of the pack, and an argument that all of the later ones have.
    pub(crate) fn check_order(&self, tools: &[ToolSpec], report: &mut Report<'_>) {
        let file = report.file(CONFIG_PATH);
        let text = report.text(file).to_owned();
        let mut at = |name: &str, message: String, hint: Option<String>| {
            let start = text.find(&format!("\"{name}\"")).map_or(0, |at| at + 1);
            report.error(Span::new(file, start, start + name.len()), message, hint.as_deref());
        };
        let known = |name: &str| tools.iter().find(|tool| tool.name == name);
        for rule in &self.order {
            if rule.first.is_empty() || rule.then.is_empty() {
                at("order", "a rule on the order of calls names tools in `first` and in `then`".to_owned(), None);
            }
            for name in rule.first.iter().chain(&rule.then).filter(|name| known(name).is_none()) {
                let near = nearest(name, tools.iter().map(|tool| tool.name.as_str())).map(|near| format!("did you mean `{near}`?"));
                at(name, format!("no such tool: {name}"), near);
            }
            let Some(same) = &rule.same else { continue };
            let lacks = |tool: &ToolSpec| tool.parameters.pointer("/properties").is_none_or(|properties| properties.get(same).is_none());
            if let Some(tool) = rule.then.iter().filter_map(|name| known(name)).find(|tool| lacks(tool)) {
                at(same, format!("`{}` has no parameter `{same}`", tool.name), None);
            }
        }
    }

    fn check(&self, text: &str, has_guests: bool, report: &mut Report<'_>) -> bool {
        let before = report.errors();
        let file = report.file(CONFIG_PATH);
        let mut place = |key: &str, message: &str, hint: &str| {
            let start = text.lines().scan(0, |at, line| Some((std::mem::replace(at, *at + line.len() + 1), line)));
            let found = start.into_iter().find(|(_, line)| line.trim_start().starts_with(key));
            let (start, end) = found.map_or((0, 0), |(at, line)| (at, at + line.len()));
            report.error(Span::new(file, start, end), message, Some(hint));
        };
        let slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if !self.name.starts_with(|c: char| c.is_ascii_lowercase()) || !self.name.chars().all(slug) || self.name.len() > 64 {
            place("name", "a pack's name is a slug", "lowercase letters, digits, `-` and `_`, at most 64, first a letter");
        }
        if time::parse_utc(&self.now).is_err() {
            place("now", "`now` is not a time in UTC with whole seconds", "write it like 2026-01-31T12:00:00Z");
        }
        if self.profile == Some(Profile::Sql) && has_guests {
            place("profile", "the profile `sql` has no guests", "leave it out, or write `guest`, `language-runtime` or `compatibility`");
        }
        report.errors() == before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_come_in_order_of_name() {
        let mut sources = Sources::new();
        for path in ["tools/b.sql", "tools.sql", "tools/a.sql", "toolset.sql", "data/x.jsonl", "guests/c.sql"] {
            sources.insert(path, "");
        }
        assert_eq!(sources.tool_paths().collect::<Vec<_>>(), ["guests/c.sql", "tools.sql", "tools/a.sql", "tools/b.sql"]);
    }
}
