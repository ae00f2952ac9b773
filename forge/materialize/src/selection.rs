//! Which members of a document are shown: `fields`, `$select`, `opt_fields`, and the last key of `GET /boards/{id}/{field}`.

use crate::columns::Shape;
use crate::entity::Entity;
use crate::operation::{Class, Does, Operation, Param, key_param};
use crate::output::Shown;
use crate::schema::{Kind, Side, kind_of, resolve};
use crate::words::{flat, literal};
use serde_json::{Value, json};
use wardian_format::CatalogTool;
use wardian_format::catalog::Place as At;

/// What a path calls the member that it shows.
pub(crate) const FIELD: &str = "field";

/// Words for all members.
const ALL: [&str; 3] = ["all", "*", "*all"];

/// The parameter, where it says which members are shown.
pub(crate) fn param(entity: &Entity, tool: &CatalogTool, class: Class, name: &str, schema: &Value) -> Option<Param> {
    if !matches!(class, Class::Get | Class::List | Class::ListRelated) {
        return None;
    }
    let at = tool.origin.locations.iter().find(|l| l.name == name).map(|l| l.place);
    let resolved = resolve(schema, Side::Input);
    let kind = kind_of(&resolved);
    let many = match (flat(name).as_str(), at) {
        (FIELD, Some(At::Path)) if kind == Kind::Text => false,
        ("fields" | "optfields" | "select" | "selectfields" | "fieldstoreturn" | "returnfields", Some(At::Query)) => match kind {
            Kind::Text => false,
            Kind::Array if kind_of(&resolve(&resolved["items"], Side::Input)) == Kind::Text => true,
            _ => return None,
        },
        _ => return None,
    };
    // Some count the members of the page around a list, and of documents within documents.
    let text = resolved["description"].as_str().unwrap_or("").to_lowercase();
    if class != Class::Get && ["dot notation", "partial response", "sub-object"].iter().any(|words| text.contains(words)) {
        return None;
    }
    let p = key_param(entity, name, 0, Does::Selects);
    Some(Param { kind: if many { "list(text)" } else { "text" }.to_owned(), required: false, ..p })
}

/// A document with the members that the call asks for, and its key.
pub(crate) fn chosen(shown: Shown, entity: &Entity, operation: &Operation) -> Shown {
    let Some(p) = operation.params.iter().find(|p| p.does == Does::Selects) else { return shown };
    let keys: Vec<&str> = entity.own.iter().map(|&k| &entity.columns[k]).filter(|c| c.shown).map(|c| c.field.as_str()).collect();
    let listed: Vec<String> = keys.iter().map(|key| literal(key)).collect();
    let names = match p.kind.as_str() {
        "list(text)" => format!("json_each(:{})", p.name),
        _ => format!("json_each('[' || replace(json_quote(:{}), ',', '\",\"') || ']')", p.name),
    };
    // `owner.name` asks for the owner.
    let name = "substr(trim(w.value), 1, instr(trim(w.value) || '.', '.') - 1)";
    let all: Vec<String> = ALL.iter().map(|word| literal(word)).collect();
    let wanted = format!("EXISTS (SELECT 1 FROM {names} AS w WHERE {name} IN (m.key, {}))", all.join(", "));
    let wanted = if listed.is_empty() { wanted } else { format!("m.key IN ({}) OR {wanted}", listed.join(", ")) };
    let part =
        format!("(SELECT jsonb_group_object(m.key, {0} -> m.fullkey ORDER BY m.id) FROM json_each({0}) AS m WHERE {wanted})", shown.sql);
    let sql = if p.required { part } else { format!("CASE WHEN :{} IS NULL THEN {} ELSE {part} END", p.name, shown.sql) };
    Shown { sql, schema: without_required(shown.schema, &keys), yields: shown.yields }
}

/// Of what a document must have, only the keys.
fn without_required(mut schema: Value, keys: &[&str]) -> Value {
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| name.as_str().is_some_and(|name| keys.contains(&name)));
    }
    schema
}

/// Members that a good call asks for: the first that the document has beside its key.
pub(crate) fn argument(entity: &Entity, p: &Param) -> Option<Value> {
    let plain = |c: &&crate::columns::Column| c.shown && c.stored() && matches!(c.shape, Shape::Plain) && !c.field.is_empty();
    let own: Vec<&str> = entity.own.iter().map(|&k| entity.columns[k].name.as_str()).collect();
    let field = &entity.columns.iter().filter(plain).find(|c| !own.contains(&c.name.as_str()))?.field;
    Some(if p.kind == "list(text)" { json!([field]) } else { json!(field) })
}
