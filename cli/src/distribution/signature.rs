//! Detached signatures in the format of minisign, made and checked by the crate of minisign's author.
//!
//! A signature is over the whole file, hashed first. The old form of minisign, which signs the file itself, is refused.

use anyhow::{Context, Result, bail};
use ct_codecs::{Base64, Decoder};
use minisign::{KeyPair, PublicKey, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};
use std::io::Cursor;
use std::path::Path;
use wardian_format::limits::FIXED;
use wardian_format::names::untrusted;

/// The variable that holds the password of a secret key.
pub(crate) const PASSWORD_VARIABLE: &str = "WARDIAN_KEY_PASSWORD";

/// Longest comment that is shown, characters.
const COMMENT_CHARS_MAX: usize = 200;

/// Fewest characters of the line that holds a secret key; that of a public key has 56.
const SECRET_CHARS_MIN: usize = 200;

/// A pair of keys, as texts to write to files.
pub(crate) struct Keys {
    /// What signs.
    pub(crate) secret: String,
    /// What others check with.
    pub(crate) public: String,
    /// Short name of the pair, sixteen hexadecimal characters.
    pub(crate) id: String,
}

/// What a signature that holds says.
pub(crate) struct Signed {
    /// The key's id.
    pub(crate) key_id: String,
    /// The trusted comment, which is signed as well; bounded and escaped.
    pub(crate) comment: String,
}

/// Makes a pair of keys; without a password the secret one is readable to whoever has the file.
pub(crate) fn generate(password: Option<String>) -> Result<Keys> {
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password)),
        None => KeyPair::generate_unencrypted_keypair(),
    };
    let pair = pair.context("cannot make a pair of keys")?;
    let id = key_id(pair.pk.keynum());
    let secret = pair.sk.to_box(Some("wardian secret key")).context("cannot write the secret key")?.into_string();
    let public = pair.pk.to_box().context("cannot write the public key")?.into_string();
    Ok(Keys { secret, public, id })
}

/// Signs `data` with the secret key in `key`, and gives the text of the signature. `password` is asked where the key has one.
pub(crate) fn sign(data: &[u8], key: &str, password: impl FnOnce() -> Result<String>, comment: &str) -> Result<String> {
    let key = open_secret(key, password)?;
    let public = PublicKey::from_secret_key(&key).context("the secret key holds no public key")?;
    let untrusted_comment = format!("signature of a wardian pack, key {}", key_id(public.keynum()));
    let made = minisign::sign(Some(&public), &key, Cursor::new(data), Some(comment), Some(&untrusted_comment));
    Ok(made.context("cannot sign")?.into_string())
}

fn open_secret(key: &str, password: impl FnOnce() -> Result<String>) -> Result<SecretKey> {
    const WHAT: &str = "this is no secret key of minisign";
    let line = key.lines().nth(1).context(WHAT)?.trim();
    if line.len() < SECRET_CHARS_MIN {
        bail!("{WHAT}; is it a public one?");
    }
    let bytes = Base64::decode_to_vec(line, None).context(WHAT)?;
    let plain = SecretKey::from_bytes(&bytes).context(WHAT)?;
    if plain.is_encrypted() {
        let locked = SecretKeyBox::from_string(key).context(WHAT)?;
        return locked.into_secret_key(Some(password()?)).context("cannot open the secret key");
    }
    // Not by `into_unencrypted_secret_key`: minisign itself writes no checksum into a key without a password. A damaged key
    // is found where its signature is compared with its public half.
    Ok(plain)
}

/// Reads a public key: `text` is the content of a file, or the key alone.
pub(crate) fn public_key(text: &str) -> Result<PublicKey> {
    let key = if text.trim().lines().count() == 1 {
        PublicKey::from_base64(text.trim())
    } else {
        PublicKeyBox::from_string(text).and_then(PublicKey::from_box)
    };
    key.context("this is no public key of minisign")
}

