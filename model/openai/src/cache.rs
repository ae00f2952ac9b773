//! Answers of a model, kept by the digest of the request.
//!
//! One file an answer: `FOLDER/ab/abcd….json`, named by the SHA-256 of model, parameters and request. Files appear whole or not
//! at all, so a run that was interrupted goes on where it stopped, and several runs may share a folder.
#![expect(clippy::disallowed_methods, reason = "a cache is files; where they are is the caller's choice")]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use wardian_format::Digest;
use wardian_model::{BoxFuture, ChatModel, ChatReply, ChatRequest, ModelError};

/// Version of the files.
const FORMAT: u32 = 1;
/// Largest file that is read, bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// What a cache is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheUse {
    /// Ask the model where there is no answer, and keep what it says.
    Fill,
    /// Never ask: a request without an answer fails. For working offline, and for repeating a build exactly.
    Only,
}

/// A model with a cache before it. Errors are not kept.
#[derive(Debug)]
pub struct Cached<M> {
    model: M,
    folder: PathBuf,
    use_: CacheUse,
    found: AtomicU64,
    asked: AtomicU64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    request: Digest,
    model: String,
    reply: ChatReply,
}

/// The digest under which the answer of `model` to `request` is kept: over the JSON of name, parameters and request, members in the order
/// in which the model reads them.
pub fn request_digest(model: &dyn ChatModel, request: &ChatRequest) -> Digest {
    let key = json!({"format": FORMAT, "model": model.name(), "parameters": model.parameters(), "request": request});
    Digest::of(key.to_string().as_bytes())
}

impl<M: ChatModel> Cached<M> {
    /// `model` with the answers in `folder`, which is made when the first is kept.
    pub fn new(model: M, folder: &Path, use_: CacheUse) -> Self {
        Self { model, folder: folder.to_owned(), use_, found: AtomicU64::new(0), asked: AtomicU64::new(0) }
    }

    /// The model behind the cache.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// Requests answered from the cache so far.
    pub fn found(&self) -> u64 {
        self.found.load(Ordering::Relaxed)
    }

    /// Requests handed on to the model so far.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    async fn answer(&self, request: &ChatRequest) -> Result<ChatReply, ModelError> {
        let digest = request_digest(&self.model, request);
        let path = self.path(&digest);
        if let Some(reply) = read(&path, &digest)? {
            self.found.fetch_add(1, Ordering::Relaxed);
            return Ok(reply);
        }
        if self.use_ == CacheUse::Only {
            return Err(ModelError::NotCached { digest: digest.to_string() });
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
        let reply = self.model.chat(request).await?;
        let file = File { format: FORMAT, request: digest, model: self.model.name().to_owned(), reply };
        write(&path, &file).map_err(|error| failed(&path, &error.to_string()))?;
        Ok(file.reply)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.folder.join(&name[..2]).join(format!("{name}.json"))
    }
}

impl<M: ChatModel> ChatModel for Cached<M> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn parameters(&self) -> Value {
        self.model.parameters()
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
        Box::pin(self.answer(request))
    }
}

fn failed(path: &Path, reason: &str) -> ModelError {
    ModelError::Cache { path: path.display().to_string(), reason: reason.to_owned() }
}

fn read(path: &Path, digest: &Digest) -> Result<Option<ChatReply>, ModelError> {
    match fs::metadata(path) {
        Ok(found) if found.len() > FILE_BYTES_MAX => return Err(failed(path, &format!("it has more than {FILE_BYTES_MAX} bytes"))),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error.to_string())),
    }
    let text = fs::read_to_string(path).map_err(|error| failed(path, &error.to_string()))?;
    let file: File = serde_json::from_str(&text).map_err(|error| failed(path, &format!("{error}; remove it to ask again")))?;
    if file.format != FORMAT {
        return Err(failed(path, &format!("it has format {} instead of {FORMAT}", file.format)));
    }
    if file.request != *digest {
        return Err(failed(path, "it answers another request; remove it to ask again"));
    }
    Ok(Some(file.reply))
}

/// Writes beside the place and moves there, so that nobody sees half of it.
fn write(path: &Path, file: &File) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut temporary, file)?;
    temporary.write_all(b"\n")?;
    temporary.as_file().sync_all()?;
    temporary.persist(path)?;
    Ok(())
}
