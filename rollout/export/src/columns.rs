//! JSON values as Arrow columns, along a schema. Nothing may be lost on the way: a member that the schema lacks is an error.

use crate::ExportError;
use arrow_array::{ArrayRef, BooleanArray, Int64Array, ListArray, RecordBatch, StringArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};
use serde_json::Value;
use std::sync::Arc;

/// Key and value that say of a column of text that it holds JSON: Arrow's canonical extension type `arrow.json`.
const EXTENSION: (&str, &str) = ("ARROW:extension:name", "arrow.json");

/// A column of JSON.
pub(crate) fn json(name: &str, nullable: bool) -> Field {
    Field::new(name, DataType::Utf8, nullable).with_metadata([(EXTENSION.0.to_owned(), EXTENSION.1.to_owned())].into())
}

/// A list of `item`.
pub(crate) fn list(item: Field) -> DataType {
    DataType::List(Arc::new(item))
}

/// A struct of `fields`.
pub(crate) fn record(fields: Vec<Field>) -> DataType {
    DataType::Struct(Fields::from(fields))
}

/// `rows`, which are objects, as a batch of `schema`.
pub(crate) fn batch(schema: &Arc<Schema>, rows: &[Value]) -> Result<RecordBatch, ExportError> {
    let rows: Vec<Option<&Value>> = rows.iter().map(Some).collect();
    let columns = members("", schema.fields(), &rows)?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// The values of all `fields` in objects.
fn members(path: &str, fields: &Fields, objects: &[Option<&Value>]) -> Result<Vec<ArrayRef>, ExportError> {
    for object in objects.iter().flatten() {
        let map = object.as_object().ok_or_else(|| wrong(path, "is no object"))?;
        if let Some(key) = map.keys().find(|key| fields.find(key).is_none()) {
            return Err(wrong(path, &format!("has a member `{key}` that the schema lacks")));
        }
    }
    let column = |field: &FieldRef| {
        let path = if path.is_empty() { field.name().clone() } else { format!("{path}.{}", field.name()) };
        let values: Vec<Option<&Value>> = objects.iter().map(|object| object.and_then(|object| object.get(field.name()))).collect();
        array(&path, field, &values)
    };
    fields.iter().map(column).collect()
}

fn array(path: &str, field: &FieldRef, values: &[Option<&Value>]) -> Result<ArrayRef, ExportError> {
    if field.metadata().contains_key(EXTENSION.0) {
        return Ok(Arc::new(values.iter().map(|value| value.map(Value::to_string)).collect::<StringArray>()));
    }
    let values: Vec<Option<&Value>> = values.iter().map(|value| value.filter(|value| !value.is_null())).collect();
    Ok(match field.data_type() {
        DataType::Utf8 => Arc::new(scalars(path, &values, Value::as_str)?.into_iter().collect::<StringArray>()),
        DataType::Boolean => Arc::new(scalars(path, &values, Value::as_bool)?.into_iter().collect::<BooleanArray>()),
        DataType::Int64 => Arc::new(scalars(path, &values, Value::as_i64)?.into_iter().collect::<Int64Array>()),
        DataType::Struct(fields) => {
            let children = members(path, fields, &values)?;
            Arc::new(StructArray::try_new(fields.clone(), children, present(&values))?)
        }
        DataType::List(item) => {
            let lists = scalars(path, &values, Value::as_array)?;
            let items: Vec<Option<&Value>> = lists.iter().flatten().flat_map(|list| list.iter().map(Some)).collect();
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(|list| list.map_or(0, |list| list.len())));
            Arc::new(ListArray::try_new(Arc::clone(item), offsets, array(path, item, &items)?, present(&values))?)
        }
        other => return Err(wrong(path, &format!("has the type {other}, which no form uses"))),
    })
}

/// What `read` sees in each value; one that it cannot read is an error.
fn scalars<'a, T>(path: &str, values: &[Option<&'a Value>], read: impl Fn(&'a Value) -> Option<T>) -> Result<Vec<Option<T>>, ExportError> {
    let one = |value: &Option<&'a Value>| value.map(|value| read(value).ok_or_else(|| wrong(path, "has another type"))).transpose();
    values.iter().map(one).collect()
}

fn present(values: &[Option<&Value>]) -> Option<NullBuffer> {
    values.iter().any(Option::is_none).then(|| values.iter().map(Option::is_some).collect::<Vec<bool>>().into())
}

fn wrong(path: &str, reason: &str) -> ExportError {
    ExportError::Column { column: path.to_owned(), reason: reason.to_owned() }
}
