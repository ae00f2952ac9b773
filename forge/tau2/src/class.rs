//! Classes of error messages that Python itself makes: there the class must agree, not the words.

use wardian_format::outcome::{Outcome, ToolErrorCode};

/// What kind of complaint Python made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// The arguments do not fit the function or pydantic's model.
    Arguments,
    /// The expression cannot be read or evaluated.
    Expression,
    /// A key or an attribute is not there, or a value is of another kind.
    Value,
}

/// How messages of Python's own begin or what they contain, with their class. Upstream's own messages are none of these.
const KNOWN: &[(&str, Class)] = &[
    ("missing 1 required positional argument", Class::Arguments),
    ("required positional arguments", Class::Arguments),
    ("got an unexpected keyword argument", Class::Arguments),
    ("validation error", Class::Arguments),
    ("invalid syntax", Class::Expression),
    ("unexpected EOF", Class::Expression),
    ("was never closed", Class::Expression),
    ("unmatched ", Class::Expression),
    ("unexpected indent", Class::Expression),
    ("leading zeros in decimal integer literals", Class::Expression),
    ("invalid decimal literal", Class::Expression),
    ("cannot assign to", Class::Expression),
    ("division by zero", Class::Expression),
    ("division or modulo by zero", Class::Expression),
    ("0.0 cannot be raised to a negative power", Class::Expression),
    ("object is not callable", Class::Expression),
    ("must be a string or a real number", Class::Expression),
    ("bad operand type", Class::Expression),
    ("unsupported operand type", Class::Expression),
    ("int too large to convert", Class::Expression),
    ("result too large", Class::Expression),
    ("Result too large", Class::Expression),
    ("can't convert complex", Class::Expression),
    ("float() argument must be", Class::Expression),
    ("too many nested parentheses", Class::Expression),
    ("has no real power", Class::Expression),
    ("Exceeds the limit", Class::Expression),
    ("object is not iterable", Class::Value),
    ("object has no attribute", Class::Value),
    ("not supported between instances", Class::Value),
    ("is not a valid", Class::Value),
    ("unhashable type", Class::Value),
];

/// True where `upstream` (without `Error: `) and `ours` are the same complaint: the same words, or, where upstream's are Python's
/// own, the same class.
pub(crate) fn agrees(upstream: &str, ours: &Outcome) -> bool {
    if matches!(ours, Outcome::ToolError { message, .. } if message == upstream) {
        return true;
    }
    let class = KNOWN.iter().find(|(words, _)| upstream.contains(words)).map(|(_, class)| *class);
    // A KeyError's text is the key's repr alone.
    let class = class.or_else(|| (upstream.len() > 1 && upstream.starts_with('\'') && upstream.ends_with('\'')).then_some(Class::Value));
    match (class, ours) {
        (Some(Class::Arguments | Class::Value), Outcome::InvalidArguments { .. }) => true,
        (Some(Class::Arguments | Class::Value), Outcome::ToolError { code, .. }) => *code == ToolErrorCode::Invalid,
        (Some(Class::Expression), Outcome::ToolError { message, .. }) => {
            KNOWN.iter().any(|(words, class)| *class == Class::Expression && message.contains(words))
        }
        (None, Outcome::UnknownTool) => upstream.starts_with("Tool '") && upstream.ends_with("' not found."),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_or_class() {
        let error = |code, message: &str| Outcome::ToolError { code, message: message.to_owned() };
        let invalid = Outcome::InvalidArguments { message: String::new() };
        assert!(agrees("Order not found", &error(ToolErrorCode::NotFound, "Order not found")));
        assert!(!agrees("Order not found", &error(ToolErrorCode::NotFound, "User not found")));
        assert!(!agrees("Order not found", &invalid));
        assert!(agrees("f() missing 1 required positional argument: 'x'", &invalid));
        assert!(agrees("invalid syntax (<string>, line 1)", &error(ToolErrorCode::Invalid, "'(' was never closed")));
        assert!(!agrees("division by zero", &error(ToolErrorCode::Invalid, "Invalid characters in expression")));
        assert!(agrees("Tool 'x' not found.", &Outcome::UnknownTool));
        assert!(agrees("'first'", &invalid));
    }
}
