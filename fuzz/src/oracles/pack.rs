//! Pack files.

use super::{context, parts, runtime};
use wardian_compiler::{Sources, Validation, compile_pack};
use wardian_format::Digest;
use wardian_pack::Parts;

/// Reading a pack does not panic; what is read has the digest of its bytes; what loads starts in the state that its
/// manifest names, and a scan of the rows agrees.
pub fn pack(bytes: &[u8]) {
    let Ok(opened) = wardian_pack::open(bytes, "fuzz.wasm") else { return };
    assert_eq!(opened.digest, Digest::of(bytes), "a pack's identity is its bytes");
    assert!(bytes.starts_with(&opened.parts.component), "the component is the start of the file");
    let again = wardian_pack::write(&opened.parts).expect("what was read can be written");
    let read = wardian_pack::read(&again, "again.wasm").expect("what was written can be read");
    assert_eq!(read.manifest, opened.parts.manifest);
    assert_eq!(read.image, opened.parts.image);
    let Ok(loaded) = runtime().load(bytes.to_vec(), "fuzz.wasm") else { return };
    let mut env = loaded.env(&context()).expect("a pack that loads makes environments");
    let initial = env.digests().expect("digests");
    assert_eq!(initial, loaded.manifest().initial);
    assert_eq!(initial, env.state().expect("a state").clone().full_scan_digests().expect("a scan"));
}

/// The sample pack, bare and with every section, and one with a guest beside compiled tools and something that follows calls.
pub fn seeds() -> Vec<Vec<u8>> {
    let bare = parts().clone();
    let full = Parts {
        policy: Some("Be kind.".to_owned()),
        tasks: Some(String::new()),
        sources: [("a/b.sql".to_owned(), "SELECT 1".to_owned())].into(),
        ..bare.clone()
    };
    [bare, full, composed()].iter().map(|parts| wardian_pack::write(parts).expect("writes")).collect()
}

/// A pack that is a composition.
fn composed() -> Parts {
    let mut texts = wardian_testkit::Texts::default();
    let read = wardian_testkit::Guest::query("read", "SELECT json_quote(body) FROM notes WHERE id = ?1 ->> '$.id'", &mut texts);
    let mut sources = Sources::new();
    sources
        .insert("pack.toml", "name = \"notes\"\ntitle = \"Notes\"\nnow = \"2026-01-31T12:00:00Z\"\nlicense = \"MIT\"\nauthor = \"hand\"\n");
    sources.insert("schema.sql", "CREATE TABLE notes (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;");
    sources.insert("tools.sql", "-- @tool read\n-- @doc Read.\n-- @param id text\n-- @guest reader\n-- @effect read\n\n-- @tool add\n-- @doc Add.\n-- @param id text\nINSERT INTO notes VALUES (:id, 'new');\n\n-- @after mark\nUPDATE notes SET body = body || '.' WHERE id = :arguments ->> '$.id';\n");
    sources.guests.insert("reader".to_owned(), wardian_testkit::component(&[read], &texts, ""));
    compile_pack(&sources, Validation::Trusted).expect("the sources are right").parts
}
