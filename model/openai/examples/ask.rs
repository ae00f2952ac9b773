//! Asks an endpoint one thing, for trying it out; the key is in `OPENAI_API_KEY`, if it needs one.
//! `cargo run --release -p wardian-openai --example ask -- BASE_URL MODEL TEXT [stream|json|embed]`

use serde_json::json;
use wardian_format::Message;
use wardian_model::{ChatModel, ChatRequest, ReplyForm};
use wardian_openai::{Client, Endpoint, Secret};

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "an example is an executable: it may read the environment")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, model, text, manner @ ..] = arguments.as_slice() else { return Err("BASE_URL MODEL TEXT [stream|json|embed]".into()) };
    let manner = manner.first().map_or("", String::as_str);
    let key = std::env::var("OPENAI_API_KEY").ok().map(|key| Secret::new(&key));
    let client = Client::new(Endpoint { key, stream: manner == "stream", retries_max: 2, ..Endpoint::new(base_url, model) })?;
    if manner == "embed" {
        let vectors = client.embeddings(std::slice::from_ref(text)).await?;
        println!("{} numbers, from {:?}", vectors[0].len(), &vectors[0][..vectors[0].len().min(4)]);
    } else {
        let schema =
            json!({"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"], "additionalProperties": false});
        let form = if manner == "json" { ReplyForm::Schema { name: "answer".to_owned(), schema } } else { ReplyForm::Free };
        let messages = vec![Message::User { content: text.clone() }];
        let reply = client.chat(&ChatRequest { messages, form, ..ChatRequest::default() }).await?;
        println!("{}", serde_json::to_string_pretty(&reply)?);
    }
    println!("{:?}", client.spent());
    Ok(())
}
