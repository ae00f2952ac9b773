//! Pack files.

use super::{context, parts, runtime};
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

/// The sample pack, bare and with every section.
pub fn seeds() -> Vec<Vec<u8>> {
    let bare = parts().clone();
    let full = Parts {
        policy: Some("Be kind.".to_owned()),
        tasks: Some(String::new()),
        sources: [("a/b.sql".to_owned(), "SELECT 1".to_owned())].into(),
        ..bare.clone()
    };
    [bare, full].iter().map(|parts| wardian_pack::write(parts).expect("writes")).collect()
}