/// Checks that `signature` was made over `data` with the secret half of `key`.
///
/// # Errors
/// With the reason, where it was not.
pub(crate) fn verify(data: &[u8], signature: &[u8], key: &PublicKey) -> Result<Signed, String> {
    let shown = |error: minisign::PError| untrusted(&error.to_string(), COMMENT_CHARS_MAX);
    let text = std::str::from_utf8(signature).map_err(|_| "it is not UTF-8".to_owned())?;
    let signature = SignatureBox::from_string(text).map_err(|error| format!("it cannot be read: {}", shown(error)))?;
    if !signature.to_string().lines().eq(text.lines()) {
        return Err("it is not written as minisign writes it".to_owned());
    }
    if signature.keynum() != key.keynum() {
        return Err(format!("it was made with key {}, and this is {}", key_id(signature.keynum()), key_id(key.keynum())));
    }
    if !signature.is_prehashed() {
        return Err("it is of minisign's old form; sign again without `-l`".to_owned());
    }
    minisign::verify(key, &signature, Cursor::new(data), true, false, false).map_err(|error| match error.to_string().as_str() {
        "Signature verification failed" => "it is not of this file with this key".to_owned(),
        "Comment signature verification failed" => "its trusted comment was altered".to_owned(),
        _ => shown(error),
    })?;
    let comment = signature.trusted_comment().map_err(shown)?;
    Ok(Signed { key_id: key_id(key.keynum()), comment: untrusted(&comment, COMMENT_CHARS_MAX) })
}

/// Reads a key or a signature, which is small.
pub(crate) fn read_small(path: &Path) -> Result<Vec<u8>> {
    let max = FIXED.signature_bytes_max;
    let size = std::fs::metadata(path).with_context(|| format!("cannot read `{}`", path.display()))?.len();
    if size > max as u64 {
        bail!("`{}` has {size} bytes; a key or a signature has at most {max}", path.display());
    }
    crate::files::read(path)
}

/// The password of a secret key: from the environment, or from whoever sits at the terminal. `twice` for a new one.
pub(crate) fn password(twice: bool) -> Result<String> {
    if let Some(password) = std::env::var(PASSWORD_VARIABLE).ok().filter(|password| !password.is_empty()) {
        return Ok(password);
    }
    let ask = |prompt: &str| {
        let hint = || format!("cannot ask for the password of the key; set {PASSWORD_VARIABLE}");
        rpassword::prompt_password(prompt).with_context(hint)
    };
    let first = ask("password of the secret key: ")?;
    if twice && ask("the same again: ")? != first {
        bail!("the passwords differ");
    }
    Ok(first)
}

/// The id as minisign writes it.
fn key_id(keynum: &[u8]) -> String {
    keynum.iter().rev().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        generate(None).expect("a pair")
    }

    fn signed(data: &[u8], keys: &Keys) -> String {
        sign(data, &keys.secret, || panic!("it has no password"), "a comment").expect("a signature")
    }

    #[test]
    fn what_is_signed_verifies_and_nothing_else_does() {
        let (mine, other) = (keys(), keys());
        let signature = signed(b"data", &mine);
        let key = public_key(&mine.public).expect("a key");
        let good = verify(b"data", signature.as_bytes(), &key).expect("it holds");
        assert_eq!((good.key_id, good.comment), (mine.id.clone(), "a comment".to_owned()));
        let alone = mine.public.lines().nth(1).expect("two lines");
        assert!(verify(b"data", signature.as_bytes(), &public_key(alone).expect("a key")).is_ok());
        let why = |data: &[u8], signature: &str, key: &PublicKey| verify(data, signature.as_bytes(), key).err().expect("refused");
        assert_eq!(why(b"date", &signature, &key), "it is not of this file with this key");
        assert_eq!(why(b"data", &signature.replace("a comment", "a Comment"), &key), "its trusted comment was altered");
        let theirs = public_key(&other.public).expect("a key");
        assert_eq!(why(b"data", &signature, &theirs), format!("it was made with key {}, and this is {}", mine.id, other.id));
        assert!(why(b"data", "", &key).starts_with("it cannot be read"));
    }

    /// Every byte of a signature counts, but for the first line, which says of itself that it is not to be trusted.
    #[test]
    fn flipped_bits_of_a_signature_are_found() {
        let mine = keys();
        let signature = signed(b"data", &mine);
        let key = public_key(&mine.public).expect("a key");
        let first_line = signature.find('\n').expect("lines");
        for at in first_line + 1..signature.len() {
            for bit in 0..7 {
                let mut flipped = signature.clone().into_bytes();
                flipped[at] ^= 1 << bit;
                let accepted = verify(b"data", &flipped, &key).is_ok();
                // What is no character of a line may be any space.
                let is_space = signature.as_bytes()[at].is_ascii_whitespace() || flipped[at].is_ascii_whitespace();
                assert!(!accepted || is_space, "bit {bit} of byte {at} was flipped and nobody noticed");
            }
        }
    }

    #[test]
    fn a_wrong_kind_of_key_is_named() {
        let mine = keys();
        let error = sign(b"data", &mine.public, || panic!("no password helps"), "c").expect_err("refused");
        assert!(format!("{error:#}").contains("no secret key"), "{error:#}");
        assert!(public_key(&mine.secret).is_err() && public_key("").is_err() && public_key("x\ny").is_err());
    }
}
