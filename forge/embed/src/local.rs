//! A sentence model that runs here: files, tokens, batches.

use crate::Embedder;
use crate::bert::{Bert, Config, Pooling, Scratch};
use crate::error::EmbedError;
use rayon::prelude::*;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};
use wardian_format::Digest;
use wardian_format::digest::of_files;

/// Tokens of a text that are read; the rest is cut off. MiniLM-L6 was trained on 128.
pub const TOKENS_MAX: usize = 128;

/// Tokens in a unit of parallel work: enough for the products of matrices to be fast, few enough to stay in a core's cache.
const BATCH_TOKENS: usize = 512;

/// Greatest file of a model that is read: four times the largest BERT.
const FILE_BYTES_MAX: u64 = 6 << 30;

const TOKENIZER: &str = "tokenizer.json";

/// The bytes of a sentence model's folder, as Hugging Face lays it out.
#[derive(Clone, Debug, Default)]
pub struct ModelFiles {
    /// `model.safetensors`, of 32-bit floats.
    pub weights: Vec<u8>,
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// `config.json`.
    pub config: Vec<u8>,
    /// `1_Pooling/config.json`, if there is one; without it the mean is taken.
    pub pooling: Option<Vec<u8>>,
}

/// A sentence model in memory. Embedding uses rayon's current thread pool.
pub struct LocalModel {
    identity: String,
    bert: Bert,
    tokenizer: Tokenizer,
    dimensions: usize,
    vocabulary: usize,
}

impl ModelFiles {
    /// Reads the files of a model's folder.
    ///
    /// # Errors
    /// Where one is absent, cannot be read, or is larger than 6 GiB.
    pub fn read(folder: &Path) -> Result<Self, EmbedError> {
        let pooling = folder.join("1_Pooling").join("config.json");
        Ok(Self {
            weights: read(&folder.join("model.safetensors"))?,
            tokenizer: read(&folder.join(TOKENIZER))?,
            config: read(&folder.join("config.json"))?,
            pooling: if pooling.is_file() { Some(read(&pooling)?) } else { None },
        })
    }

    /// SHA-256 over all files: two models with the same digest give the same vectors, but for the last bits of floats.
    pub fn digest(&self) -> Digest {
        let files = [
            ("model.safetensors", Some(&self.weights)),
            (TOKENIZER, Some(&self.tokenizer)),
            ("config.json", Some(&self.config)),
            ("1_Pooling/config.json", self.pooling.as_ref()),
        ];
        of_files(files.iter().filter_map(|&(name, bytes)| Some((name, Digest::of(bytes?)))))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, EmbedError> {
    let io = || EmbedError::io("read", path);
    let file = File::open(path).map_err(io())?;
    let length = file.metadata().map_err(io())?.len();
    if length > FILE_BYTES_MAX {
        return Err(EmbedError::Cache { path: path.to_owned(), at: FILE_BYTES_MAX, reason: "a file of a model is not longer".to_owned() });
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(io())?;
    Ok(bytes)
}

impl LocalModel {
    /// A model from its files, named `name` for people; [`Embedder::model`] adds the digest of the files.
    ///
    /// # Errors
    /// Where a file is not what it should be; the message names the file and the place.
    pub fn new(name: &str, files: &ModelFiles) -> Result<Self, EmbedError> {
        let config = Config::parse(&files.config)?;
        let pooling = files.pooling.as_deref().map_or(Ok(Pooling::default()), Pooling::parse)?;
        let mut tokenizer = Tokenizer::from_bytes(&files.tokenizer).map_err(|e| EmbedError::model(TOKENIZER, e))?;
        let tokens = TOKENS_MAX.min(config.max_position_embeddings);
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(TruncationParams {
                direction: TruncationDirection::Right,
                max_length: tokens,
                strategy: TruncationStrategy::LongestFirst,
                stride: 0,
            }))
            .map_err(|e| EmbedError::model(TOKENIZER, e))?;
        let bert = Bert::parse(&config, pooling, &files.weights)?;
        let identity = format!("{name}@sha256:{}/{tokens}", files.digest());
        Ok(Self { identity, bert, tokenizer, dimensions: config.hidden_size, vocabulary: config.vocab_size })
    }

    fn tokens(&self, index: usize, text: &str) -> Result<Vec<u32>, EmbedError> {
        let refuse = |reason: String| EmbedError::Text { index, reason };
        let encoding = self.tokenizer.encode_fast(text, true).map_err(|e| refuse(e.to_string()))?;
        let ids = encoding.get_ids();
        if ids.is_empty() {
            return Err(refuse("it has no tokens, and the tokenizer adds none".to_owned()));
        }
        if let Some(id) = ids.iter().find(|&&id| id as usize >= self.vocabulary) {
            return Err(refuse(format!("token {id} is beyond the model's vocabulary of {}", self.vocabulary)));
        }
        Ok(ids.to_vec())
    }
}

impl Embedder for LocalModel {
    fn model(&self) -> &str {
        &self.identity
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Texts of like length share a batch; batches share the threads. The vectors have length 1.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let tokens: Vec<Vec<u32>> = texts.par_iter().enumerate().map(|(i, text)| self.tokens(i, text)).collect::<Result<_, _>>()?;
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(tokens[i].len()));
        let batches = batches(&order, |i| tokens[i].len());
        let parts: Vec<Vec<f32>> = batches
            .par_iter()
            .map_init(Scratch::default, |scratch, batch| {
                let texts: Vec<&[u32]> = batch.iter().map(|&i| tokens[i].as_slice()).collect();
                self.bert.run(&texts, scratch)
            })
            .collect();
        let mut out = vec![Vec::new(); texts.len()];
        for (batch, part) in batches.iter().zip(&parts) {
            for (&i, vector) in batch.iter().zip(part.chunks_exact(self.dimensions)) {
                out[i] = vector.to_vec();
            }
        }
        Ok(out)
    }
}

/// Runs of `order` with at most [`BATCH_TOKENS`] tokens, or one text.
fn batches(order: &[usize], tokens: impl Fn(usize) -> usize) -> Vec<&[usize]> {
    let (mut out, mut start, mut sum) = (Vec::new(), 0, 0);
    for (end, &i) in order.iter().enumerate() {
        if end > start && sum + tokens(i) > BATCH_TOKENS {
            out.push(&order[start..end]);
            (start, sum) = (end, 0);
        }
        sum += tokens(i);
    }
    if start < order.len() {
        out.push(&order[start..]);
    }
    out
}
