//! From the sources of a pack to its parts.

use crate::ast::Unit;
use crate::compose::{ComposeError, Export, compose};
use crate::diagnostic::{Diagnostic, Report, Severity, Span, nearest};
use crate::emit::{EmitError, Emitter, Validation};
use crate::example::{self, Example};
use crate::ir::ToolIr;
use crate::lower::{self, World};
use crate::schema::Checker;
use crate::seed::{self, Seed};
use crate::source::{PackConfig, Sources};
use crate::{errors, export, order, parser, spec, switch, tasks};
use std::collections::BTreeMap;
use wardian_format::errors::ErrorShape;
use wardian_format::limits::Profile;
use wardian_format::pack::{After, Guest, PACK_FORMAT, Provenance, Role};
use wardian_format::{Digest, Manifest, ToolSpec};
use wardian_pack::Parts;
use wardian_state::{Base, Context, StateError};

/// What this compiler calls itself in provenance. Only the same version is promised to give the same bytes.
pub const COMPILER: &str = concat!("wardian ", env!("CARGO_PKG_VERSION"));

/// Path of the schema.
pub(crate) const SCHEMA_PATH: &str = "schema.sql";

/// A compiled pack.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What `wardian_pack::write` makes a file of.
    pub parts: Parts,
    /// Findings that did not stop the build.
    pub warnings: Vec<Diagnostic>,
    /// The pack's world as WIT text, with each tool's description and schema.
    pub wit: String,
}

/// Why a pack was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The sources have mistakes; warnings are among them, after the errors.
    #[error("{}", crate::diagnostic::render(.0))]
    Sources(Vec<Diagnostic>),
    /// The sources have no tool of that name.
    #[error("the pack has no tool `{0}`")]
    NoTool(String),
    /// The component could not be made.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The guests could not be composed in.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The state failed on an image that it has just built.
    #[error("the state image: {0}")]
    State(#[from] StateError),
}

impl CompileError {
    /// The findings, if it is the sources that are wrong.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Sources(list) => list,
            _ => &[],
        }
    }
}

/// A pack whose sources are right, before anything is emitted.
#[derive(Clone, Debug)]
pub struct Checked {
    /// `pack.toml`.
    pub config: PackConfig,
    /// The compiled tools, those after calls included, in the order of the sources. The tools of guests are not here.
    pub tools: Vec<ToolIr>,
    /// What the manifest says of each tool, those of guests included, in the order of the sources.
    pub specs: Vec<ToolSpec>,
    /// What runs after a successful call.
    pub after: Vec<After>,
    /// The guests that tools name.
    pub guests: BTreeMap<String, Vec<u8>>,
    /// How failing calls look to an agent, where the author says it.
    pub errors: Vec<ErrorShape>,
    /// The examples of the tools.
    pub examples: Vec<Example>,
    /// The state image.
    pub image: Vec<u8>,
    /// Findings that did not stop the build.
    pub warnings: Vec<Diagnostic>,
}

/// Compiles the sources of a pack. Equal sources give equal parts.
pub fn compile_pack(sources: &Sources, validation: Validation) -> Result<Compiled, CompileError> {
    let checked = check(sources)?;
    let emitter = Emitter::new();
    let component = component(&emitter, &checked, |_| true, validation)?;
    let wit = emitter.wit(&checked.config.name, &checked.specs)?;
    let profile = profile(&checked, &component)?;
    let manifest = manifest(&checked, profile)?;
    let Checked { image, warnings, .. } = checked;
    let text = |path: &str| sources.get(path).map(str::to_owned);
    let parts =
        Parts { component, manifest, image, policy: text("policy.md"), tasks: text(tasks::TASKS_PATH), sources: sources.texts.clone() };
    Ok(Compiled { parts, warnings, wit })
}

/// Compiles one tool of a pack as a component of its own, with one export, named as in the pack. What runs after its
/// calls is not in it.
pub fn compile_tool(sources: &Sources, tool: &str, validation: Validation) -> Result<Vec<u8>, CompileError> {
    let checked = check(sources)?;
    if !checked.specs.iter().any(|spec| spec.name == tool) {
        return Err(CompileError::NoTool(tool.to_owned()));
    }
    component(&Emitter::new(), &checked, |spec| spec.name == tool, validation)
}

