//! Vectors of integers, and the road from texts to them.

use crate::Embedder;
use crate::cache::Cache;
use crate::error::EmbedError;
use crate::record;
use std::collections::BTreeMap;
use wardian_format::Digest;

/// Numbers that a vector may have. At this length dot products stay far inside of an `i32`.
pub const DIMENSIONS_MAX: usize = 16_384;

/// The greatest coordinate of a vector as an integer. A scale of its own for each vector uses all of the 8 bits; cosines do not see it.
const GREATEST: f64 = 127.0;

/// Texts that are embedded before the cache is written to: what an interruption can lose.
const CHUNK: usize = 1024;

/// One vector a text, rounded to integers.
#[derive(Clone, PartialEq, Eq)]
pub struct Embeddings {
    model: String,
    dimensions: usize,
    rows: Vec<i8>,
    squares: Vec<i32>,
    digest: Digest,
}

impl Embeddings {
    /// Vectors that lie one after another in `rows`, computed by `model`. The digest is over the set of the vectors.
    ///
    /// # Errors
    /// Where `dimensions` is 0 or above [`DIMENSIONS_MAX`], or does not divide the length of `rows`.
    pub fn new(model: &str, dimensions: usize, rows: Vec<i8>) -> Result<Self, EmbedError> {
        check_dimensions(model, dimensions)?;
        if !rows.len().is_multiple_of(dimensions) {
            let reason = format!("it has {} of {dimensions} numbers", rows.len() % dimensions);
            return Err(EmbedError::Vector { index: rows.len() / dimensions, model: model.to_owned(), reason });
        }
        let set: BTreeMap<Digest, &[i8]> = rows.chunks_exact(dimensions).map(|row| (Digest::of(&record::bytes(row)), row)).collect();
        Ok(Self::assemble(model, dimensions, digest(model, dimensions, &set), rows))
    }

    fn assemble(model: &str, dimensions: usize, digest: Digest, rows: Vec<i8>) -> Self {
        let squares = rows.chunks_exact(dimensions).map(|row| dot(row, row)).collect();
        Self { model: model.to_owned(), dimensions, rows, squares, digest }
    }

    /// [`Embedder::model`] of the embedder.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Numbers in a vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Vectors.
    pub fn len(&self) -> usize {
        self.squares.len()
    }

    /// True where there is no vector.
    pub fn is_empty(&self) -> bool {
        self.squares.is_empty()
    }

    /// What these vectors were taken from: the model, and every text's key with its vector, each once. Order and repetition of
    /// the texts do not matter. Equal digests mean equal vectors for equal texts.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Vector `i`: coordinates scaled so that the greatest is 127 or -127, rounded half away from zero.
    pub fn row(&self, i: usize) -> &[i8] {
        &self.rows[i * self.dimensions..(i + 1) * self.dimensions]
    }

    /// All vectors, one after another.
    pub fn rows(&self) -> &[i8] {
        &self.rows
    }

    /// The dot product of vectors `i` and `j`.
    pub fn dot(&self, i: usize, j: usize) -> i32 {
        dot(self.row(i), self.row(j))
    }

    /// The cosine of vectors `i` and `j` in millionths; 0 where it is negative. The same on every machine.
    pub fn cosine_millionths(&self, i: usize, j: usize) -> u32 {
        millionths(self.dot(i, j), self.length(i), self.length(j))
    }

    /// Euclidean length of vector `i`.
    pub(crate) fn length(&self, i: usize) -> f64 {
        f64::from(self.squares[i]).sqrt()
    }
}

impl std::fmt::Debug for Embeddings {
    /// Without the vectors.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (model, dimensions, digest) = (&self.model, self.dimensions, self.digest);
        f.debug_struct("Embeddings")
            .field("model", model)
            .field("dimensions", &dimensions)
            .field("len", &self.len())
            .field("digest", &digest)
            .finish()
    }
}

