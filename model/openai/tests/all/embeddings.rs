//! Texts to vectors.

use crate::script::{Script, good};
use serde_json::{Value, json};
use wardian_model::ModelError;

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("text {i}")).collect()
}

fn answer(vectors: &[(usize, &[f64])]) -> Value {
    let data: Vec<Value> = vectors.iter().map(|(index, vector)| json!({"index": index, "embedding": vector})).collect();
    json!({"data": data, "usage": {"prompt_tokens": 4, "total_tokens": 4}})
}

#[tokio::test]
async fn vectors_come_in_the_order_of_the_texts() {
    // Batches of two, one after the other; the first answer has its vectors the wrong way round.
    let script = Script::start(vec![
        good(&answer(&[(1, &[0.0, 1.0]), (0, &[1.0, 0.0])])),
        good(&json!({"data": [{"embedding": [0.5, 0.25]}, {"embedding": [1, 2]}]})),
        good(&answer(&[(0, &[3.0, 4.0])])),
    ])
    .await;
    let mut endpoint = script.endpoint();
    (endpoint.embedding_batch, endpoint.concurrency_max, endpoint.embedding_dimensions) = (2, 1, Some(2));
    let (client, _) = script.client(endpoint);
    let vectors = client.embeddings(&texts(5)).await.expect("vectors");
    assert_eq!(vectors, [[1.0, 0.0], [0.0, 1.0], [0.5, 0.25], [1.0, 2.0], [3.0, 4.0]]);
    let seen = script.seen();
    assert!(seen[0].head.starts_with("POST /v1/embeddings HTTP/1.1\r\n"));
    assert_eq!(seen[2].body, json!({"model": "tiny", "input": ["text 4"], "dimensions": 2}));
    assert_eq!(client.spent().requests, 3);
    assert_eq!(client.embeddings(&[]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn vectors_that_do_not_fit_are_refused() {
    for (body, reason) in [
        (answer(&[(0, &[1.0])]), "1 vectors for 2 texts"),
        (answer(&[(0, &[1.0]), (1, &[1.0]), (2, &[1.0])]), "3 vectors for 2 texts"),
        (answer(&[(0, &[1.0]), (0, &[1.0])]), "two vectors for text 0"),
        (answer(&[(0, &[1.0]), (7, &[1.0])]), "a vector for text 7 of 2"),
        (answer(&[(0, &[1.0]), (1, &[1.0, 2.0])]), "some vectors have 1 numbers and others 2"),
        (answer(&[(0, &[1.0]), (1, &[])]), "`data[1].embedding` is empty"),
        (json!({"data": [{"embedding": [1.0]}, {"embedding": "AACAPw=="}]}), "`data[1].embedding` is no list"),
        (json!({"data": [{"embedding": [1.0]}, {"embedding": [null]}]}), "something that is no number"),
        (json!({"data": [{"embedding": [1.0]}, {"embedding": [1e300]}]}), "something that is no number"),
        (json!({"vectors": []}), "there is no list `data`"),
    ] {
        let script = Script::start(vec![good(&body)]).await;
        let (client, _) = script.client(script.endpoint());
        let error = client.embeddings(&texts(2)).await.expect_err(reason);
        assert!(matches!(&error, ModelError::Malformed { reason: got, .. } if got.contains(reason)), "{reason}: {error}");
    }
    let script = Script::start(vec![good(&answer(&[(0, &[1.0, 2.0])]))]).await;
    let mut endpoint = script.endpoint();
    endpoint.embedding_dimensions = Some(3);
    let (client, _) = script.client(endpoint);
    let error = client.embeddings(&texts(1)).await.expect_err("too short");
    assert!(error.to_string().contains("has 2 numbers instead of 3"), "{error}");
    assert!(client.embeddings(&["a".to_owned(), " ".to_owned()]).await.expect_err("empty").to_string().contains("text 1"));
}
