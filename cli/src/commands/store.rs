//! `wardian store add | list | path | remove | gc`

use crate::distribution::store::{Store, Stored, signature_path};
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::Result;
use serde_json::{Value, json};
use std::path::PathBuf;
use wardian_format::limits::FIXED;

/// Commands on the local store.
///
/// It lies where the environment variable WARDIAN_STORE_DIR says, or below XDG_DATA_HOME or HOME. Packs are kept by the
/// digest of their file, and tags point at them.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Keep packs
    Add(AddArgs),
    /// Show what is kept
    List(ListArgs),
    /// Print the file of a pack
    Path(PathArgs),
    /// Remove a tag, or a pack with all its tags
    Remove(RemoveArgs),
    /// Remove every pack that no tag points at
    Gc,
}

/// Keeps packs after a look at their structure; a signature beside a file comes along.
///
/// The tag of a pack is its name, unless another is given; a tag that pointed elsewhere points at the new pack.
#[derive(clap::Args)]
pub(crate) struct AddArgs {
    /// Packs
    #[arg(required = true)]
    packs: Vec<PathBuf>,
    /// The tag, for one pack [default: its name]
    #[arg(long)]
    tag: Option<String>,
}

/// Exit status 1 where `--check` finds a damaged pack.
#[derive(clap::Args)]
pub(crate) struct ListArgs {
    /// Also compare every file with its digest
    #[arg(long)]
    check: bool,
}

/// Prints the file of a pack, after a comparison with its digest.
#[derive(clap::Args)]
pub(crate) struct PathArgs {
    /// A tag, `sha256:PREFIX` or `NAME@sha256:PREFIX`
    reference: String,
}

/// A tag alone goes and leaves the pack, which `store gc` then removes; a digest takes the pack and its tags.
#[derive(clap::Args)]
pub(crate) struct RemoveArgs {
    /// A tag, `sha256:PREFIX` or `NAME@sha256:PREFIX`
    reference: String,
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    let store = Store::of_user()?;
    match command {
        Command::Add(args) => add(args, &store, ui),
        Command::List(args) => list(args, &store, ui),
        Command::Path(args) => {
            let path = store.locate(&args.reference)?;
            ui.result(&json!({"path": path, "digest": store.find(&args.reference)?}), || format!("{}\n", path.display()))?;
            Ok(Verdict::Well)
        }
        Command::Remove(args) => {
            let removed = store.remove(&args.reference)?;
            ui.result(&json!({"removed": removed}), || removed.iter().map(|name| format!("removed {name}\n")).collect())?;
            Ok(Verdict::Well)
        }
        Command::Gc => {
            let removed = store.collect()?;
            ui.result(&json!({"removed": removed}), || removed.iter().map(|digest| format!("removed sha256:{digest}\n")).collect())?;
            Ok(Verdict::Well)
        }
    }
}

fn add(args: &AddArgs, store: &Store, ui: &Ui) -> Result<Verdict> {
    if args.tag.is_some() && args.packs.len() > 1 {
        anyhow::bail!("`--tag` goes with one pack, and {} are given", args.packs.len());
    }
    let mut stored = Vec::new();
    for path in &args.packs {
        ui::check_interrupt()?;
        let bytes = files::read(path)?;
        let opened = engine::open_pack(&bytes, &path.display().to_string(), ui)??;
        let signature = signature_path(path);
        let signature = if signature.exists() { Some(crate::distribution::signature::read_small(&signature)?) } else { None };
        let tag = args.tag.as_deref().unwrap_or(&opened.parts.manifest.name);
        stored.push(store.add(&bytes, signature.as_deref(), tag)?);
    }
    let documents: Vec<Value> = stored.iter().map(|stored| document(stored, None)).collect();
    ui.result(&documents, || stored.iter().map(|stored| line(stored, None)).collect())?;
    Ok(Verdict::Well)
}

fn list(args: &ListArgs, store: &Store, ui: &Ui) -> Result<Verdict> {
    let stored = store.list()?;
    let mut checked = Vec::new();
    for pack in &stored {
        ui::check_interrupt()?;
        checked.push(args.check.then(|| store.check(pack.digest).is_ok()));
    }
    let bytes: u64 = stored.iter().map(|stored| stored.bytes).sum();
    let packs: Vec<Value> = stored.iter().zip(&checked).map(|(stored, sound)| document(stored, *sound)).collect();
    let document = json!({"folder": store.folder(), "bytes": bytes, "bytes_max": FIXED.store_bytes_max, "packs": packs});
    ui.result(&document, || {
        let lines: String = stored.iter().zip(&checked).map(|(stored, sound)| line(stored, *sound)).collect();
        let (used, max) = (ui::bytes(bytes as usize), ui::bytes(FIXED.store_bytes_max as usize));
        format!("{lines}{} packs, {used} of {max} in {}\n", stored.len(), store.folder().display())
    })?;
    Ok(if checked.contains(&Some(false)) { Verdict::Negative } else { Verdict::Well })
}

fn document(stored: &Stored, sound: Option<bool>) -> Value {
    let mut document = json!({
        "digest": stored.digest, "bytes": stored.bytes, "tags": stored.tags, "path": stored.path,
        "signed": signature_path(&stored.path).exists(),
    });
    if let Some(sound) = sound {
        document["sound"] = sound.into();
    }
    document
}

fn line(stored: &Stored, sound: Option<bool>) -> String {
    let signed = if signature_path(&stored.path).exists() { "signed" } else { "" };
    let damaged = if sound == Some(false) { "  DAMAGED" } else { "" };
    let tags = if stored.tags.is_empty() { "(no tag)".to_owned() } else { stored.tags.join(" ") };
    format!("sha256:{}  {:>10}  {signed:<6}  {tags}{damaged}\n", stored.digest.short(), ui::bytes(stored.bytes as usize))
}
