//! docs/digest.md once more, written for plainness: the oracle of the engine's digests.

use sha2::{Digest as _, Sha256};
use wardian_format::{Digest, SqlValue};

/// A table with what counts of it: name, columns with their types, key, and rows as values in the order of `columns`.
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<(String, String)>,
    pub(crate) key: Vec<String>,
    pub(crate) rows: Vec<Vec<SqlValue>>,
}

/// The digest of a database with these tables.
pub(crate) fn digest(mut tables: Vec<Table>) -> Digest {
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    let mut lanes = vec![0_u16; 1024];
    for table in &tables {
        for row in &table.rows {
            let hash = *blake3::hash(&encode_row(table, row)).as_bytes();
            let mut expanded = vec![0; 2048];
            blake3::Hasher::new().update(&hash).finalize_xof().fill(&mut expanded);
            for i in 0..1024 {
                lanes[i] = lanes[i].wrapping_add(u16::from_le_bytes([expanded[2 * i], expanded[2 * i + 1]]));
            }
        }
    }
    let mut message = b"wardian-state-v1\0".to_vec();
    message.extend(schema_id(&tables).0);
    message.extend(lanes.iter().flat_map(|lane| lane.to_le_bytes()));
    Digest(Sha256::digest(message).into())
}

/// The schema id of these tables, which are in order of name.
pub(crate) fn schema_id(tables: &[Table]) -> Digest {
    let mut message = b"wardian-schema-v1\0".to_vec();
    for table in tables {
        let mut columns = table.columns.clone();
        columns.sort();
        text(&mut message, &table.name);
        message.extend((columns.len() as u32).to_le_bytes());
        for (name, type_name) in &columns {
            text(&mut message, name);
            text(&mut message, type_name);
        }
        message.extend((table.key.len() as u32).to_le_bytes());
        for name in &table.key {
            text(&mut message, name);
        }
    }
    Digest(Sha256::digest(message).into())
}

fn encode_row(table: &Table, row: &[SqlValue]) -> Vec<u8> {
    let mut cells: Vec<(&String, &SqlValue)> = table.columns.iter().map(|(name, _)| name).zip(row).collect();
    cells.sort_by(|a, b| a.0.cmp(b.0));
    let mut out = Vec::new();
    text(&mut out, &table.name);
    out.extend((cells.len() as u32).to_le_bytes());
    for (_, value) in cells {
        encode_value(&mut out, value);
    }
    out
}

fn encode_value(out: &mut Vec<u8>, value: &SqlValue) {
    match value {
        SqlValue::Null => out.push(0),
        SqlValue::Integer(i) => {
            out.push(1);
            out.extend(i.to_le_bytes());
        }
        SqlValue::Real(r) => {
            out.push(2);
            out.extend((if *r == 0.0 { 0.0_f64 } else { *r }).to_bits().to_le_bytes());
        }
        SqlValue::Text(t) => {
            out.push(3);
            out.extend((t.len() as u64).to_le_bytes());
            out.extend(t.as_bytes());
        }
        SqlValue::Blob(b) => {
            out.push(4);
            out.extend((b.len() as u64).to_le_bytes());
            out.extend(b);
        }
    }
}

fn text(out: &mut Vec<u8>, t: &str) {
    out.extend((t.len() as u32).to_le_bytes());
    out.extend(t.as_bytes());
}
