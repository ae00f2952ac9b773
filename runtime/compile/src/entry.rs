//! One entry of the cache: what it is for, what it holds, and a seal over both.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use wardian_format::Digest;

const MAGIC: [u8; 8] = *b"WRDNCCH1";

/// Bytes around the payload: magic, name, length, seal.
pub(crate) const OVERHEAD: usize = 8 + 32 + 8 + 32;

/// The key of a folder.
#[derive(Clone)]
pub(crate) struct Key(pub(crate) [u8; 32]);

impl Key {
    fn seal(&self, sealed: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        mac.update(sealed);
        mac
    }
}

/// The file of `payload` under `name`.
pub(crate) fn write(key: &Key, name: Digest, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + OVERHEAD);
    out.extend(MAGIC);
    out.extend(name.0);
    out.extend((payload.len() as u64).to_le_bytes());
    out.extend(payload);
    let seal = key.seal(&out).finalize().into_bytes();
    out.extend(seal);
    out
}

/// The payload of a file that [`write`] made for `name` with this key; `None` for everything else. Nothing is looked at
/// before the seal is found right.
pub(crate) fn read(key: &Key, name: Digest, mut file: Vec<u8>) -> Option<Vec<u8>> {
    let (sealed, seal) = file.split_at_checked(file.len().checked_sub(32)?)?;
    key.seal(sealed).verify_slice(seal).ok()?;
    let payload = sealed.strip_prefix(&MAGIC)?.strip_prefix(&name.0)?;
    let (length, payload) = payload.split_first_chunk::<8>()?;
    if u64::from_le_bytes(*length) != payload.len() as u64 {
        return None;
    }
    file.truncate(file.len() - 32);
    file.drain(..48);
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_very_entry_opens() {
        let (key, name) = (Key([7; 32]), Digest::of(b"name"));
        let file = write(&key, name, b"native code");
        assert_eq!(read(&key, name, file.clone()).as_deref(), Some(b"native code".as_slice()));
        assert_eq!(read(&key, Digest::of(b"other"), file.clone()), None, "renamed");
        assert_eq!(read(&Key([8; 32]), name, file.clone()), None, "another key");
        for at in 0..file.len() {
            let mut altered = file.clone();
            altered[at] ^= 1;
            assert_eq!(read(&key, name, altered), None, "byte {at}");
            assert_eq!(read(&key, name, file[..at].to_vec()), None, "cut at {at}");
        }
        assert_eq!(read(&key, name, [file.as_slice(), b"x"].concat()), None, "longer");
    }
}
