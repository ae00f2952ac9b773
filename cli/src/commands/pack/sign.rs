//! `wardian pack sign`

use crate::distribution::{signature, store::signature_path};
use crate::{Verdict, files, packs, ui::Ui};
use anyhow::{Context, Result};
use serde_json::json;
use std::path::PathBuf;
use wardian_format::names::untrusted;

/// Longest comment of a signature, characters.
const COMMENT_CHARS_MAX: usize = 1_000;

/// Signs a pack; the signature goes to a file of its own, in the format of minisign.
///
/// The password of the key comes from the environment variable WARDIAN_KEY_PASSWORD, or is asked for at the terminal.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pack
    pack: PathBuf,
    /// The secret key, as `pack keygen` or minisign makes it
    #[arg(long)]
    key: PathBuf,
    /// The signature to write [default: the pack's name with `.minisig`]
    #[arg(long, short)]
    out: Option<PathBuf>,
    /// What the signature says, and is signed with it [default: name and digest of the pack]
    #[arg(long)]
    comment: Option<String>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let path = packs::locate(&args.pack)?;
    let bytes = files::read(&path)?;
    let identity = wardian_pack::identity(&bytes, &args.pack.display().to_string())?;
    let said = format!("wardian pack {} sha256:{}", untrusted(&identity.name, 128), identity.digest);
    let comment = args.comment.as_deref().map_or(said, |comment| untrusted(comment, COMMENT_CHARS_MAX));
    let key = signature::read_small(&args.key)?;
    let key = std::str::from_utf8(&key).with_context(|| format!("`{}` is not UTF-8", args.key.display()))?;
    let made = signature::sign(&bytes, key, || signature::password(false), &comment)
        .with_context(|| format!("cannot sign with `{}`", args.key.display()))?;
    let out = args.out.clone().unwrap_or_else(|| signature_path(&path));
    files::write(&out, made.as_bytes())?;
    let document = json!({"digest": identity.digest, "signature": out, "comment": comment});
    ui.result(&document, || format!("{}\n{comment}\n", out.display()))?;
    Ok(Verdict::Well)
}
