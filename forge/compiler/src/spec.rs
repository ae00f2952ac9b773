//! The description of a tool for the manifest: JSON Schema of its parameters, references, yields.

use crate::ast::{Constraint, Literal, Member, Name, Options, Param, Ref, Scalar, Tool, Type};
use crate::diagnostic::{Report, Span, nearest};
use crate::lower::Lowered;
use serde_json::{Map, Value, json};
use wardian_format::ToolSpec;
use wardian_format::names::TOOL_NAME_MAX;
use wardian_format::pack::{Effect, ParamRef, Role, Statements, Yield};
use wardian_state::Schema;

/// What the manifest says of a lowered tool.
pub(crate) fn spec(tool: &Tool, lowered: &Lowered, schema: &Schema, report: &mut Report<'_>) -> ToolSpec {
    check_name(tool, report);
    if tool.doc.is_empty() && tool.role != Role::After {
        report.warning(
            tool.name.span,
            format!("tool `{}` has no `@doc`", tool.name.text),
            Some("agents choose tools by their description"),
        );
    }
    check_effect(tool, lowered, report);
    let mut refs = Vec::new();
    for param in &tool.params {
        check_values(param, report);
        check_options(&param.name, &param.ty, &param.options, report);
        collect_refs(&param.name.text, &param.ty, &param.options, schema, report, &mut refs);
    }
    let yields = tool.yields.iter().map(|y| {
        column_type(&y.table, &y.column, y.span, schema, report);
        Yield { path: y.path.clone(), table: y.table.clone(), column: y.column.clone() }
    });
    let yields = yields.collect();
    let statements = if tool.guest.is_some() { Statements::Free } else { Statements::Closed { sql: lowered.ir.sql.clone() } };
    ToolSpec {
        name: tool.name.text.clone(),
        export: lowered.ir.export.clone(),
        description: tool.doc.clone(),
        parameters: schema_of(tool, report),
        returns: tool.returns.clone(),
        effect: lowered.effect,
        role: tool.role,
        statements,
        guest: tool.guest.as_ref().map(|name| name.text.clone()),
        refs,
        yields,
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

/// What a tool says of its effect against what its statements show, and against its role.
fn check_effect(tool: &Tool, lowered: &Lowered, report: &mut Report<'_>) {
    let name = &tool.name.text;
    if let Some((Effect::Read, span)) = tool.effect
        && lowered.effect == Effect::Write
        && tool.guest.is_none()
    {
        report.error(span, format!("`{name}` writes"), Some("the effect of a tool in SQL is inferred; leave `@effect` out"));
    }
    if tool.role == Role::Assert && lowered.effect == Effect::Write {
        let hint =
            if tool.guest.is_some() { "say `@effect read`" } else { "the grader asks on a fork; use `@role setup` to change the state" };
        report.error(tool.name.span, format!("`{name}` has the role assert, and writes"), Some(hint));
    }
}

/// The schema of the arguments: from `@param` lines, or as `@params` gives it.
fn schema_of(tool: &Tool, report: &mut Report<'_>) -> Value {
    let Some((schema, span)) = &tool.schema else { return parameters(&tool.params) };
    if !tool.params.is_empty() {
        report.error(*span, "a tool has `@params` or `@param`s, not both", None);
    }
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        report.error(*span, "`@params` takes the JSON Schema of an object", Some("start with {\"type\": \"object\", \"properties\": …}"));
    }
    schema.clone()
}

/// Default and choices must be of the parameter's type, and the default one of the choices.
fn check_values(param: &Param, report: &mut Report<'_>) {
    let fits = |value: &Value| (param.nullable && value.is_null()) || fits(&param.ty, value);
    let choices = param.options.choices.as_deref().unwrap_or_default();
    if let Some(default) = &param.default {
        let Literal { value, span } = default;
        let listed = choices.is_empty() || matches!(param.ty, Type::List(_)) || choices.iter().any(|choice| choice.value == *value);
        if !fits(value) {
            report.error(*span, format!("default `{value}` is not of the type of `{}`", param.name.text), None);
        } else if !listed && !value.is_null() {
            report.error(*span, format!("default `{value}` is not one of the choices"), None);
        }
    }
}

/// Choices and constraints must suit the type that they limit.
fn check_options(name: &Name, ty: &Type, options: &Options, report: &mut Report<'_>) {
    let item = item(ty);
    if let Some(wrong) = options.choices.iter().flatten().find(|choice| !fits(item, &choice.value) && !choice.value.is_null()) {
        report.error(wrong.span, format!("choice `{}` is not of the type of `{}`", wrong.value, name.text), None);
    }
    if let Some(schema) = options.schema.as_ref().filter(|_| !matches!(ty, Type::Scalar(Scalar::Json))) {
        report.error(schema.span, "`schema(…)` goes with type `json` only", None);
    }
    for constraint in &options.constraints {
        check_constraint(ty, item, constraint, report);
    }
    if let Some(open) = options.open.filter(|_| !matches!(item, Type::Rows(_) | Type::Object(_))) {
        report.error(open, "`open()` is for objects, and for lists of rows", None);
    }
    if let Type::Rows(members) | Type::Object(members) = item {
        members.iter().for_each(|member| check_options(&member.name, &member.ty, &member.options, report));
    }
}

fn check_constraint(ty: &Type, item: &Type, constraint: &Constraint, report: &mut Report<'_>) {
    let is = |wanted: &[Scalar]| matches!(item, Type::Scalar(scalar) if wanted.contains(scalar));
    let (fits, wants) = match constraint.keyword {
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => (is(&[Scalar::Integer, Scalar::Real]), "numbers"),
        "minItems" | "maxItems" | "uniqueItems" => (matches!(ty, Type::List(_) | Type::Rows(_)), "lists"),
        _ => (is(&[Scalar::Text]), "texts"),
    };
    if !fits {
        report.error(constraint.span, format!("this constraint is for {wants}"), None);
    } else if let ("pattern", Value::String(pattern)) = (constraint.keyword, &constraint.value)
        && let Err(error) = regex::Regex::new(pattern)
    {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        report.error(constraint.span, format!("the pattern is no regular expression: {reason}"), None);
    }
}

/// The type of the items of a list; any other type is its own.
fn item(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) => item(inner),
        other => other,
    }
}

