//! Sections of the file, and their compression.

use std::borrow::Cow;
use std::io::Read;
use wardian_format::limits::{AdmissionLimits, Profile};
use wardian_format::{names, pack};
use wasmparser::BinaryReader;

/// Level of compression. Fixed: the same content gives the same bytes with the same zstd.
const LEVEL: i32 = 9;

/// Largest window that a section may ask a reader to keep, as a power of two: 128 MiB.
const WINDOW_LOG_MAX: u32 = wardian_format::limits::FIXED.section_window_log_max;

/// What any section may decompress to, within its limit; beyond that its stored size counts.
const FREE_BYTES: usize = wardian_format::limits::FIXED.section_free_bytes;

/// How many times its stored size a section may have beyond [`FREE_BYTES`]. Databases compress by 3 to 30; a gigabyte
/// from a few kilobytes is meant to fill memory.
const RATIO_MAX: usize = wardian_format::limits::FIXED.section_ratio_max;

/// The pack's own sections, in the order of the file. All of them come after the component.
const ORDER: [&str; 5] =
    [pack::section::MANIFEST, pack::section::IMAGE, pack::section::SOURCES, pack::section::POLICY, pack::section::TASKS];

/// Prefix of names that are ours.
const OURS: &str = "wardian:";

/// A pack file, cut into sections.
pub(crate) struct File<'a> {
    bytes: &'a [u8],
    component_end: usize,
    /// Index into [`ORDER`], and the contents.
    ours: Vec<(usize, &'a [u8])>,
}

impl<'a> File<'a> {
    /// Finds the sections. Looks at frames and names only.
    pub(crate) fn scan(bytes: &'a [u8]) -> Result<Self, String> {
        let max = AdmissionLimits::of(Profile::Guest).file_bytes_max;
        if bytes.len() > max {
            return Err(format!("the file has {} bytes; the limit is {max}", bytes.len()));
        }
        if !wasmparser::Parser::is_component(bytes) {
            return Err("it is not a WebAssembly component".to_owned());
        }
        let mut file = Self { bytes, component_end: bytes.len(), ours: Vec::new() };
        let mut reader = BinaryReader::new(&bytes[8..], 8);
        while !reader.eof() {
            let start = reader.original_position();
            let truncated = |_| format!("it is truncated: the section at byte {start} is longer than the file");
            let id = reader.read_u8().map_err(truncated)?;
            let size = reader.read_var_u32().map_err(truncated)?;
            let content = reader.read_bytes(size as usize).map_err(truncated)?;
            file.section(start, id, content)?;
        }
        Ok(file)
    }

    fn section(&mut self, start: usize, id: u8, content: &'a [u8]) -> Result<(), String> {
        let Some((name, data)) = custom(id, content).filter(|(name, _)| name.starts_with(OURS)) else {
            let after = self.ours.last().map(|(index, _)| ORDER[*index]);
            return after
                .map_or(Ok(()), |name| Err(format!("the section at byte {start} comes after `{name}`, where only the pack's own may be")));
        };
        let shown = names::untrusted(name, 80);
        let Some(index) = ORDER.iter().position(|known| *known == name) else {
            return Err(format!("section `{shown}` at byte {start} is unknown"));
        };
        match self.ours.last() {
            Some((last, _)) if *last == index => return Err(format!("section `{shown}` at byte {start} is there twice")),
            Some((last, _)) if *last > index => return Err(format!("section `{shown}` at byte {start} comes after `{}`", ORDER[*last])),
            Some(_) => {}
            None => self.component_end = start,
        }
        self.ours.push((index, data));
        Ok(())
    }

    /// The bytes before the pack's own sections.
    pub(crate) fn component(&self) -> &'a [u8] {
        &self.bytes[..self.component_end]
    }

    /// The contents of `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.ours.iter().find(|(index, _)| ORDER[*index] == name).map(|(_, data)| *data)
    }

    /// The contents of `name`, which must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&'a [u8], String> {
        self.get(name).ok_or_else(|| format!("section `{name}` is missing"))
    }

    /// Names and stored sizes, in order.
    pub(crate) fn sections(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.ours.iter().map(|(index, data)| (ORDER[*index], data.len()))
    }
}

/// Name and contents, where the section is a custom one.
fn custom(id: u8, content: &[u8]) -> Option<(&str, &[u8])> {
    let mut reader = BinaryReader::new(content, 0);
    let name = if id == 0 { reader.read_string().ok()? } else { return None };
    Some((name, &content[reader.current_position()..]))
}

/// Appends a custom section to a component.
pub(crate) fn append(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    use wasm_encoder::{ComponentSection, CustomSection};
    CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.append_to_component(out);
}

/// One zstd frame with size and checksum.
pub(crate) fn compress(data: &[u8]) -> Vec<u8> {
    let frame = || -> std::io::Result<Vec<u8>> {
        let mut encoder = zstd::stream::Encoder::new(Vec::new(), LEVEL)?;
        encoder.include_checksum(true)?;
        encoder.set_pledged_src_size(Some(data.len() as u64))?;
        std::io::Write::write_all(&mut encoder, data)?;
        encoder.finish()
    };
    frame().expect("compressing from memory to memory fails only without memory")
}

/// The contents of one zstd frame, which is all of `data`; at most `bytes_max` bytes, and not out of proportion to `data`.
pub(crate) fn decompress(name: &str, data: &[u8], bytes_max: usize) -> Result<Vec<u8>, String> {
    let bytes_max = bytes_max.min(data.len().saturating_mul(RATIO_MAX).max(FREE_BYTES));
    let corrupt = |error: std::io::Error| format!("section `{name}` does not decompress: {error}");
    let mut decoder = zstd::stream::Decoder::with_buffer(data).map_err(corrupt)?.single_frame();
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(corrupt)?;
    let mut out = Vec::new();
    decoder.by_ref().take(bytes_max as u64 + 1).read_to_end(&mut out).map_err(corrupt)?;
    if out.len() > bytes_max {
        return Err(format!("section `{name}` decompresses to more than {bytes_max} bytes"));
    }
    let rest = decoder.finish();
    if !rest.is_empty() {
        return Err(format!("section `{name}` has {} bytes after its end", rest.len()));
    }
    Ok(out)
}

/// As [`decompress`], for text.
pub(crate) fn decompress_text(name: &str, data: &[u8], bytes_max: usize) -> Result<String, String> {
    utf8(name, decompress(name, data, bytes_max)?, bytes_max)
}

/// `data` as text of at most `bytes_max` bytes.
pub(crate) fn utf8(name: &str, data: Vec<u8>, bytes_max: usize) -> Result<String, String> {
    if data.len() > bytes_max {
        return Err(format!("section `{name}` has more than {bytes_max} bytes"));
    }
    String::from_utf8(data).map_err(|error| format!("section `{name}` is not UTF-8: {error}"))
}
