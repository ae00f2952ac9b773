//! How failing calls look to an agent: `errors.json`, an array of shapes.

use crate::diagnostic::{Report, Span, nearest};
use crate::source::Sources;
use wardian_format::ToolSpec;
use wardian_format::errors::{self, ErrorShape, ShapeError};

/// Path of the shapes.
pub(crate) const ERRORS_PATH: &str = "errors.json";

/// The shapes of the sources, checked against the tools.
pub(crate) fn read(sources: &Sources, specs: &[ToolSpec], report: &mut Report<'_>) -> Vec<ErrorShape> {
    let Some(text) = sources.get(ERRORS_PATH) else { return Vec::new() };
    let file = report.file(ERRORS_PATH);
    let shapes: Vec<ErrorShape> = match serde_json::from_str(text) {
        Ok(shapes) => shapes,
        Err(error) => {
            let at = offset(text, error.line(), error.column());
            let reason = error.to_string();
            let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
            let hint = "an array of shapes: [{\"tools\": […], \"bodies\": {\"not_found\": {\"status\": 404, \"sentence\": \"/message\", \"body\": {\"message\": \"\"}}}}]";
            report.error(Span::new(file, at, at), format!("these are no shapes of errors: {reason}"), Some(hint));
            return Vec::new();
        }
    };
    let names = || specs.iter().map(|spec| spec.name.as_str());
    if let Err((at, error)) = errors::check(&shapes, names()) {
        let name = match &error {
            ShapeError::NoTool(name) | ShapeError::Twice(name) => Some(name),
            _ => None,
        };
        let near = name.filter(|_| matches!(error, ShapeError::NoTool(_))).and_then(|name| nearest(name, names()));
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        // Of a name that is there twice the second is the one too many.
        let place = name.and_then(|name| text.rfind(&format!("\"{name}\"")).map(|at| Span::new(file, at + 1, at + 1 + name.len())));
        report.error(place.unwrap_or_else(|| Span::new(file, 0, 0)), format!("shape {at}: {error}"), hint.as_deref());
        return Vec::new();
    }
    if let Err(error) = serde_json::to_value(&shapes)
        .map_err(|e| e.to_string())
        .and_then(|v| wardian_format::json::canonical(&v).map_err(|e| e.to_string()))
    {
        report.error_of_file(ERRORS_PATH, error, None);
    }
    shapes
}

/// The byte that a line and column of an error of JSON, both from 1, stand for.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let at = (before + column.saturating_sub(1)).min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
