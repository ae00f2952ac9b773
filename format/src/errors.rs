//! How a failing call looks to an agent: the body that the real API answers with, filled with the tool's own sentence.

mod part;

pub use part::{Part, is_envelope, part};

use crate::names;
use crate::outcome::{Outcome, ToolErrorCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most JSON values in one body.
const BODY_VALUES_MAX: usize = 256;
/// Most bytes of one body as compact JSON: every failing call shows it.
const BODY_BYTES_MAX: usize = 8 << 10;
/// Deepest nesting of one body.
const BODY_DEPTH_MAX: usize = 16;

/// The bodies that some tools fail with, one a code. A code without a body is shown in the form of [`Outcome::observation`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorShape {
    /// Names of the tools; none: all that no other shape of the pack names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Code → body. Arguments that do not fit the tool's schema have the body of `invalid`.
    pub bodies: BTreeMap<ToolErrorCode, ErrorBody>,
}

/// One body, with a place for the sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorBody {
    /// The HTTP status that goes with it, 400 to 599. It is shown only where the body has it as well.
    pub status: u16,
    /// JSON pointer (RFC 6901) of the text in `body` that the tool's sentence takes the place of; empty: the body is the sentence.
    pub sentence: String,
    /// A longer sentence is cut to so many characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chars_max: Option<usize>,
    /// The body, with an empty text where the sentence belongs.
    pub body: Value,
}

/// What is wrong with the shapes of a pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// A tool that is not there.
    #[error("there is no tool `{0}`")]
    NoTool(String),
    /// A tool with two shapes.
    #[error("`{0}` is named twice")]
    Twice(String),
    /// Two shapes without names.
    #[error("two shapes name no tools, so both are for all others")]
    TwoRests,
    /// A shape that says nothing.
    #[error("a shape has no bodies")]
    Empty,
    /// A body that cannot be shown.
    #[error("the body of `{code}`: {reason}")]
    Body {
        /// Whose body.
        code: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl ErrorShape {
    /// What an agent is shown of `outcome`, if it is a failure that has a body.
    pub fn shown(&self, outcome: &Outcome) -> Option<Value> {
        let (code, sentence) = match outcome {
            Outcome::ToolError { code, message } => (*code, message),
            Outcome::InvalidArguments { message } => (ToolErrorCode::Invalid, message),
            _ => return None,
        };
        Some(self.bodies.get(&code)?.filled(sentence))
    }

    /// The sentence in `shown`, if that is one of the bodies.
    pub fn sentence_in<'v>(&self, shown: &'v Value) -> Option<&'v str> {
        self.bodies.values().find_map(|body| body.sentence_in(shown))
    }
}

impl ErrorBody {
    /// The body with `sentence` in its place.
    pub fn filled(&self, sentence: &str) -> Value {
        let mut out = self.body.clone();
        if let Some(place) = out.pointer_mut(&self.sentence) {
            *place = Value::String(cut(sentence, self.chars_max));
        }
        out
    }

    /// The sentence in `shown`, if all else in it is as in this body.
    pub fn sentence_in<'v>(&self, shown: &'v Value) -> Option<&'v str> {
        let sentence = shown.pointer(&self.sentence)?.as_str()?;
        let mut bare = shown.clone();
        *bare.pointer_mut(&self.sentence)? = Value::String(String::new());
        (bare == self.body).then_some(sentence)
    }

    /// What keeps the body from being shown.
    fn fault(&self) -> Option<String> {
        if !(400..600).contains(&self.status) {
            return Some(format!("the status is {}, which is not 400 to 599", self.status));
        }
        if self.chars_max == Some(0) {
            return Some("`chars_max` is 0".to_owned());
        }
        let mut values = 0;
        if !is_small(&self.body, 1, &mut values) || self.body.to_string().len() > BODY_BYTES_MAX {
            return Some(format!("it has more than {BODY_VALUES_MAX} values, {BODY_DEPTH_MAX} levels or {BODY_BYTES_MAX} bytes"));
        }
        match self.body.pointer(&self.sentence) {
            Some(Value::String(text)) if text.is_empty() => None,
            _ => Some(format!("at `{}` is no empty text for the sentence", names::untrusted(&self.sentence, 80))),
        }
    }
}

/// Checks the shapes of a pack whose tools are `tools`. The error comes with the place of the shape that is wrong.
///
/// # Errors
/// When a tool is not there or has two shapes, or a body cannot be shown.
pub fn check<'t>(shapes: &[ErrorShape], tools: impl IntoIterator<Item = &'t str>) -> Result<(), (usize, ShapeError)> {
    let known: BTreeSet<&str> = tools.into_iter().collect();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for (at, shape) in shapes.iter().enumerate() {
        let fail = |error| Err((at, error));
        if shape.tools.is_empty() && shapes[..at].iter().any(|other| other.tools.is_empty()) {
            return fail(ShapeError::TwoRests);
        }
        for tool in &shape.tools {
            if !known.contains(tool.as_str()) {
                return fail(ShapeError::NoTool(names::untrusted(tool, 80)));
            }
            if !named.insert(tool) {
                return fail(ShapeError::Twice(tool.clone()));
            }
        }
        if shape.bodies.is_empty() {
            return fail(ShapeError::Empty);
        }
        let wrong = shape.bodies.iter().find_map(|(code, body)| Some((code, body.fault()?)));
        if let Some((code, reason)) = wrong {
            return fail(ShapeError::Body { code: code.word(), reason });
        }
    }
    Ok(())
}

