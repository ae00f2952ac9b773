//! State images are opened in the child first.

use crate::{child, limited};
use wardian_format::SqlValue;
use wardian_format::limits::Profile;
use wardian_sandbox::{Compile, Exceeded, SandboxError};
use wardian_state::build_image;

const SCHEMA: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;";

fn image(rows: i64) -> Vec<u8> {
    let row = |id: i64| vec![SqlValue::Integer(id), SqlValue::Text(format!("note {id}"))];
    let columns = vec!["id".to_owned(), "text".to_owned()];
    build_image(SCHEMA, &[("notes".to_owned(), columns, (0..rows).map(row).collect())]).expect("the image is built")
}

#[test]
fn sound_images_pass_and_others_do_not() {
    let check = |image: &[u8], ungraded: &[&str]| {
        let ungraded: Vec<String> = ungraded.iter().map(|name| (*name).to_owned()).collect();
        child().check_image(image, &ungraded, Profile::Guest)
    };
    let good = image(1_000);
    check(&good, &[]).expect("sound");
    check(&good, &["notes.text"]).expect("sound");
    assert!(matches!(check(&good, &["nothing"]), Err(SandboxError::Refused(reason)) if reason.contains("`nothing`")));
    assert!(matches!(check(b"no database", &[]), Err(SandboxError::Refused(_))));
    let mut damaged = good.clone();
    damaged[4096 * 2..4096 * 3].fill(0xff);
    assert!(matches!(check(&damaged, &[]), Err(SandboxError::Refused(reason)) if reason.contains("damaged")));
    assert!(matches!(check(&good[..8192], &[]), Err(SandboxError::Refused(reason)) if reason.contains("truncated")));
}

#[test]
fn looking_is_bounded() {
    let small = limited(|limits| limits.memory_bytes_max = 24 << 20);
    let large = image(400_000);
    let found = small.check_image(&large, &[], Profile::Guest);
    assert!(matches!(found, Err(SandboxError::Exceeded { which: Exceeded::Memory, .. })), "{found:?}");
    child().check_image(&large, &[], Profile::Guest).expect("with the usual limits it is sound");
}
