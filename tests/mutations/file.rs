//! A pack cut into its pieces, to be put together otherwise; and numbers by chance.

use wasmparser::{Parser, Payload};

/// What every section's name of ours starts with.
pub(super) const OURS: &str = "wardian:";

/// A pack file in pieces.
#[derive(Clone)]
pub(super) struct File {
    /// The component.
    pub(super) component: Vec<u8>,
    /// Names and contents of the sections after it.
    pub(super) sections: Vec<(String, Vec<u8>)>,
}

impl File {
    /// Cuts a good pack.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut file = Self { component: bytes.to_vec(), sections: Vec::new() };
        for payload in Parser::new(0).parse_all(bytes) {
            let Payload::CustomSection(section) = payload.expect("a good pack") else { continue };
            if section.name().starts_with(OURS) {
                file.sections.push((section.name().to_owned(), section.data().to_vec()));
            }
        }
        let ours: usize = file.sections.iter().map(|(name, data)| section(name, data).len()).sum();
        file.component.truncate(bytes.len() - ours);
        assert_eq!(file.bytes(), bytes, "the pieces make the whole");
        file
    }

    /// The file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = self.component.clone();
        self.sections.iter().for_each(|(name, data)| out.extend(section(name, data)));
        out
    }

    /// Where each section starts, and where the file ends.
    pub(super) fn boundaries(&self) -> Vec<usize> {
        let mut at = self.component.len();
        let mut starts = vec![at];
        for (name, data) in &self.sections {
            at += section(name, data).len();
            starts.push(at);
        }
        starts
    }

    /// The contents of a section.
    pub(super) fn get(&self, name: &str) -> &[u8] {
        &self.sections.iter().find(|(known, _)| known == name).expect("the section is there").1
    }

    /// The file with other contents of a section, which is added where it was not there.
    pub(super) fn with(&self, name: &str, data: Vec<u8>) -> Vec<u8> {
        let mut file = self.clone();
        match file.sections.iter_mut().find(|(known, _)| known == name) {
            Some(section) => section.1 = data,
            None => file.sections.push((name.to_owned(), data)),
        }
        file.bytes()
    }
}

/// A custom section.
pub(super) fn section(name: &str, data: &[u8]) -> Vec<u8> {
    let mut content = leb128(name.len());
    content.extend(name.as_bytes());
    content.extend(data);
    let mut out = vec![0];
    out.extend(leb128(content.len()));
    out.extend(content);
    out
}

/// A number as sections write their length.
pub(super) fn leb128(mut n: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
    out
}

/// Numbers by chance (SplitMix64): the seed gives them again.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    /// A number below `n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}
