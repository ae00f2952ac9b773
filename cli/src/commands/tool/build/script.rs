//! Guests in JavaScript and Python: their interpreter, already started and with the sources read, becomes a component.

use super::component::{STATE_WIT, WORLD, world};
use super::toolchain::{PY, QJS, Toolchains, pip_install};
use super::trim::{Drops, trim};
use super::{Guest, Made, run_tool, sources};
use crate::{files, ui::Ui};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use wardian_format::{Digest, json, names};

/// Part of a component's name in the cache; to be changed with how components are made.
const RECIPE: u32 = 1;

/// The component of a JavaScript guest: QuickJS and the guest's modules.
pub(super) fn build_javascript(guest: &Guest, toolchains: &Toolchains, ui: &Ui) -> Result<Made> {
    let tools = guest.tools()?;
    cached(guest, toolchains, &tools, QJS, Drops::Late, || {
        let entry = entry_of_javascript(&guest.folder)?;
        let program = toolchains.qjs(ui)?.join("node_modules/.bin/componentize-qjs");
        let scratch = Scratch::new(&tools)?;
        let mut command = Command::new(program);
        command.args(["--sync", "--stub-wasi", "--opt-size", "--minify", "--world", WORLD, "--wit"]).arg(scratch.wit());
        command.arg("--js").arg(&entry).arg("--module-root").arg(&guest.folder).arg("--output").arg(scratch.out());
        run_tool(command.current_dir(&guest.folder))?;
        files::read(&scratch.out())
    })
}

/// The component of a Python guest: CPython, its standard library and the guest's modules.
pub(super) fn build_python(guest: &Guest, toolchains: &Toolchains, ui: &Ui) -> Result<Made> {
    let tools = guest.tools()?;
    cached(guest, toolchains, &tools, PY, Drops::InTime, || {
        let entry = entry_of_python(&guest.folder)?;
        let installed = toolchains.py(ui)?;
        let scratch = Scratch::new(&tools)?;
        // The interpreter leaves its byte code beside what it reads.
        let app = scratch.0.path().join("app");
        for (path, bytes) in sources(&guest.folder)? {
            files::write(&app.join(path), &bytes)?;
        }
        let mut command = Command::new("python3");
        command.env("PYTHONPATH", &installed).env_remove("VIRTUAL_ENV");
        command.args(["-c", "import sys, componentize_py; sys.exit(componentize_py.script())"]);
        command.arg("--wit-path").arg(scratch.wit()).args(["--world", WORLD, "componentize", &entry, "--stub-wasi"]);
        command.arg("--python-path").arg(&app).arg("--output").arg(scratch.out());
        if let Some(packages) = requirements(guest, &scratch)? {
            command.arg("--python-path").arg(packages);
        }
        run_tool(command.current_dir(scratch.0.path())).map_err(|error| {
            // The linker inside says no more than that: it knows the tools' exports and the C library's by one table of names.
            let clash = format!("{error:#}").contains("duplicate items detected");
            if clash { error.context("a tool is called like a function of the C library, such as `random` or `time`") } else { error }
        })?;
        files::read(&scratch.out())
    })
}

/// What `build` makes, or what it made of the same sources before: the same sources do not always give the same bytes.
fn cached(
    guest: &Guest,
    toolchains: &Toolchains,
    tools: &[String],
    by: (&str, &str),
    drops: Drops,
    build: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<Made> {
    let of_files: serde_json::Map<String, Value> =
        sources(&guest.folder)?.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes).to_string().into())).collect();
    let key = serde_json::json!({
        "by": [by.0, by.1], "contract": Digest::of(STATE_WIT.as_bytes()), "files": of_files, "recipe": RECIPE, "tools": tools,
    });
    let path = toolchains.folder("guests").join(format!("{}.wasm", json::digest(&key)?));
    let toolchain = format!("{} {}", by.0, by.1);
    if path.is_file() {
        return Ok(Made { component: files::read(&path)?, toolchain });
    }
    let exports: Vec<String> = tools.iter().map(|tool| names::kebab(tool)).collect();
    let component = trim(&build()?, &exports, drops).context("the component of the language's own tool")?;
    files::write(&path, &component)?;
    Ok(Made { component, toolchain })
}

/// A folder with the guest's world, for the time of a build.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new(tools: &[String]) -> Result<Self> {
        let scratch = Self(tempfile::tempdir().context("cannot make a temporary folder")?);
        files::write(&scratch.wit().join("world.wit"), world(tools.iter().map(String::as_str)).as_bytes())?;
        files::write(&scratch.wit().join("deps/env/state.wit"), STATE_WIT.as_bytes())?;
        Ok(scratch)
    }

    fn wit(&self) -> PathBuf {
        self.0.path().join("wit")
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("out.wasm")
    }
}

/// The module that exports the tools: what `package.json` calls `main`, or `index.js`.
fn entry_of_javascript(folder: &Path) -> Result<PathBuf> {
    let manifest = folder.join("package.json");
    let main = if manifest.is_file() { files::read_json::<Value>(&manifest)?["main"].as_str().map(str::to_owned) } else { None };
    let entry = folder.join(main.as_deref().unwrap_or("index.js"));
    if !entry.is_file() {
        bail!("there is no `{}`, which should export the tools", entry.display());
    }
    Ok(entry)
}

/// The module whose class `WitWorld` has the tools: `app.py`, or the only one.
fn entry_of_python(folder: &Path) -> Result<String> {
    let modules = files::list(folder, &["py"])?;
    let names: Vec<&str> = modules.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
    match names.as_slice() {
        [name] => Ok((*name).to_owned()),
        names if names.contains(&"app") => Ok("app".to_owned()),
        _ => bail!("which of the modules in `{}` has the class `WitWorld`? Call it `app.py`", folder.display()),
    }
}

/// Installs what `requirements.txt` asks for, beside the build.
fn requirements(guest: &Guest, scratch: &Scratch) -> Result<Option<PathBuf>> {
    let list = guest.folder.join("requirements.txt");
    if !list.is_file() {
        return Ok(None);
    }
    let folder = scratch.0.path().join("packages");
    run_tool(pip_install(&folder).arg("--requirement").arg(&list))
        .with_context(|| format!("cannot install what `{}` asks for", list.display()))?;
    Ok(Some(folder))
}
