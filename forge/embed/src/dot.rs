//! Dot products of many 8-bit vectors, as fast as the processor can, and equal on all of them.
//!
//! The vectors are laid out twice, in words of 32 bits that hold neighbouring coordinates: as rows, and as panels in which the words of 16
//! vectors lie side by side. A tile is a few rows times a panel: a word of a row meets 16 words of the panel in one instruction.
#![expect(unsafe_code, reason = "instructions that not every processor has; each is behind a test for it")]

use crate::vectors::Embeddings;

/// Vectors in a panel.
pub(crate) const LANES: usize = 16;

/// Rows that are multiplied with a panel at a time: few enough to stay in the first cache, a multiple of every path's tile.
pub(crate) const BLOCK: usize = 48;

/// Which instructions are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// What every processor has. A word is two numbers of 16 bits.
    Portable,
    /// AVX2's multiply-add of 16-bit numbers. Words as before.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512's multiply-add of four pairs of bytes. A word is four bytes; those of panels have 128 added, since the instruction takes
    /// one side without sign.
    #[cfg(target_arch = "x86_64")]
    Vnni,
}

/// The vectors in words.
pub(crate) struct Matrix {
    path: Path,
    /// Words in a vector.
    steps: usize,
    /// Row after row; zeros fill the last block.
    rows: Vec<i32>,
    /// Panel after panel, step after step, 16 words each; zeros fill the last panel.
    panels: Vec<[i32; LANES]>,
    /// What is too much in the sums of each row, since 128 was added to what it meets.
    excess: Vec<i32>,
}

impl Path {
    /// Those that this processor has, the slowest first.
    pub(crate) fn available() -> Vec<Self> {
        let mut paths = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") {
                paths.push(Self::Avx2);
            }
            if std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512vnni") {
                paths.push(Self::Vnni);
            }
        }
        paths
    }

    /// Numbers in a word.
    fn numbers(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni => 4,
            _ => 2,
        }
    }

    /// A word of the row `numbers`, which may be shorter than a word, with `added` on every number.
    fn word(self, numbers: &[i8], added: i16) -> i32 {
        let at = |i: usize| i16::from(numbers.get(i).copied().unwrap_or(0)) + added;
        if self.numbers() == 4 {
            i32::from_le_bytes([at(0) as u8, at(1) as u8, at(2) as u8, at(3) as u8])
        } else {
            i32::from(at(0)) & 0xffff | i32::from(at(1)) << 16
        }
    }
}

impl Matrix {
    /// With the fastest instructions there are.
    pub(crate) fn new(embeddings: &Embeddings) -> Self {
        Self::with(embeddings, *Path::available().last().expect("the portable path is always there"))
    }

    /// With given ones, which must be available.
    pub(crate) fn with(embeddings: &Embeddings, path: Path) -> Self {
        assert!(Path::available().contains(&path), "the processor lacks {path:?}");
        let (count, per_word) = (embeddings.len(), path.numbers());
        let steps = embeddings.dimensions().div_ceil(per_word);
        let added = if per_word == 4 { 128 } else { 0 };
        let mut rows = Vec::with_capacity(count.next_multiple_of(BLOCK) * steps);
        let mut panels = vec![[0; LANES]; count.div_ceil(LANES) * steps];
        for i in 0..count {
            rows.extend(embeddings.row(i).chunks(per_word).map(|numbers| path.word(numbers, 0)));
            for (step, numbers) in embeddings.row(i).chunks(per_word).enumerate() {
                panels[i / LANES * steps + step][i % LANES] = path.word(numbers, added);
            }
        }
        rows.resize(count.next_multiple_of(BLOCK) * steps, 0);
        let sum = |i: usize| embeddings.row(i).iter().map(|&x| i32::from(x)).sum::<i32>();
        let mut excess: Vec<i32> = (0..count).map(|i| i32::from(added) * sum(i)).collect();
        excess.resize(count.next_multiple_of(BLOCK), 0);
        Self { path, steps, rows, panels, excess }
    }

