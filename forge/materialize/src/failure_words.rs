//! Which of an API's words for kinds of errors says what a tool's code says.

use serde_json::Value;
use wardian_format::outcome::ToolErrorCode;

/// How well a word of an `enum` must fit, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    /// It says the same, or only that something failed.
    Same,
    /// It says that the request is wrong.
    Request,
    /// It does not say something else.
    Neutral,
}

impl Tier {
    /// All, in order.
    pub(crate) const ALL: [Self; 3] = [Self::Same, Self::Request, Self::Neutral];
}

/// Words that say only that something failed.
const FAILED: [&str; 8] = ["error", "errors", "fail", "failed", "failure", "err", "nok", "ko"];

/// Parts of words that say what `code` says, the clearest first.
fn words(code: ToolErrorCode) -> &'static [&'static str] {
    match code {
        ToolErrorCode::NotFound => {
            &["resourcenotfound", "notfound", "nosuch", "nonexist", "doesnotexist", "notexist", "doesntexist", "unknownresource", "404"]
        }
        ToolErrorCode::Conflict => &[
            "conflict",
            "alreadyexist",
            "duplicate",
            "invalidstate",
            "illegalstate",
            "statusconflict",
            "inuse",
            "already",
            "exists",
            "precondition",
            "conditional",
            "notavailable",
            "409",
        ],
        ToolErrorCode::Invalid => &[
            "validation",
            "invalidparameter",
            "invalidargument",
            "invalidinput",
            "invalidrequest",
            "badrequest",
            "unprocessable",
            "malformed",
            "invalid",
            "illegal",
            "badinput",
            "422",
            "400",
        ],
        ToolErrorCode::Forbidden => {
            &["forbidden", "accessdenied", "permissiondenied", "permission", "notauthorized", "notallowed", "denied", "403"]
        }
        ToolErrorCode::Other => &["failedprecondition", "operationfailed", "other", "unknown", "general", "generic"],
    }
}

/// The value that says what `code` says.
pub(crate) fn pick(values: &[Value], code: ToolErrorCode, tier: Tier) -> Option<Value> {
    let plain: Vec<(String, &Value)> = values.iter().filter_map(|value| Some((plain(value.as_str()?), value))).collect();
    let with = |code: ToolErrorCode| {
        let find = |word: &&str| plain.iter().find(|(text, _)| text.contains(*word) && !says_other(text, code)).map(|(_, value)| *value);
        words(code).iter().find_map(find)
    };
    let found = match tier {
        Tier::Same => with(code).or_else(|| plain.iter().find(|(text, _)| FAILED.contains(&text.as_str())).map(|(_, value)| *value)),
        Tier::Request => with(ToolErrorCode::Invalid),
        Tier::Neutral => match plain.as_slice() {
            [(text, only)] if ToolErrorCode::ALL.iter().all(|other| *other == code || !says(text, *other)) => Some(*only),
            _ => None,
        },
    };
    found.cloned()
}

/// Does `text`, in which a word of `code` was found, say another thing more clearly? `AccessDeniedNotFound` and the like.
fn says_other(text: &str, code: ToolErrorCode) -> bool {
    let length = |code: ToolErrorCode| words(code).iter().filter(|word| text.contains(**word)).map(|word| word.len()).max().unwrap_or(0);
    let own = length(code);
    ToolErrorCode::ALL.iter().any(|other| *other != code && length(*other) > own)
}

fn says(text: &str, code: ToolErrorCode) -> bool {
    words(code).iter().any(|word| text.contains(word))
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What HTTP calls a status.
pub(crate) fn phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        412 => "Precondition Failed",
        422 => "Unprocessable Entity",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_are_found_by_what_they_say() {
        use ToolErrorCode::{Conflict, Forbidden, Invalid, NotFound};
        let aws = json!([
            "LimitExceededException",
            "ResourceInUseException",
            "ResourceNotFoundException",
            "ValidationException",
            "AccessDeniedException"
        ]);
        let aws = aws.as_array().expect("a list");
        for (code, word) in [
            (NotFound, "ResourceNotFoundException"),
            (Conflict, "ResourceInUseException"),
            (Invalid, "ValidationException"),
            (Forbidden, "AccessDeniedException"),
        ] {
            assert_eq!(pick(aws, code, Tier::Same), Some(json!(word)));
        }
        let few = [json!("INVALID_ARGUMENT"), json!("UNAUTHENTICATED")];
        assert_eq!(pick(&few, NotFound, Tier::Same), None);
        assert_eq!(pick(&few, NotFound, Tier::Request), Some(json!("INVALID_ARGUMENT")));
        assert_eq!(pick(&[json!("error"), json!("ok")], Conflict, Tier::Same), Some(json!("error")));
        assert_eq!(pick(&[json!("UnauthorizedRequest")], Conflict, Tier::Neutral), Some(json!("UnauthorizedRequest")));
        assert_eq!(pick(&[json!("PermissionDenied")], Conflict, Tier::Neutral), None, "it says another thing");
    }
}
