//! `wardian pack pull`

use crate::distribution::registry::{Place, RegistryArgs};
use crate::distribution::store::{Store, signature_path};
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::{Context, Result};
use serde_json::json;
use std::path::PathBuf;

/// Fetches a pack from a registry, and keeps it only if its digests and its structure are right.
///
/// Without `--out` it goes to the local store, under the name that it was fetched by. A signature comes along and is kept
/// beside the pack; `pack verify --key` says whose it is. User and password come from the environment variables
/// WARDIAN_REGISTRY_USER and WARDIAN_REGISTRY_PASSWORD.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where from: REGISTRY/REPO:TAG or REGISTRY/REPO@sha256:DIGEST
    place: String,
    /// The pack to write, instead of the store
    #[arg(long, short)]
    out: Option<PathBuf>,
    /// The tag in the store, instead of the name that it is fetched by
    #[arg(long, conflicts_with = "out")]
    tag: Option<String>,
    #[command(flatten)]
    registry: RegistryArgs,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let place = Place::parse(&args.place, &args.registry)?;
    let pulled = place.pull()?;
    let opened = engine::open_pack(&pulled.pack, &place.name(), ui)??;
    let signature = pulled.signature.as_deref();
    let path = match &args.out {
        Some(path) => {
            if let Some(signature) = signature {
                files::write(&signature_path(path), signature)?;
            }
            files::write(path, &pulled.pack)?;
            path.clone()
        }
        None => {
            // The name in the manifest is no tag: a pack from anywhere could call itself like one that is trusted here.
            let whole = place.name();
            let tag = args.tag.as_deref().unwrap_or_else(|| whole.split('@').next().unwrap_or_default());
            Store::of_user()?.add(&pulled.pack, signature, tag).with_context(|| format!("cannot keep `{tag}` in the store"))?.path
        }
    };
    let document = json!({
        "reference": place.name(), "digest": opened.digest, "manifest": format!("sha256:{}", pulled.manifest),
        "bytes": pulled.pack.len(), "path": path, "signed": signature.is_some(),
    });
    ui.result(&document, || {
        let signed = if signature.is_some() { "signed by somebody" } else { "not signed" };
        format!("{} → {} ({signed})\n{}\n", ui::bytes(pulled.pack.len()), path.display(), opened.digest)
    })?;
    Ok(Verdict::Well)
}