/// The place of the shape of the tool `name` among those of its pack.
pub fn place_of(shapes: &[ErrorShape], name: &str) -> Option<usize> {
    let named = shapes.iter().position(|shape| shape.tools.iter().any(|tool| tool == name));
    named.or_else(|| shapes.iter().position(|shape| shape.tools.is_empty()))
}

fn cut(sentence: &str, chars_max: Option<usize>) -> String {
    match chars_max {
        Some(max) if sentence.chars().count() > max => {
            let kept: String = sentence.chars().take(max.saturating_sub(1)).collect();
            kept + "…"
        }
        _ => sentence.to_owned(),
    }
}

fn is_small(value: &Value, depth: usize, values: &mut usize) -> bool {
    *values += 1;
    let inner_fit = match value {
        Value::Array(items) => items.iter().all(|item| is_small(item, depth + 1, values)),
        Value::Object(members) => members.values().all(|member| is_small(member, depth + 1, values)),
        _ => true,
    };
    inner_fit && *values <= BODY_VALUES_MAX && depth <= BODY_DEPTH_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shape(tools: &[&str], body: Value, sentence: &str) -> ErrorShape {
        let body = ErrorBody { status: 404, sentence: sentence.to_owned(), chars_max: Some(12), body };
        ErrorShape { tools: tools.iter().map(|t| (*t).to_owned()).collect(), bodies: BTreeMap::from([(ToolErrorCode::NotFound, body)]) }
    }

    fn missing(message: &str) -> Outcome {
        Outcome::ToolError { code: ToolErrorCode::NotFound, message: message.to_owned() }
    }

    #[test]
    fn the_sentence_goes_in_and_is_found_again() {
        let shape = shape(&[], json!({"errors": [{"detail": "", "status": "404"}]}), "/errors/0/detail");
        let shown = shape.shown(&missing("no \"such\"")).expect("a body");
        assert_eq!(shown, json!({"errors": [{"detail": "no \"such\"", "status": "404"}]}));
        assert_eq!(shape.sentence_in(&shown), Some("no \"such\""));
        assert_eq!(shape.sentence_in(&json!({"errors": [{"detail": "x", "status": "409"}]})), None, "another body");
        assert_eq!(shape.shown(&missing("thirteen char")), Some(json!({"errors": [{"detail": "thirteen ch…", "status": "404"}]})));
        assert_eq!(shape.shown(&Outcome::InvalidArguments { message: "x".to_owned() }), None, "`invalid` has no body here");
        assert_eq!(shape.shown(&Outcome::UnknownTool), None);
    }

    #[test]
    fn a_body_may_be_the_sentence_alone() {
        assert_eq!(shape(&[], json!(""), "").shown(&missing("gone")), Some(json!("gone")));
    }

    #[test]
    fn the_shape_that_names_a_tool_comes_before_the_rest() {
        let shapes = [shape(&[], json!({"a": ""}), "/a"), shape(&["x"], json!({"b": ""}), "/b")];
        assert_eq!((place_of(&shapes, "x"), place_of(&shapes, "y")), (Some(1), Some(0)));
        assert_eq!(place_of(&shapes[1..], "y"), None);
    }

    #[test]
    fn wrong_shapes_are_found() {
        let good = || shape(&["x"], json!({"a": ""}), "/a");
        let wrong = |shapes: &[ErrorShape]| check(shapes, ["x", "y"]).map_err(|(at, error)| format!("{at}: {error}")).err();
        assert_eq!(wrong(&[good()]), None);
        assert_eq!(wrong(&[good(), good()]).as_deref(), Some("1: `x` is named twice"));
        assert_eq!(wrong(&[shape(&["z"], json!(""), "")]).as_deref(), Some("0: there is no tool `z`"));
        let rest = || shape(&[], json!(""), "");
        assert!(wrong(&[rest(), rest()]).is_some_and(|why| why.starts_with("1: two shapes")));
        assert_eq!(wrong(&[ErrorShape { bodies: BTreeMap::new(), ..rest() }]).as_deref(), Some("0: a shape has no bodies"));
        for (body, at) in [(json!({"a": 1}), "/a"), (json!({"a": "x"}), "/a"), (json!({}), "/a"), (json!({"a": ""}), "a")] {
            assert!(wrong(&[shape(&[], body.clone(), at)]).is_some_and(|why| why.contains("no empty text")), "{body} {at}");
        }
        let mut deep = json!("");
        (0..20).for_each(|_| deep = json!([deep.clone()]));
        assert!(wrong(&[shape(&[], deep, &"/0".repeat(20))]).is_some_and(|why| why.contains("levels")));
        let long = shape(&[], json!({"a": "", "b": "x".repeat(9000)}), "/a");
        assert!(wrong(&[long]).is_some_and(|why| why.contains("bytes")));
        let mut status = good();
        status.bodies.values_mut().for_each(|body| body.status = 200);
        assert!(wrong(&[status]).is_some_and(|why| why.contains("200")));
    }
}