/// The world of a pack as WIT text; of the tools of one guest, where `guest` names it, for whoever writes that guest.
pub fn wit(checked: &Checked, guest: Option<&str>) -> Result<String, CompileError> {
    let wanted = |spec: &&ToolSpec| guest.is_none_or(|name| spec.guest.as_deref() == Some(name));
    let specs: Vec<ToolSpec> = checked.specs.iter().filter(wanted).cloned().collect();
    Ok(Emitter::new().wit(guest.unwrap_or(&checked.config.name), &specs)?)
}

/// The component of the tools that `wanted` picks: compiled tools alone as they come, guests composed in.
fn component(
    emitter: &Emitter,
    checked: &Checked,
    wanted: impl Fn(&ToolSpec) -> bool,
    validation: Validation,
) -> Result<Vec<u8>, CompileError> {
    let specs: Vec<&ToolSpec> = checked.specs.iter().filter(|spec| wanted(spec)).collect();
    let tools: Vec<ToolIr> = checked.tools.iter().filter(|ir| specs.iter().any(|spec| spec.name == ir.name)).cloned().collect();
    let has_guests = specs.iter().any(|spec| spec.guest.is_some());
    let own = if tools.is_empty() && has_guests { None } else { Some(emitter.component(&tools, validation)?) };
    if !has_guests {
        return Ok(own.unwrap_or_default());
    }
    let exports: Vec<Export<'_>> = specs.iter().map(|spec| Export { name: &spec.export, guest: spec.guest.as_deref() }).collect();
    let named = |name: &String| specs.iter().any(|spec| spec.guest.as_ref() == Some(name));
    let guests = checked.guests.iter().filter(|(name, _)| named(name)).map(|(name, bytes)| (name.clone(), bytes.clone())).collect();
    Ok(compose(own, &guests, &exports)?)
}

/// The profile that the author chose, or the least that the component keeps.
fn profile(checked: &Checked, component: &[u8]) -> Result<Profile, CompileError> {
    match checked.config.profile {
        Some(profile) => Ok(profile),
        None if checked.guests.is_empty() => Ok(Profile::Sql),
        None => Ok(wardian_pack::least_profile(component).map_err(ComposeError::Encode)?),
    }
}

/// Parses and checks the sources and builds the state image; emits nothing.
pub fn check(sources: &Sources) -> Result<Checked, CompileError> {
    check_with(sources, true)
}

/// As [`check`], for sources whose guests may not be built yet.
pub fn declare(sources: &Sources) -> Result<Checked, CompileError> {
    check_with(sources, false)
}

fn check_with(sources: &Sources, needs_guests: bool) -> Result<Checked, CompileError> {
    let plain = sources.plain();
    let mut report = Report::new(&plain);
    let sources = switch::apply(&plain, &mut report);
    let errors = report.errors();
    let mut list = report.finish();
    if errors > 0 {
        return Err(CompileError::Sources(list));
    }
    let mut report = Report::new(&sources);
    let checked = check_into(&sources, needs_guests, &mut report);
    let errors = report.errors();
    list.splice(0..0, report.finish());
    match checked {
        Some(checked) if errors == 0 => Ok(Checked { warnings: list, ..checked }),
        _ => Err(CompileError::Sources(list)),
    }
}

fn check_into(sources: &Sources, needs_guests: bool, report: &mut Report<'_>) -> Option<Checked> {
    let config = PackConfig::read(sources, report);
    let mut unit = Unit::default();
    let paths: Vec<&str> = sources.tool_paths().collect();
    if paths.is_empty() {
        report.error_of_file("tools.sql", "the sources have no tools", Some("write `tools.sql`, or files `tools/*.sql`"));
    }
    for path in paths {
        parser::parse(report.file(path), &mut unit, report);
    }
    let checker = open_schema(sources, report)?;
    if let Some(config) = &config {
        config.check_ungraded(checker.schema(), report);
    }
    let ungraded = config.as_ref().map(|config| config.ungraded.clone()).unwrap_or_default();
    let (tools, specs) = lower_all(&unit, &checker, &ungraded, report)?;
    if let Some(config) = &config {
        config.check_order(&specs, report);
    }
    tasks::check(sources, &specs, report);
    let guests = guests(&unit, sources, needs_guests, report);
    let after = after(&unit, report);
    let errors = errors::read(sources, &specs, report);
    let examples = example::collect(&unit, report);
    let seed = seed::read(sources, SCHEMA_PATH, checker.schema(), report);
    if report.errors() > 0 {
        return None;
    }
    let image = image(sources, &seed, report)?;
    Some(Checked { config: config?, tools, specs, after, guests, errors, examples, image, warnings: Vec::new() })
}