fn fits(ty: &Type, value: &Value) -> bool {
    let all = |fits: &dyn Fn(&Value) -> bool| value.as_array().is_some_and(|items| items.iter().all(fits));
    match ty {
        Type::Scalar(scalar) => fits_scalar(*scalar, value),
        Type::List(inner) => all(&|item| fits(inner, item)),
        Type::Rows(members) => all(&|item| fits_members(members, item)),
        Type::Object(members) => fits_members(members, value),
    }
}

fn fits_members(members: &[Member], value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let one = |m: &Member| object.get(&m.name.text).map_or(m.optional, |v| fits(&m.ty, v) || (m.nullable && v.is_null()));
    members.iter().all(one) && object.keys().all(|key| members.iter().any(|m| m.name.text == *key))
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

fn collect_refs(path: &str, ty: &Type, options: &Options, schema: &Schema, report: &mut Report<'_>, out: &mut Vec<ParamRef>) {
    for r in &options.refs {
        check_ref(r, ty, schema, report);
        out.push(ParamRef { param: path.to_owned(), kind: r.kind, table: r.table.clone(), column: r.column.clone() });
    }
    if let Type::Rows(members) | Type::Object(members) = item(ty) {
        for member in members {
            collect_refs(&format!("{path}.{}", member.name.text), &member.ty, &member.options, schema, report, out);
        }
    }
}

/// A parameter that stands for a column must be able to hold its values.
fn check_ref(r: &Ref, ty: &Type, schema: &Schema, report: &mut Report<'_>) {
    let Some(column) = column_type(&r.table, &r.column, r.span, schema, report) else { return };
    if let Type::Scalar(scalar) = item(ty)
        && !crate::types::suits(*scalar, &column)
    {
        let message = format!("`{}.{}` is {column}, and the parameter is {}", r.table, r.column, scalar.word());
        report.error(r.span, message, Some("no value of the parameter could be one of the column"));
    }
}

/// The declared type of a column; what is wrong with its name is reported.
fn column_type(table: &str, column: &str, span: Span, schema: &Schema, report: &mut Report<'_>) -> Option<String> {
    let Some(found) = schema.tables.iter().find(|t| t.name == table) else {
        let near = nearest(table, schema.tables.iter().map(|t| t.name.as_str()));
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        report.error(span, format!("no such table: {table}"), hint.as_deref());
        return None;
    };
    let Some(column) = found.columns.iter().find(|c| c.name == column) else {
        let near = nearest(column, found.columns.iter().map(|c| c.name.as_str()));
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        report.error(span, format!("no such column: {table}.{column}"), hint.as_deref());
        return None;
    };
    Some(column.type_name.clone())
}

/// The JSON Schema of the arguments: a closed object.
fn parameters(params: &[Param]) -> Value {
    let mut properties = Map::new();
    for param in params {
        let mut schema = type_schema(&param.ty, &param.options, param.nullable);
        if !param.doc.is_empty() {
            schema.insert("description".to_owned(), json!(param.doc));
        }
        if let Some(default) = &param.default {
            schema.insert("default".to_owned(), default.value.clone());
        }
        properties.insert(param.name.text.clone(), Value::Object(schema));
    }
    let required: Vec<&str> = params.iter().filter(|p| !p.optional).map(|p| p.name.text.as_str()).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// The JSON Schema of a type. Of a list, the constraints on lists go to the outermost one, and all else to the items.
fn type_schema(ty: &Type, options: &Options, nullable: bool) -> Map<String, Value> {
    let (of_list, of_item): (Vec<&Constraint>, Vec<&Constraint>) =
        options.constraints.iter().partition(|c| matches!(c.keyword, "minItems" | "maxItems" | "uniqueItems"));
    let mut schema = match ty {
        Type::Scalar(scalar) => scalar_schema(*scalar, options, nullable),
        Type::Object(members) => members_schema(members, nullable, options.open.is_some()),
        Type::Rows(members) => list_schema(members_schema(members, false, options.open.is_some()), nullable),
        Type::List(inner) => {
            let inside = Options { constraints: of_item.iter().map(|c| (*c).clone()).collect(), ..options.clone() };
            list_schema(type_schema(inner, &inside, false), nullable)
        }
    };
    let own = if matches!(ty, Type::Scalar(_)) { of_item } else { of_list };
    schema.extend(own.into_iter().map(|c| (c.keyword.to_owned(), c.value.clone())));
    schema
}

fn scalar_schema(scalar: Scalar, options: &Options, nullable: bool) -> Map<String, Value> {
    if let Some(Literal { value: Value::Object(schema), .. }) = &options.schema {
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
        schema.insert("type".to_owned(), type_word(name, nullable));
    }
    if let Some(choices) = &options.choices {
        let null = (nullable && !choices.iter().any(|choice| choice.value.is_null())).then_some(Value::Null);
        schema.insert("enum".to_owned(), choices.iter().map(|choice| choice.value.clone()).chain(null).collect());
    }
    schema
}

fn type_word(name: &str, nullable: bool) -> Value {
    if nullable { json!([name, "null"]) } else { json!(name) }
}

fn list_schema(items: Map<String, Value>, nullable: bool) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), type_word("array", nullable));
    schema.insert("items".to_owned(), Value::Object(items));
    schema
}

fn members_schema(members: &[Member], nullable: bool, open: bool) -> Map<String, Value> {
    let member = |m: &Member| (m.name.text.clone(), Value::Object(type_schema(&m.ty, &m.options, m.nullable)));
    let properties: Map<String, Value> = members.iter().map(member).collect();
    let required: Vec<&str> = members.iter().filter(|m| !m.optional).map(|m| m.name.text.as_str()).collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), type_word("object", nullable));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("required".to_owned(), json!(required));
    if !open {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
    schema
}
