//! `wardian tool new`

use crate::{Verdict, files, ui::Ui};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a small pack to start from: a bank with two tools, in the language of your choice.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder to make; if it is there, it must be empty
    path: PathBuf,
    /// Language of the tools
    #[arg(long, value_enum)]
    lang: Lang,
    /// Name of the pack; without it, the folder's
    #[arg(long)]
    name: Option<String>,
}

/// What tools can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Lang {
    /// Annotated SQL, which needs no toolchain
    Sql,
    /// Rust, compiled to WebAssembly
    Rust,
    /// JavaScript, with QuickJS
    Js,
    /// Python, with CPython
    Python,
}

/// A file of a template: where it goes, and its text.
type File = (&'static str, &'static str);

/// A file of a template that goes where it lies in the template's own folder.
macro_rules! template {
    ($folder:literal: $($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../guest-tools/templates/", $folder, "/", $path)))),+]
    };
}

/// The name of the pack in the templates.
const NAME: &str = "bank";

const SHARED: &[File] = template!("shared": "pack.toml", "schema.sql", "data/accounts.jsonl", "data/transfers.jsonl");
const IGNORED: File = (".gitignore", include_str!("../../../../guest-tools/templates/shared/gitignore"));
/// How guests in languages without schemas declare their tools.
const DECLARATIONS: &[File] = template!("shared": "guests/bank.sql");
const SQL: &[File] = template!("sql": "README.md", "tools.sql");
const JS: &[File] = template!("js": "README.md", "guests/bank/package.json", "guests/bank/index.js", "guests/bank/wardian.js");
const PYTHON: &[File] = template!("python": "README.md", "guests/bank/app.py", "guests/bank/wardian.py");
const RUST: &[File] = template!("rust": "README.md", "guests/bank/Cargo.toml", "guests/bank/Cargo.lock", "guests/bank/src/lib.rs",
    "guests/bank/src/bin/declare.rs", "guests/bank/wardian-guest/Cargo.toml");

/// A file of the Rust SDK, which travels with the guests that use it.
macro_rules! sdk {
    ($($path:literal),+ $(,)?) => {
        &[$((concat!("guests/bank/wardian-guest/", $path), include_str!(concat!("../../../../guest-tools/sdk/", $path)))),+]
    };
}

const SDK: &[File] = sdk![
    "src/lib.rs",
    "src/bindings.rs",
    "src/database.rs",
    "src/declare.rs",
    "src/error.rs",
    "src/export.rs",
    "src/value.rs",
    "wit/state.wit"
];

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let name = name(args)?;
    if fs::read_dir(&args.path).is_ok_and(|mut entries| entries.next().is_some()) || args.path.is_file() {
        bail!("`{}` is there already and not empty; nothing is overwritten", args.path.display());
    }
    let mut written = Vec::new();
    for (path, text) in args.lang.files() {
        let text =
            if path == "pack.toml" { text.replace(&format!("name = \"{NAME}\""), &format!("name = \"{name}\"")) } else { text.to_owned() };
        files::write(&args.path.join(path), text.as_bytes())?;
        written.push(path);
    }
    let next = args.lang.next(&args.path, &name);
    ui.result(&json!({"folder": args.path, "name": name, "files": written, "next": next}), || {
        format!("{} files in {}; next:\n  {}\n", written.len(), args.path.display(), next.join("\n  "))
    })?;
    Ok(Verdict::Well)
}

/// The pack's name: a slug.
fn name(args: &Args) -> Result<String> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => {
            let folder = args.path.file_name().and_then(|name| name.to_str());
            wardian_format::names::kebab(folder.context("the path has no name; give the pack one with `--name`")?)
        }
    };
    let is_slug = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
    if !is_slug {
        bail!("`{name}` cannot be a pack's name: lowercase letters, digits, `-` and `_`, at most 64, first a letter");
    }
    Ok(name)
}

impl Lang {
    fn files(self) -> Vec<File> {
        let own: &[&[File]] = match self {
            Self::Sql => &[SQL],
            Self::Rust => &[RUST, SDK],
            Self::Js => &[JS, DECLARATIONS],
            Self::Python => &[PYTHON, DECLARATIONS],
        };
        SHARED.iter().chain(own.iter().copied().flatten()).copied().chain([IGNORED]).collect()
    }

    /// The commands to run next.
    fn next(self, folder: &Path, name: &str) -> Vec<String> {
        let folder = folder.display();
        let build = (self != Self::Sql).then(|| format!("wardian tool build {folder}"));
        let rest = [format!("wardian tool test {folder}"), format!("wardian pack build {folder} --out {name}.wasm")];
        build.into_iter().chain(rest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The copy of the SDK that travels has a manifest of its own; what it depends on must be what the SDK depends on here.
    #[test]
    fn the_sdk_travels_with_its_dependencies() {
        let read = |text: &str| text.parse::<toml::Table>().expect("TOML");
        let workspace = read(include_str!("../../../../Cargo.toml"));
        let here = read(include_str!("../../../../guest-tools/sdk/Cargo.toml"));
        let (_, travels) = RUST.iter().find(|(path, _)| path.ends_with("wardian-guest/Cargo.toml")).expect("a manifest");
        let travels = read(travels);
        let dependencies = here["dependencies"].as_table().expect("a table");
        let expected: toml::Table =
            dependencies.keys().map(|name| (name.clone(), workspace["workspace"]["dependencies"][name].clone())).collect();
        assert_eq!(travels["dependencies"].as_table(), Some(&expected));
        assert_eq!(travels["package"]["version"], workspace["workspace"]["package"]["version"]);
        assert_eq!(travels["package"]["edition"], workspace["workspace"]["package"]["edition"]);
    }

    #[test]
    fn the_whole_sdk_travels() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-tools/sdk/src");
        let mut here: Vec<String> = files::list(&folder, &["rs"])
            .expect("the SDK")
            .iter()
            .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
            .collect();
        here.sort();
        let mut travels: Vec<&str> = SDK.iter().filter_map(|(path, _)| path.strip_prefix("guests/bank/wardian-guest/src/")).collect();
        travels.sort_unstable();
        assert_eq!(travels, here);
    }
}
