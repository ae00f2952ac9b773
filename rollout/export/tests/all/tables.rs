//! Files: what Parquet holds, read back with Arrow; the same rows give the same bytes; memory is bounded by a row group.

use crate::sample::{MARKED, MASKED, file, parallel, plain, rows};
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value};
use wardian_export::{Container, ExportError, Form, ROW_GROUP_ROWS, Row, Sheet, WRITER};

/// What was written, as JSON again; columns of JSON are read.
fn read(bytes: Vec<u8>) -> (Schema, Vec<Value>) {
    let builder = ParquetRecordBatchReaderBuilder::try_new(tempfile_of(&bytes)).expect("Parquet");
    let schema = builder.schema().as_ref().clone();
    let batches: Vec<RecordBatch> = builder.build().expect("a reader").map(|batch| batch.expect("a batch")).collect();
    let mut out = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let fields = schema.fields().iter().enumerate();
            out.push(Value::Object(
                fields.map(|(at, field)| (field.name().clone(), value(batch.column(at).as_ref(), row, field))).collect(),
            ));
        }
    }
    (schema, out)
}

fn tempfile_of(bytes: &[u8]) -> std::fs::File {
    use std::io::{Seek, Write};
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).and_then(|()| file.rewind()).expect("it is written");
    file
}

fn value(array: &dyn Array, row: usize, field: &arrow_schema::Field) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match field.data_type() {
        DataType::Utf8 if field.metadata().contains_key("ARROW:extension:name") => {
            serde_json::from_str(array.as_string::<i32>().value(row)).expect("JSON")
        }
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int64 => array.as_primitive::<arrow_array::types::Int64Type>().value(row).into(),
        DataType::List(item) => {
            let items = array.as_list::<i32>().value(row);
            (0..items.len()).map(|at| value(items.as_ref(), at, item)).collect()
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct();
            let members =
                fields.iter().enumerate().map(|(at, field)| (field.name().clone(), value(columns.column(at).as_ref(), row, field)));
            Value::Object(members.collect())
        }
        other => panic!("{other}"),
    }
}

/// `value` without members that are null, which is what a struct makes of missing ones.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Object(map) => Value::Object(
            map.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), without_nulls(value))).collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    }
}

fn sample(form: Form) -> Vec<Row> {
    rows(form, MASKED, &[plain("one/a"), parallel("two/a"), plain("three/a")])
}

#[test]
fn parquet_reads_back_as_it_was_written() {
    let (schema, read_back) = read(file(Form::Trl, Container::Parquet, &sample(Form::Trl)));
    let written: Vec<Value> = sample(Form::Trl).into_iter().map(|row| row.value).collect();
    assert_eq!(read_back, written, "columns of JSON lose nothing, nulls in arguments included");
    assert!(schema.metadata()["huggingface"].contains("\"_type\":\"Json\""), "{schema:?}");
    for form in [Form::Verl, Form::VerlRl] {
        let (_, read_back) = read(file(form, Container::Parquet, &sample(form)));
        let written: Vec<Value> = sample(form).into_iter().map(|row| row.value).collect();
        assert_eq!(read_back.iter().map(without_nulls).collect::<Vec<_>>(), written, "{}", form.name());
    }
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    for form in Form::ALL {
        for container in form.containers() {
            let options = wardian_export::Options { reasoning: wardian_export::Reasoning::Drop, ..MARKED };
            let make = || file(form, *container, &rows(form, options, &[plain("one/a"), parallel("two/a")]));
            let first = make();
            assert!(first == make(), "{} as {container:?}", form.name());
            if *container == Container::Parquet {
                let builder = ParquetRecordBatchReaderBuilder::try_new(tempfile_of(&first)).expect("Parquet");
                assert_eq!(builder.metadata().file_metadata().created_by(), Some(WRITER));
            }
        }
    }
}

#[test]
fn rows_leave_memory_in_groups() {
    let row = rows(Form::Trl, MARKED, &[plain("one/a")]).remove(0);
    let mut sheet = Sheet::new(Form::Trl, Container::Parquet, Default::default(), Vec::new()).expect("a sheet");
    (0..2 * ROW_GROUP_ROWS + 1).for_each(|_| sheet.push(row.value.clone()).expect("it fits"));
    let bytes = sheet.finish().expect("a file");
    let builder = ParquetRecordBatchReaderBuilder::try_new(tempfile_of(&bytes)).expect("Parquet");
    let groups: Vec<i64> = builder.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [ROW_GROUP_ROWS as i64, ROW_GROUP_ROWS as i64, 1]);
}

#[test]
fn a_row_that_does_not_fit_is_an_error_and_not_shortened() {
    let mut sheet = Sheet::new(Form::Trl, Container::Parquet, Default::default(), Vec::new()).expect("a sheet");
    let mut row = rows(Form::Trl, MARKED, &[plain("one/a")]).remove(0).value;
    row["more"] = Value::Bool(true);
    sheet.push(row).expect("it is kept until the group is written");
    let error = sheet.finish().expect_err("there is no such column");
    assert!(matches!(&error, ExportError::Column { .. }) && error.to_string().contains("`more`"), "{error}");
    for (form, container) in [(Form::OpenAi, Container::Parquet), (Form::Verl, Container::Lines)] {
        let error = Sheet::new(form, container, Default::default(), Vec::new()).err().expect("no such files");
        assert!(error.to_string().contains(form.name()), "{error}");
    }
}

#[test]
fn an_empty_file_is_a_file() {
    assert!(read(file(Form::Verl, Container::Parquet, &[])).1.is_empty());
    assert!(file(Form::Trl, Container::Lines, &[]).is_empty());
}
