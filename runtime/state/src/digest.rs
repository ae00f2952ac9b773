//! Canonical encoding of rows, and the homomorphic hash that sums them. Specified in docs/digest.md.

use rusqlite::types::ValueRef;
use sha2::{Digest as _, Sha256};
use wardian_format::Digest;

/// Version of the digest scheme; hashed into every digest and named in certificates.
pub const DIGEST_VERSION: u32 = 1;

/// 16-bit lanes of the sum.
const LANES: usize = 1024;

/// Tag that opens every final digest. Ends in the version.
const TAG: &[u8] = b"wardian-state-v1\0";

/// BLAKE3 of a row's canonical encoding.
pub(crate) type RowHash = [u8; 32];

/// LtHash-16/1024: the sum of the expanded hashes of a set of rows.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct LtHash([u16; LANES]);

impl LtHash {
    /// The sum over no rows.
    pub(crate) fn new() -> Self {
        Self([0; LANES])
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, row: &RowHash) {
        for (lane, x) in self.0.iter_mut().zip(expand(row)) {
            *lane = lane.wrapping_add(x);
        }
    }

    /// Takes a row away.
    pub(crate) fn remove(&mut self, row: &RowHash) {
        for (lane, x) in self.0.iter_mut().zip(expand(row)) {
            *lane = lane.wrapping_sub(x);
        }
    }

    /// The digest of a database of schema `schema` with these rows.
    pub(crate) fn finish(&self, schema: &Digest) -> Digest {
        let mut bytes = [0; 2 * LANES];
        for (pair, lane) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(&self.0) {
            *pair = lane.to_le_bytes();
        }
        let mut hash = Sha256::new();
        hash.update(TAG);
        hash.update(schema.0);
        hash.update(bytes);
        Digest(hash.finalize().into())
    }
}

fn expand(row: &RowHash) -> impl Iterator<Item = u16> {
    let mut bytes = [0; 2 * LANES];
    blake3::Hasher::new().update(row).finalize_xof().fill(&mut bytes);
    (0..LANES).map(move |i| u16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]]))
}

/// Starts the encoding of a row of `table` with `columns` columns.
pub(crate) fn encode_row_start(out: &mut Vec<u8>, table: &str, columns: usize) {
    out.clear();
    out.extend_from_slice(&(table.len() as u32).to_le_bytes());
    out.extend_from_slice(table.as_bytes());
    out.extend_from_slice(&(columns as u32).to_le_bytes());
}

/// Appends the encoding of one value: a tag, then the payload.
pub(crate) fn encode_value(out: &mut Vec<u8>, value: ValueRef<'_>) {
    let mut bytes = |tag: u8, b: &[u8]| {
        out.push(tag);
        out.extend_from_slice(&(b.len() as u64).to_le_bytes());
        out.extend_from_slice(b);
    };
    match value {
        ValueRef::Text(t) => bytes(3, t),
        ValueRef::Blob(b) => bytes(4, b),
        ValueRef::Null => out.push(0),
        ValueRef::Integer(i) => {
            out.push(1);
            out.extend_from_slice(&i.to_le_bytes());
        }
        ValueRef::Real(r) => {
            out.push(2);
            // Minus zero equals zero.
            let r = if r == 0.0 { 0.0 } else { r };
            out.extend_from_slice(&r.to_bits().to_le_bytes());
        }
    }
}

/// The values of an encoding without row header, such as a key.
pub(crate) fn decode_values(mut bytes: &[u8]) -> Vec<ValueRef<'_>> {
    fn split(bytes: &[u8], n: usize) -> (&[u8], &[u8]) {
        bytes.split_at(n.min(bytes.len()))
    }
    fn word(bytes: &[u8]) -> u64 {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    }
    let mut out = Vec::new();
    while let Some((&tag, rest)) = bytes.split_first() {
        if tag == 0 {
            out.push(ValueRef::Null);
            bytes = rest;
            continue;
        }
        let (head, rest) = split(rest, 8);
        let head = word(head);
        let (body, rest) = if tag >= 3 { split(rest, head as usize) } else { (&[][..], rest) };
        out.push(match tag {
            1 => ValueRef::Integer(head as i64),
            2 => ValueRef::Real(f64::from_bits(head)),
            3 => ValueRef::Text(body),
            _ => ValueRef::Blob(body),
        });
        bytes = rest;
    }
    out
}