/// Vectors of `texts`, in their order: from `cache` where it has them, else from `embedder`, which adds them to the cache. Each
/// different text is embedded once. `progress` is told how many of the different texts are done, and of how many.
///
/// # Errors
/// Where the cache is of another model, cannot be read or written, or the embedder fails. What was embedded before stays in the cache.
pub fn embed_all(
    embedder: &dyn Embedder,
    cache: &mut Cache,
    texts: &[String],
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Embeddings, EmbedError> {
    let (model, dimensions) = (embedder.model(), embedder.dimensions());
    cache.check(model, dimensions)?;
    let keys: Vec<Digest> = texts.iter().map(|text| record::key(model, text)).collect();
    let unique: BTreeMap<Digest, usize> = keys.iter().enumerate().rev().map(|(i, &key)| (key, i)).collect();
    let mut missing: Vec<(Digest, usize)> = unique.iter().filter(|(key, _)| cache.get(key).is_none()).map(|(&key, &i)| (key, i)).collect();
    missing.sort_unstable_by_key(|&(_, i)| i);
    let mut done = unique.len() - missing.len();
    progress(done, unique.len());
    for chunk in missing.chunks(CHUNK) {
        cache.insert(&compute(embedder, texts, chunk)?)?;
        done += chunk.len();
        progress(done, unique.len());
    }
    let row = |key: &Digest| cache.get(key).expect("the cache keeps what it was given");
    let set: BTreeMap<Digest, &[i8]> = unique.keys().map(|key| (*key, row(key))).collect();
    let rows = keys.iter().flat_map(row).copied().collect();
    Ok(Embeddings::assemble(model, dimensions, digest(model, dimensions, &set), rows))
}

fn compute(embedder: &dyn Embedder, texts: &[String], chunk: &[(Digest, usize)]) -> Result<Vec<(Digest, Vec<i8>)>, EmbedError> {
    let batch: Vec<String> = chunk.iter().map(|&(_, i)| texts[i].clone()).collect();
    let vectors = embedder.embed(&batch).map_err(|error| match error {
        // The embedder counts within the batch, the caller within all texts.
        EmbedError::Text { index, reason } => EmbedError::Text { index: chunk.get(index).map_or(index, |&(_, i)| i), reason },
        other => other,
    })?;
    let refuse = |index: usize, reason: String| EmbedError::Vector { index, model: embedder.model().to_owned(), reason };
    if vectors.len() != batch.len() {
        return Err(refuse(vectors.len().min(batch.len()), format!("{} texts gave {} vectors", batch.len(), vectors.len())));
    }
    let quantised = chunk.iter().zip(&vectors).map(|(&(key, i), vector)| {
        if vector.len() != embedder.dimensions() {
            return Err(refuse(i, format!("it has {} numbers, not {}", vector.len(), embedder.dimensions())));
        }
        Ok((key, quantise(vector).ok_or_else(|| refuse(i, "it is zero or not finite".to_owned()))?))
    });
    quantised.collect()
}

pub(crate) fn check_dimensions(model: &str, dimensions: usize) -> Result<(), EmbedError> {
    if (1..=DIMENSIONS_MAX).contains(&dimensions) {
        return Ok(());
    }
    let reason = format!("vectors have from 1 to {DIMENSIONS_MAX} numbers, not {dimensions}");
    Err(EmbedError::Vector { index: 0, model: model.to_owned(), reason })
}

/// `vector` brought to integers; `None` where it is zero or not finite.
fn quantise(vector: &[f32]) -> Option<Vec<i8>> {
    if !vector.iter().all(|x| x.is_finite()) {
        return None;
    }
    let greatest = vector.iter().fold(0f32, |greatest, x| greatest.max(x.abs()));
    (greatest > 0.0).then(|| vector.iter().map(|&x| (f64::from(x) / f64::from(greatest) * GREATEST).round() as i8).collect())
}

/// The cosine in millionths from a dot product and two lengths. Division, multiplication and rounding are exact operations of IEEE 754.
pub(crate) fn millionths(dot: i32, length_a: f64, length_b: f64) -> u32 {
    let product = length_a * length_b;
    if product == 0.0 { 0 } else { (f64::from(dot) / product * 1e6).round() as u32 }
}

fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&x, &y)| i32::from(x) * i32::from(y)).sum()
}

fn digest(model: &str, dimensions: usize, set: &BTreeMap<Digest, &[i8]>) -> Digest {
    let mut bytes = format!("wardian embeddings 1\n{model}\n{dimensions}\n").into_bytes();
    for (key, row) in set {
        bytes.extend(key.0);
        bytes.extend(record::bytes(row));
    }
    Digest::of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_half_away_from_zero_and_needs_a_direction() {
        assert_eq!(quantise(&[254.0, 1.0, -1.0, 3.0, -254.0]), Some(vec![127, 1, -1, 2, -127]));
        assert_eq!(quantise(&[0.0, -3.0]), Some(vec![0, -127]));
        assert_eq!(quantise(&[3.0, 4.0]), Some(vec![95, 127]));
        assert_eq!(quantise(&[f32::MAX, f32::MIN]), Some(vec![127, -127]));
        assert_eq!(quantise(&[1e-45, 0.0]), Some(vec![127, 0]));
        assert_eq!(quantise(&[0.0, 0.0]), None);
        assert_eq!(quantise(&[f32::NAN, 1.0]), None);
        assert_eq!(quantise(&[f32::INFINITY, 1.0]), None);
    }

    #[test]
    fn cosines_are_rounded_to_the_nearest_millionth() {
        let embeddings = Embeddings::new("m", 2, vec![3, 4, 4, 3, -3, -4, 0, 0, 6, 8]).expect("five rows");
        assert_eq!(embeddings.dot(0, 1), 24);
        assert_eq!(embeddings.cosine_millionths(0, 1), 960_000);
        assert_eq!(embeddings.cosine_millionths(0, 2), 0);
        assert_eq!(embeddings.cosine_millionths(0, 3), 0);
        assert_eq!(embeddings.cosine_millionths(0, 4), 1_000_000);
        assert_eq!(embeddings.len(), 5);
    }
}
