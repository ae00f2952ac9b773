//! Numbers in blocks: how GGUF keeps weights in few bits.
//!
//! Source of the layouts: ggml, `ggml-common.h` and `ggml-quants.c`.

use half::{bf16, f16};

/// A kind of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(non_camel_case_types, reason = "ggml's names")]
pub enum Kind {
    /// 32-bit floats.
    F32,
    /// 16-bit floats of IEEE 754.
    F16,
    /// 16-bit floats with eight bits of exponent.
    BF16,
    /// 4 bits and a scale for 32 numbers.
    Q4_0,
    /// 4 bits, a scale and a least value for 32 numbers.
    Q4_1,
    /// 5 bits and a scale for 32 numbers.
    Q5_0,
    /// 5 bits, a scale and a least value for 32 numbers.
    Q5_1,
    /// 8 bits and a scale for 32 numbers.
    Q8_0,
    /// 4 bits, scales and least values of 6 bits for each 32 of 256 numbers.
    Q4_K,
    /// 5 bits, as [`Kind::Q4_K`].
    Q5_K,
    /// 6 bits, scales of 8 bits for each 16 of 256 numbers.
    Q6_K,
}

/// Kind, ggml's number of it, numbers in a block, bytes of a block.
const KINDS: [(Kind, u32, usize, usize); 11] = [
    (Kind::F32, 0, 1, 4),
    (Kind::F16, 1, 1, 2),
    (Kind::Q4_0, 2, 32, 18),
    (Kind::Q4_1, 3, 32, 20),
    (Kind::Q5_0, 6, 32, 22),
    (Kind::Q5_1, 7, 32, 24),
    (Kind::Q8_0, 8, 32, 34),
    (Kind::Q4_K, 12, 256, 144),
    (Kind::Q5_K, 13, 256, 176),
    (Kind::Q6_K, 14, 256, 210),
    (Kind::BF16, 30, 1, 2),
];

impl Kind {
    /// The kind that ggml gives this number.
    pub(super) fn of(number: u32) -> Option<Self> {
        KINDS.iter().find(|kind| kind.1 == number).map(|kind| kind.0)
    }

    /// All that are known.
    pub(super) fn names() -> String {
        KINDS.map(|kind| format!("{:?}", kind.0)).join(", ")
    }

    fn row(self) -> (Self, u32, usize, usize) {
        KINDS.into_iter().find(|kind| kind.0 == self).expect("every kind is in the table")
    }

    /// Numbers in a block.
    #[must_use]
    pub fn block(self) -> usize {
        self.row().2
    }

    /// Bytes of a block.
    #[must_use]
    pub fn block_bytes(self) -> usize {
        self.row().3
    }

    /// The numbers in `bytes`, which are whole blocks.
    pub(super) fn floats(self, bytes: &[u8]) -> Vec<f32> {
        let mut out = Vec::with_capacity(bytes.len() / self.block_bytes() * self.block());
        for block in bytes.chunks_exact(self.block_bytes()) {
            match self {
                Self::F32 => out.push(f32::from_le_bytes([block[0], block[1], block[2], block[3]])),
                Self::F16 => out.push(half(block)),
                Self::BF16 => out.push(bf16::from_le_bytes([block[0], block[1]]).to_f32()),
                Self::Q4_0 => nibbles(half(block), -8.0, 0.0, &block[2..], None, &mut out),
                Self::Q4_1 => nibbles(half(block), 0.0, half(&block[2..]), &block[4..], None, &mut out),
                Self::Q5_0 => nibbles(half(block), -16.0, 0.0, &block[6..], Some(&block[2..6]), &mut out),
                Self::Q5_1 => nibbles(half(block), 0.0, half(&block[2..]), &block[8..], Some(&block[4..8]), &mut out),
                Self::Q8_0 => out.extend(block[2..].iter().map(|q| half(block) * f32::from(q.cast_signed()))),
                Self::Q4_K => q_k(block, None, &block[16..], &mut out),
                Self::Q5_K => q_k(block, Some(&block[16..48]), &block[48..], &mut out),
                Self::Q6_K => q6_k(block, &mut out),
            }
        }
        out
    }
}

/// An IEEE 754 half at the start of `bytes`.
fn half(bytes: &[u8]) -> f32 {
    f16::from_le_bytes([bytes[0], bytes[1]]).to_f32()
}

/// 32 numbers: the low nibbles of 16 bytes, then the high ones, each with a fifth bit where `fifth` has them.
fn nibbles(scale: f32, zero: f32, least: f32, bytes: &[u8], fifth: Option<&[u8]>, out: &mut Vec<f32>) {
    let fifth = fifth.map_or(0, |bits| u32::from_le_bytes([bits[0], bits[1], bits[2], bits[3]]));
    for i in 0..32 {
        let byte = bytes[i % 16];
        let low = if i < 16 { byte & 0xf } else { byte >> 4 };
        let q = u32::from(low) | ((fifth >> i) & 1) << 4;
        out.push((q as f32 + zero) * scale + least);
    }
}

/// 256 numbers in eight groups of 32, each with a scale and a least value of six bits, and a fifth bit where `fifth` has them.
fn q_k(block: &[u8], fifth: Option<&[u8]>, quants: &[u8], out: &mut Vec<f32>) {
    let (scale, least, packed) = (half(block), half(&block[2..]), &block[4..16]);
    for group in 0..8 {
        let (s, m) = if group < 4 {
            (packed[group] & 63, packed[group + 4] & 63)
        } else {
            ((packed[group + 4] & 0xf) | (packed[group - 4] >> 6) << 4, (packed[group + 4] >> 4) | (packed[group] >> 6) << 4)
        };
        let (scale, least) = (scale * f32::from(s), least * f32::from(m));
        for i in 0..32 {
            let byte = quants[group / 2 * 32 + i];
            let low = if group % 2 == 0 { byte & 0xf } else { byte >> 4 };
            let high = fifth.map_or(0, |bits| (bits[i] >> group & 1) << 4);
            out.push(scale * f32::from(low | high) - least);
        }
    }
}

/// 256 numbers in sixteen groups of 16, each with a scale of eight bits: four low bits and two high ones.
fn q6_k(block: &[u8], out: &mut Vec<f32>) {
    let (low, high, scales, scale) = (&block[..128], &block[128..192], &block[192..208], half(&block[208..]));
    for i in 0..256 {
        let (part, within) = (i / 128, i % 128);
        let byte = low[part * 64 + within % 64];
        let nibble = if within < 64 { byte & 0xf } else { byte >> 4 };
        let bits = high[part * 32 + within % 32] >> (within / 32 * 2) & 3;
        let q = (nibble | bits << 4).cast_signed() - 32;
        out.push(scale * f32::from(scales[i / 16].cast_signed()) * f32::from(q));
    }
}
