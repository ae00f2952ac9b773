//! What compiles guests: where it is, and how it gets there.

use super::run_tool;
use crate::{engine, ui::Ui};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package of npm that makes components of JavaScript, and its version.
pub(super) const QJS: (&str, &str) = ("componentize-qjs", "0.4.5");

/// The Python package that makes components of Python, and its version.
pub(super) const PY: (&str, &str) = ("componentize-py", "0.25.1");

/// The target that Rust guests are compiled for.
pub(super) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Makes a Rust compiler for [`WASM_TARGET`] from Debian's packages.
const SYSROOT_SCRIPT: &str = include_str!("../../../../../guest-tools/sysroot");

/// The compilers of guests. Nothing is looked for or fetched until it is needed.
pub(super) struct Toolchains {
    /// The cache that holds them.
    cache: PathBuf,
    make_sysroot: bool,
}

/// A Rust compiler that has a standard library for [`WASM_TARGET`].
pub(super) struct Rustc {
    /// The executable; `None` for the one that cargo takes by itself.
    pub(super) path: Option<PathBuf>,
    /// What it says of its version.
    pub(super) version: String,
    /// Where its own files lie, which must not show in what it makes.
    pub(super) sysroot: PathBuf,
}

impl Toolchains {
    pub(super) fn new(make_sysroot: bool) -> Result<Self> {
        let cache =
            engine::cache_path().context("there is no place for a cache: neither WARDIAN_CACHE_DIR, XDG_CACHE_HOME nor HOME is set")?;
        Ok(Self { cache, make_sysroot })
    }

    /// The folder `name` of the cache.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.cache.join(name)
    }

    /// A Rust compiler for guests, asked in `folder`, where a toolchain file may lie.
    pub(super) fn rustc(&self, folder: &Path, ui: &Ui) -> Result<Rustc> {
        if let Some(sysroot) = std::env::var_os("WARDIAN_WASM_SYSROOT").filter(|value| !value.is_empty()) {
            return private_rustc(Path::new(&sysroot)).context("WARDIAN_WASM_SYSROOT names no such compiler");
        }
        if let Ok(rustc) = ask_rustc(None, folder) {
            return Ok(rustc);
        }
        let private = self.cache.join("toolchains/rust-wasm");
        if !private.join("bin/rustc").is_file() {
            if !self.make_sysroot {
                bail!(
                    "rustc has no standard library for {WASM_TARGET}: either run `rustup target add {WASM_TARGET}`, or, where that cannot \
                     be had, add `--make-sysroot`, which makes a private one from Debian's packages (guest-tools/sysroot; \
                     WARDIAN_WASM_SYSROOT may name one elsewhere)"
                );
            }
            ui.note("making a Rust compiler for WebAssembly, once; that takes minutes");
            run_tool(Command::new("bash").args(["-c", SYSROOT_SCRIPT, "sysroot"]).arg(&private))?;
        }
        private_rustc(&private)
    }

    /// The folder of [`QJS`], installed on first use.
    pub(super) fn qjs(&self, ui: &Ui) -> Result<PathBuf> {
        self.install(QJS, ui, |folder| {
            let package = format!("{}@{}", QJS.0, QJS.1);
            let mut npm = Command::new("npm");
            npm.args(["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--prefix"]);
            npm.arg(folder).arg(package);
            npm
        })
    }

    /// The folder of [`PY`], installed on first use: a folder for `PYTHONPATH`.
    pub(super) fn py(&self, ui: &Ui) -> Result<PathBuf> {
        self.install(PY, ui, |folder| {
            let mut pip = pip_install(folder);
            pip.args(["--only-binary", ":all:"]).arg(format!("{}=={}", PY.0, PY.1));
            pip
        })
    }

    /// `toolchains/NAME-VERSION`, made by `command` in a folder beside it and then renamed, so that it is whole or not there.
    fn install(&self, (name, version): (&str, &str), ui: &Ui, command: impl FnOnce(&Path) -> Command) -> Result<PathBuf> {
        let toolchains = self.cache.join("toolchains");
        let target = toolchains.join(format!("{name}-{version}"));
        if target.is_dir() {
            return Ok(target);
        }
        ui.note(&format!("fetching {name} {version}, once"));
        fs::create_dir_all(&toolchains).with_context(|| format!("cannot make `{}`", toolchains.display()))?;
        let scratch = tempfile::Builder::new().prefix(".install-").tempdir_in(&toolchains).context("cannot make a folder in the cache")?;
        run_tool(&mut command(scratch.path())).with_context(|| format!("cannot install {name} {version}"))?;
        let made = scratch.keep();
        // Another process may have been faster; what it made is the same.
        if fs::rename(&made, &target).is_err() {
            let _ = fs::remove_dir_all(&made);
        }
        if target.is_dir() { Ok(target) } else { bail!("cannot move {name} to `{}`", target.display()) }
    }
}

/// `pip install` into `folder`.
pub(super) fn pip_install(folder: &Path) -> Command {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--target"]).arg(folder);
    pip
}

/// The compiler in a folder that guest-tools/sysroot made.
fn private_rustc(folder: &Path) -> Result<Rustc> {
    let path = folder.join("bin/rustc");
    if !path.is_file() {
        bail!("there is no `{}`; guest-tools/sysroot makes it", path.display());
    }
    ask_rustc(Some(path), Path::new("."))
}

/// Asks a compiler who it is, and looks whether it has the target.
fn ask_rustc(path: Option<PathBuf>, folder: &Path) -> Result<Rustc> {
    let program = path.clone().unwrap_or_else(|| std::env::var_os("RUSTC").map_or_else(|| "rustc".into(), PathBuf::from));
    let ask = |args: &[&str]| run_tool(Command::new(&program).args(args).current_dir(folder)).map(|text| text.trim().to_owned());
    let libraries = ask(&["--print", "target-libdir", "--target", WASM_TARGET])?;
    let has_std = fs::read_dir(&libraries)
        .is_ok_and(|mut files| files.any(|file| file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-"))));
    if !has_std {
        bail!("`{}` has no standard library for {WASM_TARGET}", program.display());
    }
    Ok(Rustc { path, version: ask(&["--version"])?, sysroot: ask(&["--print", "sysroot"])?.into() })
}
