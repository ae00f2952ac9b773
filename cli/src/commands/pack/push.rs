//! `wardian pack push`

use crate::distribution::registry::{Place, RegistryArgs};
use crate::distribution::{signature::read_small, store::signature_path};
use crate::{Verdict, engine, files, packs, ui::Ui};
use anyhow::Result;
use serde_json::json;
use std::path::PathBuf;

/// Sends a pack to a registry, as the CNCF Wasm artifact layout says.
///
/// The same pack always has the same digest there. A signature beside the file goes along. User and password come from the
/// environment variables WARDIAN_REGISTRY_USER and WARDIAN_REGISTRY_PASSWORD.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pack
    pack: PathBuf,
    /// Where to: REGISTRY/REPO:TAG
    place: String,
    #[command(flatten)]
    registry: RegistryArgs,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let place = Place::parse(&args.place, &args.registry)?;
    let path = packs::locate(&args.pack)?;
    let bytes = files::read(&path)?;
    let opened = engine::open_pack(&bytes, &args.pack.display().to_string(), ui)??;
    let signature = signature_path(&path);
    let signature = if signature.exists() { Some(read_small(&signature)?) } else { None };
    let pushed = place.push(&bytes, &opened.parts.manifest, signature.as_deref())?;
    let document = json!({
        "reference": place.name(), "digest": opened.digest, "manifest": format!("sha256:{}", pushed.manifest),
        "signature": pushed.signature.map(|digest| format!("sha256:{digest}")),
    });
    ui.result(&document, || {
        let signed = if pushed.signature.is_some() { "with its signature" } else { "without a signature" };
        format!("{} {signed}\nmanifest sha256:{}\npack {}\n", place.name(), pushed.manifest, opened.digest)
    })?;
    Ok(Verdict::Well)
}
