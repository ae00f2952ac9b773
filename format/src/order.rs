//! Rules on the order of calls, as policies have them: who asks for money back is identified first.

use crate::outcome::Outcome;
use crate::trajectory::CallRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Some call must have succeeded before another may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderRule {
    /// Tools of which one must have been called with success …
    pub first: Vec<String>,
    /// … before any of these is.
    pub then: Vec<String>,
    /// An argument of the later call; its value must stand in the arguments or the result of the earlier one. None: any call will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same: Option<String>,
    /// The rule in words, as the policy has it.
    pub because: String,
}

impl OrderRule {
    /// True where `call` may not be made yet, after the calls `made` (those that did not succeed do not count).
    pub fn is_broken_by(&self, tool: &str, arguments: &Value, made: &[CallRecord]) -> bool {
        if !self.then.iter().any(|name| name == tool) {
            return false;
        }
        let wanted = self.same.as_ref().map(|name| arguments.get(name).unwrap_or(&Value::Null));
        let does = |call: &CallRecord| match &call.outcome {
            Outcome::Ok { result } if self.first.contains(&call.tool) => {
                wanted.is_none_or(|wanted| holds(&call.arguments, wanted) || holds(result, wanted))
            }
            _ => false,
        };
        !made.iter().any(does)
    }

    /// The first successful call of `calls` that breaks the rule, by index.
    pub fn first_breach(&self, calls: &[CallRecord]) -> Option<usize> {
        let breaks = |index: &usize| {
            let call = &calls[*index];
            call.outcome.is_ok() && self.is_broken_by(&call.tool, &call.arguments, &calls[..*index])
        };
        (0..calls.len()).find(breaks)
    }
}

/// True where `wanted` stands anywhere in `document`.
fn holds(document: &Value, wanted: &Value) -> bool {
    document == wanted
        || match document {
            Value::Array(items) => items.iter().any(|item| holds(item, wanted)),
            Value::Object(map) => map.values().any(|member| holds(member, wanted)),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{Digest, Digests};
    use serde_json::json;

    fn call(tool: &str, arguments: Value, outcome: Outcome) -> CallRecord {
        let none = Digest::of(b"");
        let state = Digests { full: none, graded: none };
        CallRecord { tool: tool.to_owned(), arguments, outcome, body: None, arguments_digest: none, result_digest: none, state }
    }

    #[test]
    fn the_earlier_call_must_have_succeeded_and_speak_of_the_same() {
        let rule = OrderRule {
            first: vec!["find_member".to_owned()],
            then: vec!["pay".to_owned()],
            same: Some("member_id".to_owned()),
            because: "identify the member first".to_owned(),
        };
        let found = |result: Value| call("find_member", json!({"email": "a@b.org"}), Outcome::Ok { result });
        let pay = || call("pay", json!({"member_id": "M-1"}), Outcome::Ok { result: json!({}) });
        assert_eq!(rule.first_breach(&[pay()]), Some(0));
        assert_eq!(rule.first_breach(&[found(json!([{"id": "M-2"}])), pay()]), Some(1));
        assert_eq!(rule.first_breach(&[found(json!([{"id": "M-1"}])), pay(), pay()]), None);
        assert_eq!(rule.first_breach(&[call("find_member", json!({"member_id": "M-1"}), Outcome::UnknownTool), pay()]), Some(1));
        assert_eq!(rule.first_breach(&[call("pay", json!({"member_id": "M-1"}), Outcome::UnknownTool)]), None, "nothing happened");
        let any = OrderRule { same: None, ..rule };
        assert_eq!(any.first_breach(&[found(json!([])), pay()]), None);
    }
}
