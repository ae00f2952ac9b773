//! JSON Schemas and arguments.

use super::{context, parts, runtime};
use wardian_format::outcome::Outcome;
use wardian_format::pack::Role;
use wardian_format::{CallRecord, Digest, json};
use wardian_pack::Parts;

/// Words that schemas and documents are made of.
pub const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"id\"",
    "\"type\":",
    "\"object\"",
    "\"integer\"",
    "\"properties\":{",
    "\"pattern\":",
    "\"(a+)+$\"",
    "\"default\":",
    "\"enum\":[",
    "\"anyOf\":[",
    "\"$ref\":",
    "\"required\":",
    "\"additionalProperties\":false",
    "\\ud800",
    "1e999",
    "9007199254740993",
    "-0.0",
    "null",
    "true",
];

/// The bytes are a schema and, after a zero byte, arguments. Neither makes loading or calling panic; a call that is
/// refused leaves the digests alone; and arguments as they were recorded are accepted again with the same record.
pub fn arguments(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (schema, arguments) = text.split_once('\0').unwrap_or((&text, "{}"));
    let Ok(schema) = json::parse(schema) else { return };
    let mut parts: Parts = parts().clone();
    parts.manifest.tools[0].parameters = schema;
    let Ok(bytes) = wardian_pack::write(&parts) else { return };
    let Ok(pack) = runtime().load(bytes, "fuzz.wasm") else { return };
    let mut env = pack.env(&context()).expect("an environment");
    let start = env.digests().expect("digests");
    let tool = &pack.manifest().tools[0].name.clone();
    let record = env.call_text(Role::Agent, tool, arguments).expect("the host is fine");
    assert_eq!(record.state, start, "a read leaves the state alone");
    if matches!(record.outcome, Outcome::InvalidArguments { .. } | Outcome::Limit { .. }) {
        return;
    }
    let canonical = json::canonical(&record.arguments).expect("recorded arguments are canonical JSON");
    assert_eq!(record.arguments_digest, Digest::of(canonical.as_bytes()));
    let again = env.call_text(Role::Agent, tool, &canonical).expect("the host is fine");
    // Defaults may make a document longer than the limit on what an agent may write.
    if !matches!(again.outcome, Outcome::Limit { .. } | Outcome::InvalidArguments { .. }) {
        // 1000.0 comes back as 1000, which is the same number in canonical JSON.
        let parts = |record: &CallRecord| (record.arguments_digest, record.outcome.clone(), record.result_digest, record.state);
        assert_eq!(parts(&again), parts(&record), "a record is its own fixed point");
    }
}

/// Schemas of several kinds with arguments that fit and that do not.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\"}},\"required\":[\"id\"],\"additionalProperties\":false}\0{\"id\":1}",
        "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\",\"default\":2}}}\0{}",
        "{\"type\":\"object\",\"properties\":{\"id\":{\"anyOf\":[{\"type\":\"string\",\"pattern\":\"^(a|b)+$\"},{\"enum\":[1,2,null]}]}}}\0{\"id\":\"abab\"}",
        "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"number\",\"default\":0.5}}}}}}\0{\"x\":[{},{\"n\":1e3}],\"id\":3}",
        "{\"type\":\"object\"}\0{\"id\":2,\"id\":3}",
        "{\"type\":\"object\",\"patternProperties\":{\"^x\":{\"maxLength\":3}}}\0{\"id\":1,\"xy\":\"\\u00e9\\ud83d\\ude00\"}",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
