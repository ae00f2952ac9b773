//! The bytes of a cache file: a header, then records of one length.
//!
//! Header: `WRDNEMB1`, dimensions and length of the model's name (u32, little endian), the name, 8 bytes of check.
//! Record: key (32 bytes), vector (a signed byte a dimension), 8 bytes of check. A check is the start of the SHA-256 of what is before
//! it. Since all records have one length, a damaged one hides no other.

use wardian_format::Digest;

const MAGIC: &[u8; 8] = b"WRDNEMB1";
const KEY: usize = 32;
const CHECK: usize = 8;
const FIXED: usize = MAGIC.len() + 8;

/// Longest name of a model, in bytes.
pub(crate) const MODEL_BYTES_MAX: usize = 4096;

/// Longest header.
pub(crate) const HEADER_BYTES_MAX: usize = FIXED + MODEL_BYTES_MAX + CHECK;

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) model: String,
    pub(crate) dimensions: usize,
    /// Of the header itself.
    pub(crate) bytes: usize,
}

/// The key of a text's vector: SHA-256 over the model's name, its length before it, and the text.
pub(crate) fn key(model: &str, text: &str) -> Digest {
    let mut bytes = (model.len() as u64).to_le_bytes().to_vec();
    bytes.extend(model.as_bytes());
    bytes.extend(text.as_bytes());
    Digest::of(&bytes)
}

/// A vector as bytes, two's complement.
pub(crate) fn bytes(row: &[i8]) -> Vec<u8> {
    row.iter().map(|&x| x.cast_unsigned()).collect()
}

pub(crate) fn header(model: &str, dimensions: usize) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend((dimensions as u32).to_le_bytes());
    out.extend((model.len() as u32).to_le_bytes());
    out.extend(model.as_bytes());
    seal(out, 0)
}

/// Reads the header at the start of `file`, or says at which byte it ceases to be one, and why.
pub(crate) fn parse_header(file: &[u8]) -> Result<Header, (usize, &'static str)> {
    if !file.starts_with(MAGIC) {
        return Err((0, "this is no cache of embeddings of version 1"));
    }
    let number = |at: usize| -> Option<usize> { Some(u32::from_le_bytes(file.get(at..at + 4)?.try_into().ok()?) as usize) };
    let short = (file.len(), "the header ends early");
    let (dimensions, length) = (number(8).ok_or(short)?, number(12).ok_or(short)?);
    if length > MODEL_BYTES_MAX {
        return Err((12, "the name of the model is too long"));
    }
    let end = FIXED + length;
    let check = file.get(end..end + CHECK).ok_or(short)?;
    if check != &Digest::of(&file[..end]).0[..CHECK] {
        return Err((end, "the header is damaged"));
    }
    let model = std::str::from_utf8(&file[FIXED..end]).map_err(|_| (FIXED, "the name of the model is not UTF-8"))?;
    Ok(Header { model: model.to_owned(), dimensions, bytes: end + CHECK })
}

/// Bytes of a record.
pub(crate) fn length(dimensions: usize) -> usize {
    KEY + dimensions + CHECK
}

/// Appends a record to `out`.
pub(crate) fn push(out: &mut Vec<u8>, key: &Digest, row: &[i8]) {
    let start = out.len();
    out.extend(key.0);
    out.extend(bytes(row));
    *out = seal(std::mem::take(out), start);
}

/// Reads one record; `None` where it is damaged.
pub(crate) fn parse(record: &[u8]) -> Option<(Digest, impl Iterator<Item = i8>)> {
    let (content, check) = record.split_at_checked(record.len().checked_sub(CHECK)?)?;
    if check != &Digest::of(content).0[..CHECK] {
        return None;
    }
    let (key, row) = content.split_first_chunk::<KEY>()?;
    Some((Digest(*key), row.iter().map(|x| x.cast_signed())))
}

/// Adds the check of everything from `start`.
fn seal(mut bytes: Vec<u8>, start: usize) -> Vec<u8> {
    let check = Digest::of(&bytes[start..]);
    bytes.extend(&check.0[..CHECK]);
    bytes
}
