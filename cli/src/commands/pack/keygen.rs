//! `wardian pack keygen`

use crate::distribution::signature;
use crate::{Verdict, files, ui::Ui};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Makes a pair of keys in the format of minisign.
///
/// The secret key is locked with a password: from the environment variable WARDIAN_KEY_PASSWORD, or asked for at the
/// terminal. Whoever has the other file, which ends in `.pub`, can check what was signed. Existing files stay.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The secret key to write; the public one is written beside it
    #[arg(long, short, default_value = "wardian.key")]
    out: PathBuf,
    /// Do not lock the secret key: whoever reads the file can sign
    #[arg(long)]
    no_password: bool,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let public = args.out.with_extension("pub");
    if public == args.out {
        bail!("`{}` ends in `.pub`, as the public key will; choose another name", args.out.display());
    }
    for path in [&args.out, &public] {
        if path.exists() {
            bail!("`{}` is there already, and keys are not overwritten", path.display());
        }
    }
    let password = if args.no_password { None } else { Some(signature::password(true)?) };
    let keys = signature::generate(password)?;
    write_secret(&args.out, keys.secret.as_bytes())?;
    files::write(&public, keys.public.as_bytes())?;
    let document = json!({"key": keys.id, "secret": args.out, "public": public});
    ui.result(&document, || format!("key {}\nsecret {}\npublic {}\n", keys.id, args.out.display(), public.display()))?;
    Ok(Verdict::Well)
}

/// Writes a file that only its owner can read, and that was not there.
fn write_secret(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.with_context(|| format!("cannot write `{}`", path.display()))
}
