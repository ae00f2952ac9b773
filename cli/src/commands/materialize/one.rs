//! One API into one pack.

use super::Summary;
use super::domains::By;
use super::input::Input;
use super::tools::Tools;
use crate::commands::catalog;
use crate::{files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;
use wardian_format::limits::{AdmissionLimits, Profile};
use wardian_format::names;
use wardian_materialize::{Kind, Options, materialize};

/// Characters of the pack's name and title.
const NAME_CHARS_MAX: usize = 40;
const TITLE_CHARS_MAX: usize = 80;

/// What goes into the pack.
struct Api {
    domain: Domain,
    /// The domain's, and those that explain them.
    tools: Vec<CatalogTool>,
    not_imported: Option<usize>,
}

/// Where the report on the pack `out` lies.
pub(super) fn report_path(out: &Path) -> PathBuf {
    out.with_extension("report.json")
}

/// What an error says of a description that gives no tool.
pub(super) fn refused(document: &Path) -> String {
    format!("cannot materialize `{}`: it is no folder of a graph, no catalogue (a tool a line), and no API description", document.display())
}

/// Materializes all tools of the one API in `input` into the pack `out`.
pub(super) fn run(input: &Input, out: &Path, options: &Options, by: &By<'_>, ui: &Ui) -> Result<Summary> {
    let api = match input {
        Input::Graph(folder) => of_graph(folder, out)?,
        Input::Catalog(pool) => of_catalog(pool, out)?,
        Input::Document(document) => of_document(document, ui)?,
    };
    let (count, most) = (api.domain.tools.len(), AdmissionLimits::of(Profile::Sql).exports_max as usize);
    if count > most {
        bail!("{} tools are too many for one pack, which has at most {}; {}", ui::count(count), ui::count(most), split(out));
    }
    let made = materialize(&api.domain, &api.tools, options, by.runtime)?;
    let made = match by.authors {
        Some(authors) => authors.work(&api.domain, &api.tools, options, &made, by.runtime)?,
        None => made,
    };
    if made.report.left_out.first().is_some_and(|first| made.pack.is_none() && first.kind == Kind::DomainDoesNotCompile) {
        ui.warn(&format!("{}; {}", names::untrusted(&made.report.left_out[0].reason, 400), split(out)));
    }
    files::write_json(&report_path(out), &made.report)?;
    match &made.pack {
        Some(bytes) => files::write(out, bytes)?,
        None if out.exists() => std::fs::remove_file(out).with_context(|| format!("cannot remove `{}`", out.display()))?,
        None => {}
    }
    Ok(Summary { not_imported: api.not_imported, ..Summary::of_one(&made.report) })
}

/// The way out where one pack is not enough.
fn split(out: &Path) -> String {
    format!("write to a folder, `-o {}`, and they are split into domains", out.with_extension("").display())
}

fn of_graph(folder: &Path, out: &Path) -> Result<Api> {
    let mut list = super::domains::read(folder)?;
    let count = list.len();
    let (Some(domain), true) = (list.pop(), count == 1) else {
        bail!("`{}` has {} domains, and one pack holds one; {}", folder.display(), ui::count(count), split(out));
    };
    let tools = Tools::read(&folder.join("tools.jsonl"))?.around(&domain)?.tools;
    Ok(Api { domain, tools, not_imported: None })
}

fn of_catalog(pool: &Path, out: &Path) -> Result<Api> {
    let tools = catalog::read(pool)?;
    let apis: BTreeSet<(&str, &str)> = tools.iter().map(|tool| (tool.origin.provider.as_str(), tool.origin.service.as_str())).collect();
    if apis.len() > 1 {
        bail!("`{}` has tools of {} APIs, and one pack holds one; {}", pool.display(), ui::count(apis.len()), split(out));
    }
    Ok(api(tools, None, pool))
}

fn of_document(document: &Path, ui: &Ui) -> Result<Api> {
    let import = catalog::one_document(document, ui).with_context(|| refused(document))?;
    let title = title_of(document);
    for skipped in import.skipped.iter().take(3) {
        ui.note(&format!("not imported: {}: {}", skipped.at, names::untrusted(&skipped.reason, 200)));
    }
    if import.skipped.len() > 3 {
        ui.note(&format!("… and {} more; `wardian catalog import` lists them", import.skipped.len() - 3));
    }
    Ok(Api { not_imported: Some(import.skipped.len()), ..api(import.tools, title, document) })
}

/// The domain of all tools, called as the API is: by its title, by its service, or, where there are several, by the file's name.
fn api(tools: Vec<CatalogTool>, title: Option<String>, path: &Path) -> Api {
    let services: BTreeSet<&str> = tools.iter().map(|tool| tool.origin.service.as_str()).collect();
    let providers: BTreeSet<&str> = tools.iter().map(|tool| tool.origin.provider.as_str()).collect();
    let service = match services.first() {
        Some(one) if services.len() == 1 => (*one).to_owned(),
        _ => files::stem(path),
    };
    let title = title.unwrap_or_else(|| capital(&names::words(&service).join(" ")));
    let title = names::untrusted(&title, TITLE_CHARS_MAX);
    // A title without a Latin letter says nothing in a slug.
    let latin =
        [title.as_str(), &service, &files::stem(path)].into_iter().find(|text| text.chars().any(|c| c.is_ascii_alphabetic())).map(slug);
    let domain = Domain {
        name: latin.unwrap_or_else(|| "api".to_owned()),
        description: format!(
            "All tools of {}.",
            names::untrusted(&providers.iter().copied().collect::<Vec<_>>().join(", "), TITLE_CHARS_MAX)
        ),
        title,
        terms: Vec::new(),
        tools: tools.iter().map(|tool| tool.id.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
    };
    Api { domain, tools, not_imported: None }
}

/// A slug of whole words, as far as they fit.
fn slug(title: &str) -> String {
    let whole = names::kebab(title);
    let fits = whole.match_indices('-').map(|(at, _)| at).chain([whole.len()]).take_while(|at| *at <= NAME_CHARS_MAX).last();
    whole[..fits.unwrap_or(NAME_CHARS_MAX)].to_owned()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What a JSON document says it is called.
#[derive(Deserialize)]
struct Titled {
    info: Option<Info>,
    title: Option<String>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Info {
    title: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    service_full_name: Option<String>,
}

/// The title of OpenAPI, Google discovery or AWS in JSON; `None` for all else, where the catalogue's word for the API serves.
fn title_of(document: &Path) -> Option<String> {
    let titled: Titled = serde_json::from_reader(std::io::BufReader::new(files::open(document).ok()?)).ok()?;
    let stated = titled.info.and_then(|info| info.title).or(titled.title);
    stated.or(titled.metadata.and_then(|metadata| metadata.service_full_name)).filter(|title| title.chars().any(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_end_with_a_word() {
        assert_eq!(slug("GitHub v3 REST API"), "git-hub-v3-rest-api");
        assert_eq!(slug("An interface with very many words in its long title"), "an-interface-with-very-many-words-in-its");
        assert_eq!(slug(&"x".repeat(90)), "x".repeat(40));
        assert_eq!(slug("注文"), "x");
    }
}