/// The guests that tools name, each once.
fn guests(unit: &Unit, sources: &Sources, required: bool, report: &mut Report<'_>) -> BTreeMap<String, Vec<u8>> {
    let mut out: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for name in unit.tools.iter().filter_map(|tool| tool.guest.as_ref()) {
        let Some(bytes) = sources.guests.get(&name.text) else {
            if !required {
                continue;
            }
            let near = nearest(&name.text, sources.guests.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            let hint =
                near.unwrap_or_else(|| format!("its component is read from `guests/{}.wasm`; `wardian tool build` makes it", name.text));
            report.error(name.span, format!("there is no guest `{}`", name.text), Some(&hint));
            continue;
        };
        let same = out.iter().find(|(other, known)| **other != name.text && *known == bytes).map(|(other, _)| other.clone());
        if let Some(other) = same {
            report.error(name.span, format!("the guests `{other}` and `{}` are the same bytes", name.text), Some("name one of them only"));
        }
        out.insert(name.text.clone(), bytes.clone());
    }
    for name in sources.guests.keys().filter(|name| !out.contains_key(*name)) {
        report.warning_of_file(&format!("guests/{name}.wasm"), "no tool names this guest, so it is not in the pack", None);
    }
    out
}

/// What follows which calls.
fn after(unit: &Unit, report: &mut Report<'_>) -> Vec<After> {
    let mut out = Vec::new();
    for tool in &unit.tools {
        let Some(follows) = &tool.follows else { continue };
        let names: Vec<&str> = unit.tools.iter().filter(|t| t.follows.is_none()).map(|t| t.name.text.as_str()).collect();
        for name in follows.tools.iter().filter(|name| !names.contains(&name.text.as_str())) {
            let hint = nearest(&name.text, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            report.error(name.span, format!("there is no tool `{}`", name.text), hint.as_deref());
        }
        let roles = if follows.roles.is_empty() { vec![Role::Agent, Role::User, Role::Setup] } else { follows.roles.clone() };
        out.push(After { tool: tool.name.text.clone(), roles, tools: follows.tools.iter().map(|name| name.text.clone()).collect() });
    }
    out
}

/// The state image; a row that does not fit is shown where it stands.
fn image(sources: &Sources, seed: &Seed, report: &mut Report<'_>) -> Option<Vec<u8>> {
    match wardian_state::build_image(sources.get(SCHEMA_PATH)?, &seed.rows) {
        Ok(image) => return Some(image),
        Err(StateError::Row { table, row, message }) if seed.place(&table, row).is_some() => {
            let place = seed.place(&table, row)?;
            report.error(place, format!("this row does not fit table `{table}`: {message}"), None);
        }
        Err(StateError::Schema(message)) if seed.named(&message).is_some() => {
            let (_, reason) = message.split_once("`: ").unwrap_or(("", &message));
            report.error(seed.named(&message)?, format!("this row does not fit the others: {reason}"), None);
        }
        Err(error) => report.error_of_file(SCHEMA_PATH, error.to_string(), Some("the rows in `data/` must fit the schema")),
    }
    None
}

fn open_schema(sources: &Sources, report: &mut Report<'_>) -> Option<Checker> {
    let Some(text) = sources.get(SCHEMA_PATH) else {
        report.error_of_file(SCHEMA_PATH, "the sources have no `schema.sql`", Some("it creates the tables of the pack"));
        return None;
    };
    match Checker::open(text) {
        Ok(checker) => {
            check_views(report);
            Some(checker)
        }
        Err(error) => {
            let message = error.to_string();
            match schema_place(&message, report) {
                Some(place) => report.error(place, message, None),
                None => report.error_of_file(SCHEMA_PATH, message, None),
            }
            None
        }
    }
}

/// The place in `schema.sql` that a message is about: a word that it quotes, or else what is created under a name that
/// it says.
fn schema_place(message: &str, report: &Report<'_>) -> Option<Span> {
    let file = report.file(SCHEMA_PATH);
    let text = report.text(file);
    let tokens = crate::lexer::Cursor::new(text, 0, text.len(), false).collect();
    let words: Vec<&str> = message.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    let spelled = |i: usize, word: &str| tokens[i].text(text).trim_matches(['"', '`', '[', ']']) == word;
    let created = |i: usize| i > 0 && ["table", "view", "index", "trigger", "exists"].iter().any(|kind| tokens[i - 1].is(text, kind));
    let find = |wanted: &dyn Fn(usize) -> bool| words.iter().find_map(|word| (0..tokens.len()).find(|i| wanted(*i) && spelled(*i, word)));
    let quoted = || {
        words.iter().filter(|word| message.contains(&format!("\"{word}\""))).find_map(|word| (0..tokens.len()).find(|i| spelled(*i, word)))
    };
    let at = quoted().or_else(|| find(&created))?;
    Some(Span::new(file, tokens[at].start, tokens[at].end))
}

/// Views gather rows as tools do: the same rules of order hold for them.
fn check_views(report: &mut Report<'_>) {
    let file = report.file(SCHEMA_PATH);
    let text = report.text(file);
    let tokens = crate::lexer::Cursor::new(text, 0, text.len(), false).collect();
    for statement in tokens.split(|token| token.is_punct(text, ";")) {
        let [first, second, ..] = statement else { continue };
        if first.is(text, "create") && second.is(text, "view") {
            let sql = crate::ast::Sql { span: Span::new(file, first.start, second.end), tokens: statement.to_vec() };
            let (_, found) = order::check(text, &sql);
            for unordered in found {
                report.error(unordered.span, unordered.message, Some(unordered.hint));
            }
        }
    }
}

fn lower_all(unit: &Unit, checker: &Checker, ungraded: &[String], report: &mut Report<'_>) -> Option<(Vec<ToolIr>, Vec<ToolSpec>)> {
    let names: Vec<&str> = unit.tools.iter().map(|tool| tool.name.text.as_str()).collect();
    let exports = match export::assign(&names) {
        Ok(exports) => exports,
        Err((_, second)) => {
            let name = &unit.tools[second].name;
            report.error(name.span, format!("there are two tools called `{}`", name.text), Some("rename one of them"));
            return None;
        }
    };
    let mut world = World::new(checker, &unit.groups, report);
    let (mut tools, mut specs) = (Vec::new(), Vec::new());
    for (tool, export) in unit.tools.iter().zip(exports) {
        report.enter(Some(&tool.name.text));
        let lowered = lower::lower(tool, export, &mut world, report);
        specs.push(spec::spec(tool, &lowered, checker.schema(), report));
        if lowered.written.is_ungraded(ungraded) {
            let message = format!("nothing that `{}` writes is graded, so no verdict can depend on it", tool.name.text);
            report.warning(tool.name.span, message, Some("`ungraded` in pack.toml says what does not count"));
        }
        if tool.guest.is_none() {
            tools.push(lowered.ir);
        }
    }
    report.enter(None);
    let whole = report.errors() == 0;
    for group in unit.groups.iter().filter(|group| whole && !world.used.contains(group.name.text.as_str())) {
        report.warning(group.name.span, format!("no tool uses `@steps {}`, so it was not checked", group.name.text), None);
    }
    Some((tools, specs))
}

fn manifest(checked: &Checked, profile: Profile) -> Result<Manifest, StateError> {
    let config = &checked.config;
    let mut ungraded = config.ungraded.clone();
    ungraded.sort();
    ungraded.dedup();
    let now_unix_s = wardian_format::time::parse_utc(&config.now).unwrap_or_default();
    let base = Base::open(checked.image.clone(), &ungraded)?;
    let initial = base.state(Context { seed: 0, now_unix_s }).digests()?;
    Ok(Manifest {
        format: PACK_FORMAT,
        name: config.name.clone(),
        title: config.title.clone(),
        description: config.description.clone(),
        now: config.now.clone(),
        profile,
        tools: checked.specs.clone(),
        links: Manifest::derive_links(&checked.specs),
        after: checked.after.clone(),
        guests: checked.guests.iter().map(|(name, bytes)| Guest { name: name.clone(), digest: Digest::of(bytes) }).collect(),
        errors: checked.errors.clone(),
        order: config.order.clone(),
        ungraded,
        initial,
        provenance: Provenance {
            compiler: COMPILER.to_owned(),
            sqlite: rusqlite::version().to_owned(),
            author: config.author.clone(),
            license: config.license.clone(),
            sources: config.sources.clone(),
        },
    })
}

impl Checked {
    /// True where some finding is a warning.
    pub fn has_warnings(&self) -> bool {
        self.warnings.iter().any(|d| d.severity == Severity::Warning)
    }
}