    /// Dot products of the [`BLOCK`] vectors from `first`, a multiple of it, with the vectors of `panel`. Beyond the last vector they
    /// mean nothing.
    pub(crate) fn dots(&self, first: usize, panel: usize, out: &mut [[i32; LANES]; BLOCK]) {
        let rows = &self.rows[first * self.steps..(first + BLOCK) * self.steps];
        let panel = &self.panels[panel * self.steps..(panel + 1) * self.steps];
        match self.path {
            Path::Portable => portable(rows, panel, out),
            // SAFETY: `with` refuses a path whose instructions the processor lacks.
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => unsafe { x86::avx2(rows, panel, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Path::Vnni => unsafe { x86::vnni(rows, panel, out) },
        }
        for (dots, excess) in out.iter_mut().zip(&self.excess[first..first + BLOCK]) {
            for dot in dots {
                *dot -= excess;
            }
        }
    }
}

fn portable(rows: &[i32], panel: &[[i32; LANES]], out: &mut [[i32; LANES]; BLOCK]) {
    for (row, dots) in rows.chunks_exact(panel.len()).zip(out) {
        let mut sums = [0i32; LANES];
        for (&word, words) in row.iter().zip(panel) {
            let (low, high) = (i32::from(word as i16), word >> 16);
            for (sum, &other) in sums.iter_mut().zip(words) {
                *sum += low * i32::from(other as i16) + high * (other >> 16);
            }
        }
        *dots = sums;
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{BLOCK, LANES};
    use std::arch::x86_64::*;

    /// Rows in a tile: as many as leave their sums in registers.
    const AVX2_ROWS: usize = 4;
    const VNNI_ROWS: usize = 12;

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(rows: &[i32], panel: &[[i32; LANES]], out: &mut [[i32; LANES]; BLOCK]) {
        let steps = panel.len();
        for (tile, dots) in rows.chunks_exact(AVX2_ROWS * steps).zip(out.as_chunks_mut::<AVX2_ROWS>().0) {
            let row: [&[i32]; AVX2_ROWS] = std::array::from_fn(|i| &tile[i * steps..][..steps]);
            let mut sums = [[_mm256_setzero_si256(); 2]; AVX2_ROWS];
            for (step, words) in panel.iter().enumerate() {
                // SAFETY: 16 words are two vectors of 256 bits; the loads need no alignment.
                let (low, high) = unsafe {
                    let start = words.as_ptr().cast::<__m256i>();
                    (_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1)))
                };
                for (sums, row) in sums.iter_mut().zip(row) {
                    let word = _mm256_set1_epi32(row[step]);
                    sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(word, low));
                    sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(word, high));
                }
            }
            for (dots, sums) in dots.iter_mut().zip(sums) {
                // SAFETY: 16 sums are two vectors of 256 bits; the stores need no alignment.
                unsafe {
                    let start = dots.as_mut_ptr().cast::<__m256i>();
                    _mm256_storeu_si256(start, sums[0]);
                    _mm256_storeu_si256(start.add(1), sums[1]);
                }
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) fn vnni(rows: &[i32], panel: &[[i32; LANES]], out: &mut [[i32; LANES]; BLOCK]) {
        let steps = panel.len();
        for (tile, dots) in rows.chunks_exact(VNNI_ROWS * steps).zip(out.as_chunks_mut::<VNNI_ROWS>().0) {
            let row: [&[i32]; VNNI_ROWS] = std::array::from_fn(|i| &tile[i * steps..][..steps]);
            let mut sums = [_mm512_setzero_si512(); VNNI_ROWS];
            for (step, words) in panel.iter().enumerate() {
                // SAFETY: 16 words are one vector of 512 bits; the load needs no alignment.
                let words = unsafe { _mm512_loadu_si512(words.as_ptr().cast()) };
                for (sum, row) in sums.iter_mut().zip(row) {
                    *sum = _mm512_dpbusd_epi32(*sum, words, _mm512_set1_epi32(row[step]));
                }
            }
            for (dots, sum) in dots.iter_mut().zip(sums) {
                // SAFETY: 16 sums are one vector of 512 bits; the store needs no alignment.
                unsafe { _mm512_storeu_si512(dots.as_mut_ptr().cast(), sum) };
            }
        }
    }
}
