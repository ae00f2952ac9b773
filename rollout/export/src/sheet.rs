//! One file of rows. It is written row by row; Parquet holds one row group in memory.

use crate::columns::batch;
use crate::{Container, ExportError, Form, trl, verl};
use arrow_schema::Schema;
use parquet::arrow::ArrowWriter;
use parquet::basic::ZstdLevel;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use serde_json::Value;
use std::io::Write;
use std::sync::Arc;

/// A row group is written when its rows have as many bytes as JSON. A reader holds one as well.
pub const ROW_GROUP_BYTES: usize = 8 << 20;

/// A row group is written when it has as many rows.
pub const ROW_GROUP_ROWS: usize = 1_000;

/// What Parquet files say of who wrote them: a constant of this version, so that the same rows give the same bytes.
pub const WRITER: &str = concat!("wardian version ", env!("CARGO_PKG_VERSION"));

/// How the pages of Parquet are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Zstandard, level 3.
    #[default]
    Zstd,
    /// Not at all.
    None,
}

/// A file in the making.
pub struct Sheet<W: Write + Send>(Kind<W>);

enum Kind<W: Write + Send> {
    Lines(W),
    Parquet { out: Box<ArrowWriter<W>>, schema: Arc<Schema>, rows: Vec<Value>, bytes: usize },
}

impl<W: Write + Send> Sheet<W> {
    /// A file of `form` without rows.
    ///
    /// # Errors
    /// When the form is not read from such a container, or the file cannot be written.
    pub fn new(form: Form, container: Container, compression: Compression, out: W) -> Result<Self, ExportError> {
        let wrong = ExportError::Container { form: form.name(), extension: container.extension() };
        if !form.containers().contains(&container) {
            return Err(wrong);
        }
        if container == Container::Lines {
            return Ok(Self(Kind::Lines(out)));
        }
        let schema = Arc::new(match form {
            Form::Trl => trl::schema(),
            Form::Verl => verl::supervised_schema(),
            Form::VerlRl => verl::reinforcement_schema(),
            Form::LlamaFactory | Form::Atif | Form::OpenAi => return Err(wrong),
        });
        let out = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties(compression)))?;
        Ok(Self(Kind::Parquet { out: Box::new(out), schema, rows: Vec::new(), bytes: 0 }))
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn push(&mut self, row: Value) -> Result<(), ExportError> {
        let text = row.to_string();
        match &mut self.0 {
            Kind::Lines(out) => {
                out.write_all(text.as_bytes())?;
                out.write_all(b"\n")?;
            }
            Kind::Parquet { out, schema, rows, bytes } => {
                *bytes += text.len();
                rows.push(row);
                if *bytes >= ROW_GROUP_BYTES || rows.len() >= ROW_GROUP_ROWS {
                    write_group(out, schema, rows)?;
                    *bytes = 0;
                }
            }
        }
        Ok(())
    }

    /// Writes what is left, and gives the file back.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(self) -> Result<W, ExportError> {
        match self.0 {
            Kind::Lines(out) => Ok(out),
            Kind::Parquet { mut out, schema, mut rows, .. } => {
                if !rows.is_empty() {
                    write_group(&mut out, &schema, &mut rows)?;
                }
                Ok(out.into_inner()?)
            }
        }
    }
}

fn write_group<W: Write + Send>(out: &mut ArrowWriter<W>, schema: &Arc<Schema>, rows: &mut Vec<Value>) -> Result<(), ExportError> {
    out.write(&batch(schema, rows)?)?;
    out.flush()?;
    rows.clear();
    Ok(())
}

/// No statistics: nobody looks for the least conversation.
fn properties(compression: Compression) -> WriterProperties {
    let compression = match compression {
        Compression::Zstd => parquet::basic::Compression::ZSTD(ZstdLevel::default()),
        Compression::None => parquet::basic::Compression::UNCOMPRESSED,
    };
    WriterProperties::builder()
        .set_created_by(WRITER.to_owned())
        .set_compression(compression)
        .set_statistics_enabled(EnabledStatistics::None)
        .build()
}
