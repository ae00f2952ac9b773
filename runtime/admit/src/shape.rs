//! The shape of an export: `func(db: borrow<database>, args: string) -> result<string, tool-error>`.

use crate::AdmitError;
use wardian_format::names;
use wasmparser::PrimitiveValType;
use wasmparser::component_types::{
    ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType, ComponentFuncTypeId, ComponentValType,
};
use wasmparser::types::TypesRef;

/// The cases of `tool-error`, in order.
const ERROR_CASES: [&str; 5] = ["not-found", "invalid", "conflict", "forbidden", "other"];

/// Checks that the root component's export `name` has the type of a tool.
pub(crate) fn check(types: TypesRef<'_>, name: &str) -> Result<(), AdmitError> {
    let error = |reason: &str| AdmitError::Export { name: names::untrusted(name, 80), reason: reason.to_owned() };
    match types.component_item_for_export(name).map(|item| item.ty) {
        Some(ComponentEntityType::Func(id)) => function(types, id).map_err(error),
        Some(_) => Err(error("it is not a function")),
        None => Err(error("it has no type")),
    }
}

fn function(types: TypesRef<'_>, id: ComponentFuncTypeId) -> Result<(), &'static str> {
    let ty = types.get(id).ok_or("its type is unknown")?;
    let [(_, db), (_, args)] = &*ty.params else { return Err("it does not take a database and the arguments") };
    if !matches!(defined(types, db), Some(ComponentDefinedType::Borrow(_))) {
        return Err("its first parameter is not a borrowed database");
    }
    if !is_string(args) {
        return Err("its second parameter is not a string");
    }
    match ty.result.as_ref().and_then(|ty| defined(types, ty)) {
        Some(ComponentDefinedType::Result { ok: Some(ok), err: Some(err), .. }) if is_string(ok) && is_tool_error(types, err) => Ok(()),
        _ => Err("it does not return result<string, tool-error>"),
    }
}

fn defined<'a>(types: TypesRef<'a>, ty: &ComponentValType) -> Option<&'a ComponentDefinedType> {
    match ty {
        ComponentValType::Type(id) => get(types, *id),
        ComponentValType::Primitive(_) => None,
    }
}

fn get<'a>(types: TypesRef<'a>, id: ComponentDefinedTypeId) -> Option<&'a ComponentDefinedType> {
    types.get(id)
}

fn is_string(ty: &ComponentValType) -> bool {
    matches!(ty, ComponentValType::Primitive(PrimitiveValType::String))
}

fn is_tool_error(types: TypesRef<'_>, ty: &ComponentValType) -> bool {
    let Some(ComponentDefinedType::Variant(variant)) = defined(types, ty) else { return false };
    let names = variant.cases.iter().map(|(name, _)| name.as_str());
    names.eq(ERROR_CASES) && variant.cases.values().all(|case| case.ty.as_ref().is_some_and(is_string))
}
