//! The packs that ship with Wardian, as sources: the folders beside this crate.
//!
//! What it is not: it builds nothing; the compiler does.
//! May depend on: `wardian-compiler`, for the type of sources.

use std::collections::BTreeSet;
use wardian_compiler::Sources;

/// Pack, path, and the content under zstd.
const FILES: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Names of the packs, sorted.
pub fn names() -> Vec<&'static str> {
    FILES.iter().map(|(pack, _, _)| *pack).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The sources of the pack called `name`, with those that they extend.
pub fn sources(name: &str) -> Option<Sources> {
    let mut sources = Sources::new();
    for (_, path, packed) in FILES.iter().filter(|(pack, _, _)| *pack == name) {
        let content = zstd::decode_all(*packed).expect("build.rs packed it");
        match path.strip_prefix("guests/").and_then(|path| path.strip_suffix(".wasm")) {
            Some(guest) => drop(sources.guests.insert(guest.to_owned(), content)),
            None => sources.insert(*path, String::from_utf8(content).expect("sources are text")),
        }
    }
    if sources.texts.is_empty() {
        return None;
    }
    let base = sources.extends().and_then(|base| self::sources(base.strip_prefix("../")?));
    Some(match base {
        Some(base) => sources.over(base),
        None => sources,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pack_has_its_sources() {
        assert!(names().contains(&"library"));
        for name in names() {
            let sources = sources(name).expect("it is there");
            assert!(sources.get("schema.sql").is_some() && sources.extends().is_none(), "{name}");
        }
        assert!(sources("no-such-pack").is_none());
    }
}
