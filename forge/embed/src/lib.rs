//! Sentence embeddings of tools: what a small language model says two tools have in common, where they share no word.
//!
//! What it is: a sentence model of the MiniLM kind (a BERT encoder) that runs on the processor, the text that a tool is embedded
//! by, vectors of 8-bit integers, a cache of them by content, and exact nearest neighbours. What it is not: it downloads nothing,
//! opens no socket, and knows nothing of domains. The text never holds id, provider, source, service, tags or path, which are the
//! labels that the quality of the graph is measured with.
//! May depend on: `wardian-format`, `tokenizers`, `safetensors`, `matrixmultiply`, `rayon`.
//!
//! Invariants: a model computes with floats, whose last bits depend on the processor; so a vector is rounded to integers as soon as
//! it is computed, and the cache is the record of that. Everything after the cache is integer arithmetic, and gives the same bytes for
//! any number of threads and any machine: [`Embeddings::digest`] names what a graph was built from. A vector depends on the
//! text and the model alone, not on the texts beside it.
//!
//! Only [`ModelFiles::read`] and the functions of [`Cache`] open files, where the caller says.

mod bert;
mod cache;
mod dot;
mod error;
mod kernels;
mod local;
mod nearest;
mod record;
mod text;
mod vectors;

pub use bert::Pooling;
pub use cache::{BYTES_MAX, Cache, CacheFile, Listing, list};
pub use error::EmbedError;
pub use local::{LocalModel, ModelFiles, TOKENS_MAX};
pub use nearest::nearest;
pub use text::text;
pub use vectors::{DIMENSIONS_MAX, Embeddings, embed_all};

/// Turns texts into vectors.
pub trait Embedder {
    /// What tells this embedder from every other one whose vectors differ: a name, and a digest of the weights where they are known.
    /// Part of the cache's keys.
    fn model(&self) -> &str;

    /// Numbers in a vector.
    fn dimensions(&self) -> usize;

    /// One vector of [`Self::dimensions`] numbers a text, in the order of the texts. They need not have length 1.
    ///
    /// # Errors
    /// Where a text cannot be embedded, or the service behind this embedder refuses.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError>;
}
