//! `wardian tool build`

mod component;
mod rust;
mod script;
mod toolchain;
mod trim;

use crate::{Verdict, files, ui, ui::Ui};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use toolchain::Toolchains;
use wardian_format::Digest;

/// How much of what a failed tool printed is shown, bytes.
const SHOWN_BYTES_MAX: usize = 8 << 10;

/// Builds guests: tools in Rust, JavaScript or Python become components.
///
/// Each folder `guests/NAME/` of the pack becomes `guests/NAME.wasm`. A Rust guest also gets `guests/NAME.sql`, which declares
/// its tools; the others declare theirs there by hand. What compiles JavaScript and Python is fetched once, from npm and from the
/// Python package index, into the cache.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of a pack with `guests/NAME/`, or one such folder
    folder: PathBuf,
    /// The component to write, where the folder is a single guest's
    #[arg(long, short)]
    out: Option<PathBuf>,
    /// Where rustc has no WebAssembly target, first make a private one from Debian's packages (600 MB in the cache)
    #[arg(long)]
    make_sysroot: bool,
}

/// A guest to be built.
struct Guest {
    name: String,
    /// Its sources.
    folder: PathBuf,
    language: Language,
    /// The component to write.
    out: PathBuf,
    /// What its declarations lie in: `out`, ending in `.sql`.
    declarations: PathBuf,
}

/// What a build gives.
struct Made {
    component: Vec<u8>,
    /// What made it, with its version.
    toolchain: String,
}

/// What a guest is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Rust,
    JavaScript,
    Python,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let guests = plan(args)?;
    let toolchains = Toolchains::new(args.make_sysroot)?;
    let mut built = Vec::new();
    for guest in &guests {
        ui::check_interrupt()?;
        ui.note(&format!("building `{}` ({})", guest.name, guest.language.name()));
        let made = guest.build(&toolchains, ui).with_context(|| format!("cannot build the guest `{}`", guest.name))?;
        files::write(&guest.out, &made.component)?;
        built.push((guest, made));
    }
    let document: Vec<Value> = built.iter().map(|(guest, made)| described(guest, made)).collect();
    ui.result(&document, || {
        let line = |(guest, made): &(&Guest, Made)| {
            let bytes = ui::bytes(made.component.len());
            format!("{bytes} → {}\n{}\n", guest.out.display(), Digest::of(&made.component))
        };
        built.iter().map(line).collect()
    })?;
    Ok(Verdict::Well)
}

fn described(guest: &Guest, made: &Made) -> Value {
    let digest = Digest::of(&made.component);
    json!({
        "guest": guest.name, "language": guest.language.name(), "out": guest.out, "bytes": made.component.len(), "digest": digest,
        "toolchain": made.toolchain,
    })
}

/// What `args` ask for.
fn plan(args: &Args) -> Result<Vec<Guest>> {
    let folder = fs::canonicalize(&args.folder).with_context(|| format!("cannot find `{}`", args.folder.display()))?;
    if let Some(language) = Language::of(&folder) {
        return Ok(vec![Guest::new(folder, language, args.out.clone())?]);
    }
    if args.out.is_some() {
        bail!(
            "`{}` is not the folder of a single guest: its components go to `guests/NAME.wasm`, and `--out` has no place",
            folder.display()
        );
    }
    let mut guests = Vec::new();
    let inside = folder.join("guests");
    if inside.is_dir() {
        for path in files::folders(&inside)? {
            let language = Language::of(&path).with_context(|| {
                format!("`{}` is no guest: there is no Cargo.toml, package.json, index.js or *.py in it", path.display())
            })?;
            guests.push(Guest::new(path, language, None)?);
        }
    }
    if guests.is_empty() {
        bail!("there is no guest in `{}`: its sources belong in `guests/NAME/`", folder.display());
    }
    Ok(guests)
}

impl Language {
    fn of(folder: &Path) -> Option<Self> {
        let has = |name: &str| folder.join(name).is_file();
        match () {
            () if has("Cargo.toml") => Some(Self::Rust),
            () if has("package.json") || has("index.js") => Some(Self::JavaScript),
            () if files::list(folder, &["py"]).is_ok_and(|found| !found.is_empty()) => Some(Self::Python),
            () => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "js",
            Self::Python => "python",
        }
    }
}

