//! What the members of error documents are called, over many APIs.

/// What a member of an error document is for, as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Holds the sentence for people, or what holds it. The number is small where the name leaves no doubt.
    Sentence(u8),
    /// Holds the HTTP status, or, as a text, the kind of error.
    Status,
    /// Holds a word for the kind of error, or, as a number, the status.
    Kind,
    /// Says that something failed or, as `success` and `ok`, that nothing did.
    Flag,
}

/// Names of what holds the sentence, the clearest first.
const SENTENCES: [&str; 29] = [
    "message",
    "errormessage",
    "msg",
    "errormsg",
    "detail",
    "errordescription",
    "description",
    "errordetail",
    "desc",
    "usermessage",
    "humanmessage",
    "statusmessage",
    "errortext",
    "messages",
    "errormessages",
    "developermessage",
    "detailedmessage",
    "faultstring",
    "localizedmessage",
    "longmessage",
    "details",
    "explanation",
    "summary",
    "title",
    "reason",
    "text",
    "errorinfo",
    "error",
    "errors",
];

/// Names of what the sentence may lie inside of.
const ENVELOPES: [&str; 20] = [
    "error",
    "errors",
    "err",
    "errs",
    "fault",
    "status",
    "meta",
    "data",
    "result",
    "response",
    "detail",
    "details",
    "exception",
    "failure",
    "problem",
    "issues",
    "message",
    "messages",
    "apierror",
    "body",
];

/// What the member `name` is for; none: nothing of use.
pub fn part(name: &str) -> Option<Part> {
    let plain = plain(name);
    let kind = ["code", "errorcode", "errcode", "type", "errortype", "kind", "name", "errorname", "errorkey", "__type", "statustext"];
    match plain.as_str() {
        "status" | "statuscode" | "httpstatus" | "httpstatuscode" | "httpcode" | "errorstatus" => Some(Part::Status),
        "success" | "ok" | "succeeded" | "issuccess" | "iserror" | "failed" => Some(Part::Flag),
        word if kind.contains(&word) => Some(Part::Kind),
        word => {
            let place = SENTENCES.iter().position(|sentence| *sentence == word)?;
            Some(Part::Sentence(u8::try_from(place).unwrap_or(u8::MAX)))
        }
    }
}

/// May the member `name`, an object or a list of objects, hold the sentence?
pub fn is_envelope(name: &str) -> bool {
    ENVELOPES.contains(&plain(name).as_str())
}

/// Lower case, without what separates words; two underscores in front are part of a name.
fn plain(name: &str) -> String {
    let front = if name.starts_with("__") { "__" } else { "" };
    let rest = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    front.chars().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!(part("Message"), Some(Part::Sentence(0)));
        assert_eq!(part("error_message"), part("errorMessage"));
        assert!(part("message") < part("title"), "the clearer name comes first");
        assert_eq!((part("status_code"), part("__type"), part("Code")), (Some(Part::Status), Some(Part::Kind), Some(Part::Kind)));
        assert_eq!((part("documentation_url"), part("requestId")), (None, None));
        assert!(is_envelope("Error") && !is_envelope("payment_intent"));
    }
}
