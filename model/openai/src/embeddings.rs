//! Texts to vectors: `POST /embeddings` of OpenAI's API reference.

use crate::client::Client;
use crate::endpoint::below;
use crate::send::{Fault, Received};
use crate::wire;
use futures_util::stream::{StreamExt, TryStreamExt, iter};
use serde_json::{Value, json};
use wardian_model::ModelError;

impl Client {
    /// A vector for each of `texts`, in their order, all of one length. Texts travel in batches of [`crate::Endpoint::embedding_batch`], as
    /// many at once as the endpoint's bounds allow. The vectors are not normalised.
    ///
    /// # Errors
    /// Where a text is empty, where a batch fails (the others are lost with it, so keep what matters in a cache), and where the endpoint
    /// answers with another number of vectors, with vectors of different lengths, or with what is no finite number.
    pub async fn embeddings(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        if let Some(index) = texts.iter().position(|text| text.trim().is_empty()) {
            return Err(ModelError::Failed(format!("text {index} has nothing to embed")));
        }
        let endpoint = &self.sender.endpoint;
        let batches = texts.chunks(endpoint.embedding_batch);
        let done: Vec<Vec<Vec<f32>>> =
            iter(batches).map(|batch| self.batch(batch)).buffered(endpoint.concurrency_max).try_collect().await?;
        let vectors: Vec<Vec<f32>> = done.into_iter().flatten().collect();
        let length = vectors.first().map_or(0, Vec::len);
        match vectors.iter().find(|vector| vector.len() != length) {
            None => Ok(vectors),
            Some(other) => Err(malformed(format!("some vectors have {length} numbers and others {}", other.len()))),
        }
    }

    async fn batch(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let sender = &self.sender;
        let mut body = json!({"model": sender.endpoint.model, "input": texts});
        if let Some(dimensions) = sender.endpoint.embedding_dimensions {
            body["dimensions"] = Value::from(dimensions);
        }
        let body = body.to_string().into_bytes();
        let read = |received: Received| {
            let answer = sender.json(&received)?;
            sender.account.answer(wire::usage(&answer["usage"]), body.len(), 0);
            vectors(&answer, texts.len(), sender.endpoint.embedding_dimensions).map_err(|reason| {
                let said = sender.shown(&String::from_utf8_lossy(&received.body));
                Fault::Final(ModelError::Malformed { reason, said })
            })
        };
        sender.send(&below(&sender.base, "embeddings"), &body, read).await
    }
}

fn malformed(reason: String) -> ModelError {
    ModelError::Malformed { reason, said: String::new() }
}

/// The vectors of an answer in the order of the texts.
fn vectors(answer: &Value, count: usize, dimensions: Option<usize>) -> Result<Vec<Vec<f32>>, String> {
    let data = answer["data"].as_array().ok_or("there is no list `data`")?;
    if data.len() != count {
        return Err(format!("{} vectors for {count} texts", data.len()));
    }
    let mut out: Vec<Option<Vec<f32>>> = vec![None; count];
    for (place, item) in data.iter().enumerate() {
        // Most servers keep the order; `index` is what counts.
        let index = item["index"].as_u64().map_or(place, |index| index as usize);
        let slot = out.get_mut(index).ok_or_else(|| format!("a vector for text {index} of {count}"))?;
        if slot.is_some() {
            return Err(format!("two vectors for text {index}"));
        }
        *slot = Some(vector(&item["embedding"], index, dimensions)?);
    }
    // As many vectors as texts and no text twice: none is missing.
    Ok(out.into_iter().flatten().collect())
}

fn vector(value: &Value, index: usize, dimensions: Option<usize>) -> Result<Vec<f32>, String> {
    let list = value.as_array().ok_or_else(|| format!("`data[{index}].embedding` is no list"))?;
    if list.is_empty() {
        return Err(format!("`data[{index}].embedding` is empty"));
    }
    if let Some(wanted) = dimensions.filter(|wanted| *wanted != list.len()) {
        return Err(format!("`data[{index}].embedding` has {} numbers instead of {wanted}", list.len()));
    }
    let number = |value: &Value| value.as_f64().map(|number| number as f32).filter(|number| number.is_finite());
    list.iter().map(number).collect::<Option<_>>().ok_or_else(|| format!("`data[{index}].embedding` has something that is no number"))
}