impl Guest {
    fn new(folder: PathBuf, language: Language, out: Option<PathBuf>) -> Result<Self> {
        let name = folder.file_name().and_then(|name| name.to_str()).context("the folder's name is not UTF-8")?.to_owned();
        let out = out.unwrap_or_else(|| folder.with_file_name(format!("{name}.wasm")));
        let declarations = out.with_extension("sql");
        Ok(Self { name, folder, language, out, declarations })
    }

    fn build(&self, toolchains: &Toolchains, ui: &Ui) -> Result<Made> {
        let made = match self.language {
            Language::Rust => rust::build(self, toolchains, ui)?,
            Language::JavaScript => script::build_javascript(self, toolchains, ui)?,
            Language::Python => script::build_python(self, toolchains, ui)?,
        };
        // What no pack could hold is found here, where the sources are.
        wardian_pack::least_profile(&made.component).map_err(|reason| anyhow!("the component is not acceptable: {reason}"))?;
        Ok(made)
    }

    /// Names of its tools, which the declarations of its pack say.
    fn tools(&self) -> Result<Vec<String>> {
        let mut sources = vec![self.declarations.clone()];
        if let Some(pack) =
            self.out.parent().filter(|guests| guests.file_name().is_some_and(|name| name == "guests")).and_then(Path::parent)
        {
            sources.push(pack.join("tools.sql"));
            for folder in [pack.join("tools"), pack.join("guests")].iter().filter(|folder| folder.is_dir()) {
                sources.extend(files::list(folder, &["sql"])?);
            }
        }
        sources.sort();
        sources.dedup();
        let mut tools = Vec::new();
        for source in sources.iter().filter(|source| source.is_file()) {
            tools.extend(declared(&files::read_text(source)?, &self.name));
        }
        if tools.is_empty() {
            bail!(
                "no tool is declared with `-- @guest {}`; a guest's tools are declared in `{}`, for instance",
                self.name,
                self.declarations.display()
            );
        }
        Ok(tools)
    }
}

/// The tools that `source`, in the tool language, declares to be in the guest `name`.
fn declared(source: &str, name: &str) -> Vec<String> {
    let mut tools = Vec::new();
    let mut tool = None;
    for line in source.lines().filter_map(|line| line.strip_prefix("--")) {
        match line.trim().split_once(char::is_whitespace) {
            Some(("@tool", word)) => tool = Some(word.trim().to_owned()),
            Some(("@guest", word)) if word.trim() == name => tools.extend(tool.take()),
            _ => {}
        }
    }
    tools
}

/// Runs a tool of somebody else; gives what it printed to standard output. What it says comes out only where it fails.
fn run_tool(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{name}`"))?;
    if !output.status.success() {
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("`{name}` failed ({}):\n{}", output.status, tail(said.trim()));
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{name}` printed what is not UTF-8"))
}

/// The end of `text`, from the beginning of a line.
fn tail(text: &str) -> &str {
    let start = text.len().saturating_sub(SHOWN_BYTES_MAX);
    let line = text.bytes().enumerate().position(|(i, byte)| i >= start && (i == 0 || byte == b'\n'));
    text.get(line.unwrap_or(0)..).unwrap_or(text)
}

/// The files of a guest, path → bytes, without what its tools leave there.
fn sources(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut out = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(&at).with_context(|| format!("cannot list `{}`", at.display()))? {
            let path = entry.with_context(|| format!("cannot list `{}`", at.display()))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let left_over = name.starts_with('.') || ["node_modules", "__pycache__", "target"].contains(&&*name);
            if left_over {
                continue;
            }
            if path.is_dir() {
                pending.push(path);
            } else {
                let relative = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                out.insert(relative, files::read(&path)?);
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_name_the_tools_of_a_guest() {
        let source = "-- @tool a\n-- @doc The tool.\n-- @guest bank\n-- @example one\n-- @call {}\n-- @tool b\nSELECT 1;\n-- @tool c\n--  @guest   other\n-- @tool d\n-- @guest bank\n";
        assert_eq!(declared(source, "bank"), ["a", "d"]);
        assert_eq!(declared(source, "other"), ["c"]);
        assert!(declared(source, "ban").is_empty());
    }

    #[test]
    fn what_is_shown_begins_with_a_line() {
        let text = format!("first\n{}\nlast", "x".repeat(SHOWN_BYTES_MAX - 3));
        assert_eq!(tail(&text), "\nlast");
        assert_eq!(tail("short"), "short");
        assert_eq!(tail(""), "");
    }
}
