//! Files of conversations: JSON lines and Parquet, one row after the other.

use crate::conversation::{Conversation, RowError};
use parquet::file::reader::SerializedFileReader;
use parquet::record::Field;
use serde_json::{Map, Number, Value};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use wardian_format::jsonl::{self, LineError};

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file system.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no Parquet.
    #[error("`{path}`: no Parquet that can be read: {source}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        source: parquet::errors::ParquetError,
    },
    /// A line is no JSON.
    #[error(transparent)]
    Line(LineError),
    /// A row is no conversation.
    #[error("`{path}`, row {row}: {source}")]
    Row {
        /// The file.
        path: PathBuf,
        /// From 1.
        row: usize,
        /// What is wrong, and where.
        source: RowError,
    },
    /// The name says nothing.
    #[error("`{path}`: neither .jsonl nor .parquet")]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// A folder without files of conversations.
    #[error("`{path}` has no file that ends in .jsonl or .parquet")]
    Folder {
        /// The folder.
        path: PathBuf,
    },
}

/// `paths` with every folder replaced by its files of conversations, by name.
///
/// # Errors
/// Where a folder cannot be listed, or has none.
pub fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, DataError> {
    let mut out = Vec::new();
    for path in paths {
        if !path.is_dir() {
            out.push(path.clone());
            continue;
        }
        let failed = |source| DataError::Read { path: path.clone(), source };
        let entries: Vec<PathBuf> = std::fs::read_dir(path)
            .map_err(failed)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        let is_data = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "jsonl" || extension == "parquet");
        let mut files: Vec<PathBuf> = entries.into_iter().filter(is_data).collect();
        if files.is_empty() {
            return Err(DataError::Folder { path: path.clone() });
        }
        files.sort_unstable();
        out.append(&mut files);
    }
    Ok(out)
}

type Rows = Box<dyn Iterator<Item = Result<Value, DataError>>>;

/// The conversations of a file, `.jsonl` or `.parquet`, with the number of each row, from 1.
///
/// # Errors
/// Where the file cannot be opened; and each row its own.
pub fn read(path: &Path) -> Result<impl Iterator<Item = Result<(usize, Conversation), DataError>> + use<>, DataError> {
    let rows = match path.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl") => lines(path)?,
        Some("parquet") => parquet(path)?,
        _ => return Err(DataError::Name { path: path.to_owned() }),
    };
    let path = path.to_owned();
    Ok(rows.enumerate().map(move |(i, row)| {
        let conversation = Conversation::from_row(&row?);
        let row = i + 1;
        conversation.map(|conversation| (row, conversation)).map_err(|source| DataError::Row { path: path.clone(), row, source })
    }))
}

fn lines(path: &Path) -> Result<Rows, DataError> {
    let file = File::open(path).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
    Ok(Box::new(jsonl::lines(BufReader::new(file), &path.display().to_string()).map(|line| line.map_err(DataError::Line))))
}

fn parquet(path: &Path) -> Result<Rows, DataError> {
    let file = File::open(path).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
    let path = path.to_owned();
    let wrong = |source| DataError::Parquet { path: path.clone(), source };
    let reader = SerializedFileReader::new(file).map_err(&wrong)?;
    let rows = reader.into_iter();
    let path = path.clone();
    Ok(Box::new(rows.map(move |row| {
        let row = row.map_err(|source| DataError::Parquet { path: path.clone(), source })?;
        Ok(Value::Object(row.get_column_iter().map(|(name, field)| (name.clone(), value(name, field))).collect()))
    })))
}

/// Columns whose texts may be JSON (Arrow's `arrow.json`).
const JSON: [&str; 3] = ["messages", "conversations", "tools"];

/// The value of a field; an element of a list of messages or tools that is JSON text is what the text says.
fn value(column: &str, field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(b) => Value::Bool(*b),
        Field::Byte(n) => (*n).into(),
        Field::Short(n) => (*n).into(),
        Field::Int(n) => (*n).into(),
        Field::Long(n) => (*n).into(),
        Field::UByte(n) => (*n).into(),
        Field::UShort(n) => (*n).into(),
        Field::UInt(n) => (*n).into(),
        Field::ULong(n) => (*n).into(),
        Field::Float(n) => Number::from_f64(f64::from(*n)).map_or(Value::Null, Value::Number),
        Field::Double(n) => Number::from_f64(*n).map_or(Value::Null, Value::Number),
        Field::Str(text) => Value::String(text.clone()),
        Field::Group(row) => {
            Value::Object(row.get_column_iter().map(|(name, field)| (name.clone(), value("", field))).collect::<Map<_, _>>())
        }
        Field::ListInternal(list) => {
            let item = |field: &Field| match value("", field) {
                Value::String(text) if JSON.contains(&column) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
                other => other,
            };
            Value::Array(list.elements().iter().map(item).collect())
        }
        other => Value::String(other.to_string()),
    }
}
