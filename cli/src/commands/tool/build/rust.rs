//! Guests in Rust: cargo makes a core module, which becomes a component here.

use super::toolchain::{Rustc, Toolchains, WASM_TARGET};
use super::{Guest, Made, component, run_tool};
use crate::{files, ui::Ui};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How guests are compiled, whatever their own profile says: small, and a panic is a trap.
const PROFILE: [(&str, &str); 7] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s"),
    ("CARGO_PROFILE_RELEASE_LTO", "fat"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    ("CARGO_PROFILE_RELEASE_STRIP", "symbols"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "none"),
    ("CARGO_PROFILE_RELEASE_INCREMENTAL", "false"),
];

/// Stack of a guest, bytes: a page of WebAssembly.
const STACK_BYTES: usize = 64 << 10;

/// The first words of declarations that the SDK printed.
const GENERATED: &str = "-- The tools of guests/";

/// The parts of a package that matter here.
struct Package {
    name: String,
    /// File name of the library's core module.
    module: String,
    /// The executable that prints its declarations, if it has one.
    declares: Option<String>,
}

/// The component of a Rust guest. Where its package has an executable `declare`, the guest's declarations are written as well.
pub(super) fn build(guest: &Guest, toolchains: &Toolchains, ui: &Ui) -> Result<Made> {
    let rustc = toolchains.rustc(&guest.folder, ui)?;
    ui.note(&rustc.version);
    let package = package(&guest.folder)?;
    let target = toolchains.folder("guests/target");
    let mut cargo = cargo(&rustc, &guest.folder, &target);
    cargo.args(["build", "--release", "--lib", "--target", WASM_TARGET, "--package", &package.name]);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(&rustc, &target).join("\u{1f}"));
    run_tool(&mut cargo)?;
    let core = files::read(&target.join(WASM_TARGET).join("release").join(&package.module))?;
    let (component, tools) = component::of_core(&core)?;
    ui.note(&format!("tools: {}", tools.join(", ")));
    if let Some(executable) = &package.declares {
        declare(guest, &rustc, &package, executable, &target)?;
    }
    Ok(Made { component, toolchain: rustc.version })
}

fn cargo(rustc: &Rustc, folder: &Path, target: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", target).envs(PROFILE).env_remove("RUSTFLAGS");
    if let Some(path) = &rustc.path {
        // A path to a toolchain's own executable: no proxy may choose another.
        cargo.env("RUSTC", path);
    }
    cargo
}

/// Flags for the guest alone, not for what runs while it is compiled. No path of this machine may show in the component.
fn flags(rustc: &Rustc, target: &Path) -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let mut flags = vec![format!("-Clink-arg=-zstack-size={STACK_BYTES}")];
    // The same for every guest, or cargo would compile what they share again for each. Cargo names the files of a guest's own
    // workspace relative to its root.
    let prefixes = [(Some(rustc.sysroot.clone()), "/rust"), (home, "/cargo"), (Some(target.to_owned()), "/target")];
    for (path, name) in prefixes {
        flags.extend(path.map(|path| format!("--remap-path-prefix={}={name}", path.display())));
    }
    flags
}

/// What cargo says of the package in `folder`.
fn package(folder: &Path) -> Result<Package> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder).args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&run_tool(&mut cargo)?).context("cargo's metadata is not JSON")?;
    let manifest = folder.join("Cargo.toml");
    let is_it = |package: &&Value| package["manifest_path"].as_str().is_some_and(|path| Path::new(path) == manifest);
    let packages = metadata["packages"].as_array().context("cargo's metadata has no packages")?;
    let package = packages.iter().find(is_it).with_context(|| format!("`{}` is no package", manifest.display()))?;
    let targets: Vec<&Value> = package["targets"].as_array().into_iter().flatten().collect();
    let kinds = |target: &Value, kind: &str| target["crate_types"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k == kind));
    let Some(library) = targets.iter().find(|target| kinds(target, "cdylib")) else {
        bail!("`{}` has no library of the crate type `cdylib`", manifest.display());
    };
    Ok(Package {
        name: text(&package["name"])?,
        module: format!("{}.wasm", text(&library["name"])?.replace('-', "_")),
        declares: targets.iter().filter(|target| kinds(target, "bin")).find_map(|target| declaring(&target["name"])),
    })
}

/// The name of an executable that prints declarations: `declare`, or, where several guests share a workspace, `NAME-declare`.
fn declaring(name: &Value) -> Option<String> {
    name.as_str().filter(|name| *name == "declare" || name.ends_with("-declare")).map(str::to_owned)
}

fn text(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).context("cargo's metadata lacks a name")
}

/// Writes what the package's `executable` prints.
fn declare(guest: &Guest, rustc: &Rustc, package: &Package, executable: &str, target: &Path) -> Result<()> {
    let path = &guest.declarations;
    if path.is_file() && !files::read_text(path)?.starts_with(GENERATED) {
        bail!(
            "`{}` was written by hand, and the guest would declare its tools there; move it, or remove the executable `declare`",
            path.display()
        );
    }
    let mut cargo = cargo(rustc, &guest.folder, target);
    // It runs once: the time to compile it is all that counts.
    cargo.envs([
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
        ("CARGO_PROFILE_RELEASE_LTO", "off"),
        ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ]);
    let declarations = run_tool(cargo.args(["run", "--quiet", "--release", "--package", &package.name, "--bin", executable]))?;
    files::write(path, declarations.as_bytes())
}
