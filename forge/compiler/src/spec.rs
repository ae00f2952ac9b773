//! The description of a tool for the manifest: JSON Schema of its parameters, references, yields.

use crate::ast::{Member, Options, Param, Ref, Scalar, Tool, Type};
use crate::diagnostic::{Report, Span, nearest};
use crate::lower::Lowered;
use serde_json::{Map, Value, json};
use wardian_format::ToolSpec;
use wardian_format::names::TOOL_NAME_MAX;
use wardian_format::pack::{ParamRef, Statements, Yield};
use wardian_state::Schema;

/// What the manifest says of a lowered tool.
pub(crate) fn spec(tool: &Tool, lowered: &Lowered, schema: &Schema, report: &mut Report<'_>) -> ToolSpec {
    check_name(tool, report);
    if tool.doc.is_empty() {
        report.warning(
            tool.name.span,
            format!("tool `{}` has no `@doc`", tool.name.text),
            Some("agents choose tools by their description"),
        );
    }
    let mut refs = Vec::new();
    for param in &tool.params {
        check_values(param, report);
        collect_refs(&param.name.text, &param.options.refs, schema, report, &mut refs);
        if let Type::Rows(members) = &param.ty {
            for member in members {
                collect_refs(&format!("{}.{}", param.name.text, member.name), &member.options.refs, schema, report, &mut refs);
            }
        }
    }
    let yields = tool.yields.iter().map(|y| {
        check_column(&y.table, &y.column, y.span, schema, report);
        Yield { path: y.path.clone(), table: y.table.clone(), column: y.column.clone() }
    });
    ToolSpec {
        name: tool.name.text.clone(),
        export: lowered.ir.export.clone(),
        description: tool.doc.clone(),
        parameters: parameters(&tool.params),
        returns: tool.returns.clone(),
        effect: lowered.effect,
        role: tool.role,
        statements: Statements::Closed { sql: lowered.ir.sql.clone() },
        refs,
        yields: yields.collect(),
        catalog_id: tool.catalog.clone(),
    }
}

fn check_name(tool: &Tool, report: &mut Report<'_>) {
    let name = &tool.name.text;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if name.is_empty() || name.len() > TOOL_NAME_MAX || !plain {
        let hint = Some("letters, digits, `_` and `-`, at most 64: what chat interfaces accept");
        report.error(tool.name.span, format!("`{name}` is no name for a tool"), hint);
    }
}

/// Default and choices must be of the parameter's type, and the default one of the choices.
fn check_values(param: &Param, report: &mut Report<'_>) {
    let span = param.name.span;
    let fits = |value: &Value| (param.nullable && value.is_null()) || fits(&param.ty, value);
    let choices = param.options.choices.as_deref().unwrap_or_default();
    let scalar = |value: &&Value| match &param.ty {
        Type::List(inner) => !fits_scalar(*inner, value),
        _ => !fits(value),
    };
    if let Some(wrong) = choices.iter().find(scalar) {
        report.error(span, format!("choice `{wrong}` is not of the type of `{}`", param.name.text), None);
    }
    if let Some(default) = &param.default {
        let listed = choices.is_empty() || matches!(param.ty, Type::List(_)) || choices.contains(default);
        if !fits(default) {
            report.error(span, format!("default `{default}` is not of the type of `{}`", param.name.text), None);
        } else if !listed && !default.is_null() {
            report.error(span, format!("default `{default}` is not one of the choices"), None);
        }
    }
    if param.options.schema.is_some() && !matches!(param.ty, Type::Scalar(Scalar::Json)) {
        report.error(span, "`schema(…)` goes with type `json` only", None);
    }
}

fn fits(ty: &Type, value: &Value) -> bool {
    match ty {
        Type::Scalar(scalar) => fits_scalar(*scalar, value),
        Type::List(inner) => value.as_array().is_some_and(|items| items.iter().all(|item| fits_scalar(*inner, item))),
        Type::Rows(members) => value.as_array().is_some_and(|items| items.iter().all(|item| fits_members(members, item))),
    }
}

