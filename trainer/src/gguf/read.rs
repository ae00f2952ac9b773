//! The part before the weights.

use super::{Kind, Meta, TensorInfo};
use std::collections::BTreeMap;

/// Dimensions of a tensor.
const DIMENSIONS_MAX: u32 = 8;
/// Lists within lists.
const DEPTH_MAX: usize = 4;

type Head = (BTreeMap<String, Meta>, BTreeMap<String, TensorInfo>);

/// A place in the bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| format!("the file ends before {count} bytes that belong here"))?;
        let out = &self.bytes[self.at..end];
        self.at = end;
        Ok(out)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        Ok(self.take(N)?.try_into().expect("as many as asked for"))
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_le_bytes)
    }

    /// A count of things that take at least `each` bytes.
    fn count(&mut self, each: usize) -> Result<usize, String> {
        let count = u64::from_le_bytes(self.array()?);
        let left = (self.bytes.len() - self.at) / each.max(1);
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= left)
            .ok_or_else(|| format!("{count} things of {each} bytes do not fit into the file"))
    }

    fn text(&mut self) -> Result<String, String> {
        let count = self.count(1)?;
        let bytes = self.take(count)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| "a text that is no UTF-8".to_owned())
    }
}

/// Metadata and tensors, whose offsets count from the start of the weights.
pub(super) fn head(reader: &mut Reader<'_>) -> Result<Head, String> {
    if reader.take(4)? != b"GGUF" {
        return Err("this is no GGUF: it does not begin with those letters".to_owned());
    }
    let version = reader.u32()?;
    if !(2..=3).contains(&version) {
        return Err(format!("version {version} of GGUF; 2 and 3 are known"));
    }
    let tensors_count = reader.count(1)?;
    let values = reader.count(1)?;
    let mut metadata = BTreeMap::new();
    for _ in 0..values {
        let key = reader.text()?;
        let kind = reader.u32()?;
        let value = meta(reader, kind, 0).map_err(|what| format!("`{}`: {what}", key.escape_debug()))?;
        if metadata.insert(key.clone(), value).is_some() {
            return Err(format!("`{}` is there twice", key.escape_debug()));
        }
    }
    let mut tensors = BTreeMap::new();
    for _ in 0..tensors_count {
        let name = reader.text()?;
        let info = tensor(reader).map_err(|what| format!("tensor `{}`: {what}", name.escape_debug()))?;
        if tensors.insert(name.clone(), info).is_some() {
            return Err(format!("tensor `{}` is there twice", name.escape_debug()));
        }
    }
    Ok((metadata, tensors))
}

/// A value of kind `kind`; the numbers are those of `docs/gguf.md`.
fn meta(reader: &mut Reader<'_>, kind: u32, depth: usize) -> Result<Meta, String> {
    Ok(match kind {
        0 => Meta::Int(i128::from(u8::from_le_bytes(reader.array()?))),
        1 => Meta::Int(i128::from(i8::from_le_bytes(reader.array()?))),
        2 => Meta::Int(i128::from(u16::from_le_bytes(reader.array()?))),
        3 => Meta::Int(i128::from(i16::from_le_bytes(reader.array()?))),
        4 => Meta::Int(i128::from(reader.u32()?)),
        5 => Meta::Int(i128::from(i32::from_le_bytes(reader.array()?))),
        6 => Meta::Float(f64::from(f32::from_le_bytes(reader.array()?))),
        7 => match reader.array::<1>()? {
            [0] => Meta::Bool(false),
            [1] => Meta::Bool(true),
            [other] => return Err(format!("{other} is neither true nor false")),
        },
        8 => Meta::Text(reader.text()?),
        9 if depth < DEPTH_MAX => {
            let kind = reader.u32()?;
            let count = reader.count(1)?;
            Meta::List((0..count).map(|_| meta(reader, kind, depth + 1)).collect::<Result<_, _>>()?)
        }
        10 => Meta::Int(i128::from(u64::from_le_bytes(reader.array()?))),
        11 => Meta::Int(i128::from(i64::from_le_bytes(reader.array()?))),
        12 => Meta::Float(f64::from_le_bytes(reader.array()?)),
        other => return Err(format!("a value of the unknown kind {other}")),
    })
}

fn tensor(reader: &mut Reader<'_>) -> Result<TensorInfo, String> {
    let dimensions = reader.u32()?;
    if dimensions > DIMENSIONS_MAX {
        return Err(format!("{dimensions} dimensions; at most {DIMENSIONS_MAX} are allowed"));
    }
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        shape.push(usize::try_from(u64::from_le_bytes(reader.array()?)).map_err(|_| "a dimension that is too large".to_owned())?);
    }
    let number = reader.u32()?;
    let kind = Kind::of(number).ok_or_else(|| format!("numbers of the kind {number}; {} are known", Kind::names()))?;
    let row = shape.first().copied().unwrap_or(1);
    let count = shape.iter().try_fold(1_usize, |all, n| all.checked_mul(*n)).ok_or("too large")?;
    if row % kind.block() != 0 {
        return Err(format!("rows of {row} numbers, in blocks of {}", kind.block()));
    }
    let bytes = (count / kind.block()).checked_mul(kind.block_bytes()).ok_or("too large")?;
    let offset = u64::from_le_bytes(reader.array()?);
    shape.reverse();
    Ok(TensorInfo { kind, shape, offset, bytes })
}