fn fits_members(members: &[Member], value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let one = |m: &Member| object.get(&m.name).map_or(m.optional, |v| fits_scalar(m.ty, v));
    members.iter().all(one) && object.keys().all(|key| members.iter().any(|m| m.name == *key))
}

fn fits_scalar(scalar: Scalar, value: &Value) -> bool {
    match scalar {
        Scalar::Text => value.is_string(),
        Scalar::Integer => value.is_i64(),
        Scalar::Real => value.is_number(),
        Scalar::Boolean => value.is_boolean(),
        Scalar::Json => true,
    }
}

fn collect_refs(name: &str, refs: &[Ref], schema: &Schema, report: &mut Report<'_>, out: &mut Vec<ParamRef>) {
    for r in refs {
        check_column(&r.table, &r.column, r.span, schema, report);
        out.push(ParamRef { param: name.to_owned(), kind: r.kind, table: r.table.clone(), column: r.column.clone() });
    }
}

fn check_column(table: &str, column: &str, span: Span, schema: &Schema, report: &mut Report<'_>) {
    let Some(found) = schema.tables.iter().find(|t| t.name == table) else {
        let near = nearest(table, schema.tables.iter().map(|t| t.name.as_str()));
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        report.error(span, format!("no such table: {table}"), hint.as_deref());
        return;
    };
    if !found.columns.iter().any(|c| c.name == column) {
        let near = nearest(column, found.columns.iter().map(|c| c.name.as_str()));
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        report.error(span, format!("no such column: {table}.{column}"), hint.as_deref());
    }
}

/// The JSON Schema of the arguments: a closed object.
fn parameters(params: &[Param]) -> Value {
    let mut properties = Map::new();
    for param in params {
        let mut schema = match &param.ty {
            Type::Scalar(scalar) => scalar_schema(*scalar, &param.options, param.nullable),
            Type::List(inner) => list_schema(scalar_schema(*inner, &param.options, false), param.nullable),
            Type::Rows(members) => list_schema(members_schema(members), param.nullable),
        };
        if !param.doc.is_empty() {
            schema.insert("description".to_owned(), json!(param.doc));
        }
        if let Some(default) = &param.default {
            schema.insert("default".to_owned(), default.clone());
        }
        properties.insert(param.name.text.clone(), Value::Object(schema));
    }
    let required: Vec<&str> = params.iter().filter(|p| !p.optional).map(|p| p.name.text.as_str()).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn scalar_schema(scalar: Scalar, options: &Options, nullable: bool) -> Map<String, Value> {
    if let Some(Value::Object(schema)) = &options.schema {
        return schema.clone();
    }
    let mut schema = Map::new();
    let name = match scalar {
        Scalar::Text => Some("string"),
        Scalar::Integer => Some("integer"),
        Scalar::Real => Some("number"),
        Scalar::Boolean => Some("boolean"),
        Scalar::Json => None,
    };
    if let Some(name) = name {
        schema.insert("type".to_owned(), ty(name, nullable));
    }
    if let Some(choices) = &options.choices {
        let null = (nullable && !choices.contains(&Value::Null)).then_some(Value::Null);
        schema.insert("enum".to_owned(), choices.iter().cloned().chain(null).collect());
    }
    schema
}

fn ty(name: &str, nullable: bool) -> Value {
    if nullable { json!([name, "null"]) } else { json!(name) }
}

fn list_schema(items: Map<String, Value>, nullable: bool) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), ty("array", nullable));
    schema.insert("items".to_owned(), Value::Object(items));
    schema
}

fn members_schema(members: &[Member]) -> Map<String, Value> {
    let properties: Map<String, Value> =
        members.iter().map(|m| (m.name.clone(), Value::Object(scalar_schema(m.ty, &m.options, false)))).collect();
    let required: Vec<&str> = members.iter().filter(|m| !m.optional).map(|m| m.name.as_str()).collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("required".to_owned(), json!(required));
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema
}
