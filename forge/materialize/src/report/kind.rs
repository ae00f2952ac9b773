//! Kinds of reasons for which a tool is left out: a bounded set of stable words, for counting. The reason itself is prose.

use super::Stage;
use serde::{Deserialize, Serialize};

/// Why a tool was left out, in one word. The words are stable: what counts them may rely on them (docs/materializer.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// It is in no domain, since no other tool is like it.
    NoDomain,
    /// Name and path tell neither a resource nor a verb.
    NoMeaning,
    /// The resource that it works on is defined by no other tool.
    UnknownResource,
    /// The resource is treated in more than one place, and which is meant is unclear.
    Ambiguous,
    /// No parameter picks the row that it works on.
    NoKey,
    /// What it makes or moves belongs to something that nothing names.
    NoParent,
    /// A relation, its members or its far end cannot be told.
    UnclearRelation,
    /// A required parameter corresponds to nothing in the data.
    UnboundParameter,
    /// The resource has no field for what it filters by, shows or sets.
    NoField,
    /// It changes the state in a way that no field shows.
    NoEffect,
    /// It is a verb of its own on a whole collection.
    CollectionVerb,
    /// The shape of its result says nothing that the data could fill.
    NoResult,
    /// A parameter has a name that SQL cannot bind.
    UnusableName,
    /// Its SQL does not compile.
    DoesNotCompile,
    /// The pack of its domain cannot be built, through no fault of one tool.
    DomainDoesNotCompile,
    /// No seeded row gives arguments for it.
    NoArguments,
    /// Its list is empty for every row.
    EmptyList,
    /// Its calls succeed and change nothing, or another table than its own.
    NothingChanged,
    /// A call with good arguments failed.
    GroundingFailed,
    /// The same call gave something else the second time.
    NotRepeatable,
    /// Its result depends on an order of rows that nothing promises.
    OrderDependent,
    /// It is a read, and it changed the state.
    ReadWrites,
    /// Its result does not fit the declared schema.
    WrongResult,
    /// With a wrong key it did not give a clean error, or changed the state.
    WrongKey,
    /// A reading tool does not show what it wrote.
    NotReadBack,
    /// A reason that is in no other kind.
    Other,
}

impl Kind {
    /// Every kind, in the order of the steps at which they come up.
    pub const ALL: [Kind; 26] = [
        Kind::NoDomain,
        Kind::NoMeaning,
        Kind::UnknownResource,
        Kind::Ambiguous,
        Kind::NoKey,
        Kind::NoParent,
        Kind::UnclearRelation,
        Kind::UnboundParameter,
        Kind::NoField,
        Kind::NoEffect,
        Kind::CollectionVerb,
        Kind::NoResult,
        Kind::UnusableName,
        Kind::DoesNotCompile,
        Kind::DomainDoesNotCompile,
        Kind::NoArguments,
        Kind::EmptyList,
        Kind::NothingChanged,
        Kind::GroundingFailed,
        Kind::NotRepeatable,
        Kind::OrderDependent,
        Kind::ReadWrites,
        Kind::WrongResult,
        Kind::WrongKey,
        Kind::NotReadBack,
        Kind::Other,
    ];

    /// The kind of a reason that came up at `stage`. The form of the reason decides; [`Kind::Other`] where none fits.
    pub fn of(stage: Stage, reason: &str) -> Self {
        let forms = match stage {
            Stage::Rules => RULES,
            Stage::Compile => COMPILE,
            Stage::SelfCheck => CHECKS,
        };
        forms.iter().find(|(form, _)| fits(form, reason)).map_or(Kind::Other, |(_, kind)| *kind)
    }

    /// As it is written in files and counts.
    pub fn word(self) -> &'static str {
        match self {
            Kind::NoDomain => "no_domain",
            Kind::NoMeaning => "no_meaning",
            Kind::UnknownResource => "unknown_resource",
            Kind::Ambiguous => "ambiguous",
            Kind::NoKey => "no_key",
            Kind::NoParent => "no_parent",
            Kind::UnclearRelation => "unclear_relation",
            Kind::UnboundParameter => "unbound_parameter",
            Kind::NoField => "no_field",
            Kind::NoEffect => "no_effect",
            Kind::CollectionVerb => "collection_verb",
            Kind::NoResult => "no_result",
            Kind::UnusableName => "unusable_name",
            Kind::DoesNotCompile => "does_not_compile",
            Kind::DomainDoesNotCompile => "domain_does_not_compile",
            Kind::NoArguments => "no_arguments",
            Kind::EmptyList => "empty_list",
            Kind::NothingChanged => "nothing_changed",
            Kind::GroundingFailed => "grounding_failed",
            Kind::NotRepeatable => "not_repeatable",
            Kind::OrderDependent => "order_dependent",
            Kind::ReadWrites => "read_writes",
            Kind::WrongResult => "wrong_result",
            Kind::WrongKey => "wrong_key",
            Kind::NotReadBack => "not_read_back",
            Kind::Other => "other",
        }
    }

    /// What it means, for people: half a sentence about the tool.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::NoDomain => "no other tool is like it, and so it is in no domain",
            Kind::NoMeaning => "name and path tell neither a resource nor a verb",
            Kind::UnknownResource => "no other tool defines the resource that it works on",
            Kind::Ambiguous => "it treats its resource in a second place, and which is meant is unclear",
            Kind::NoKey => "nothing picks the row that it works on",
            Kind::NoParent => "nothing says what the new or moved row belongs to",
            Kind::UnclearRelation => "the relation, its members or its far end cannot be told",
            Kind::UnboundParameter => "a required parameter corresponds to nothing in the data",
            Kind::NoField => "the resource has no field for what it filters by, shows or sets",
            Kind::NoEffect => "no field shows what it would change",
            Kind::CollectionVerb => "it is a verb of its own on a whole collection",
            Kind::NoResult => "its result is of a shape that the data cannot fill",
            Kind::UnusableName => "a parameter has a name that SQL cannot bind",
            Kind::DoesNotCompile => "its SQL does not compile",
            Kind::DomainDoesNotCompile => "the pack of its domain cannot be built",
            Kind::NoArguments => "no seeded row gives arguments for it",
            Kind::EmptyList => "its list is empty for every row",
            Kind::NothingChanged => "its calls succeed and do not change its table",
            Kind::GroundingFailed => "a call with good arguments failed",
            Kind::NotRepeatable => "the same call gave something else the second time",
            Kind::OrderDependent => "its result depends on an order of rows that nothing promises",
            Kind::ReadWrites => "it is a read, and it changed the state",
            Kind::WrongResult => "its result does not fit the declared schema",
            Kind::WrongKey => "a wrong key gave no clean error",
            Kind::NotReadBack => "no reading tool shows what it wrote",
            Kind::Other => "another reason",
        }
    }
}

/// Forms of reasons, the first that fits counts. `*` stands for any text.
type Forms = &'static [(&'static str, Kind)];

const RULES: Forms = &[
    ("its name and path tell neither *", Kind::NoMeaning),
    ("`*` names no resource that the other tools define", Kind::UnknownResource),
    ("it treats * in a second place, *", Kind::Ambiguous),
    ("no parameter picks one *", Kind::NoKey),
    ("its path has keys that * not have", Kind::NoKey),
    ("nothing is known of * but their keys", Kind::NoField),
    ("nothing says which is the newest", Kind::NoField),
    ("nothing says who is signed in", Kind::NoKey),
    ("nothing says which `*` the new * belongs to", Kind::NoParent),
    ("* have no parent to move to", Kind::NoParent),
    ("the parent has no key", Kind::NoParent),
    ("it has no parent", Kind::NoParent),
    ("it does not say where to*", Kind::NoParent),
    ("what it clears has no parent", Kind::NoParent),
    ("it is unclear what it clears*", Kind::UnclearRelation),
    ("it does not say which *", Kind::UnclearRelation),
    ("it treats a relation in an unknown way", Kind::UnclearRelation),
    ("it shows a relation that is not there", Kind::UnclearRelation),
    ("there is no relation", Kind::UnclearRelation),
    ("there is no list", Kind::UnclearRelation),
    ("the relation*far end*", Kind::UnclearRelation),
    ("parameter `*` is required, and nothing in the data corresponds to it", Kind::UnboundParameter),
    ("parameter `*` has a name that SQL cannot bind", Kind::UnusableName),
    ("no field of * shows the effect of `*`", Kind::NoEffect),
    ("it acts on * in a way that no field shows", Kind::NoEffect),
    ("it changes nothing that is kept", Kind::NoEffect),
    ("none of its parameters is a field of *", Kind::NoEffect),
    ("`*` is a custom verb on a whole collection", Kind::CollectionVerb),
    ("it works on a whole collection at once", Kind::CollectionVerb),
    ("`*` chooses among a whole collection", Kind::CollectionVerb),
    ("a part of the copy's key is not known", Kind::NoKey),
    ("what is copied has no key", Kind::NoKey),
    ("what `*` makes has no key of its own", Kind::NoKey),
    ("nothing names what `*` makes", Kind::NoKey),
    ("no field of *", Kind::NoField),
    ("its result is not an object", Kind::NoResult),
    ("nothing of its result is a field of *", Kind::NoResult),
    ("its items *", Kind::NoResult),
];

const COMPILE: Forms = &[
    ("the domain's sources do not compile*", Kind::DomainDoesNotCompile),
    ("domain `*`: the *", Kind::DomainDoesNotCompile),
    ("*", Kind::DoesNotCompile),
];

const CHECKS: Forms = &[
    ("no seeded row gives arguments for it", Kind::NoArguments),
    ("its list is empty for every row", Kind::EmptyList),
    ("its calls succeed and change nothing", Kind::NothingChanged),
    ("its own table did not change", Kind::NothingChanged),
    ("a grounded call failed*", Kind::GroundingFailed),
    ("no grounded call succeeded", Kind::GroundingFailed),
    ("the pack does not have it", Kind::GroundingFailed),
    ("the same call gave something else *", Kind::NotRepeatable),
    ("its result depends on an order of rows *", Kind::OrderDependent),
    ("it is a read, and it changed the state", Kind::ReadWrites),
    ("its result does not fit the declared schema*", Kind::WrongResult),
    ("with a wrong `*` it *", Kind::WrongKey),
    ("what it deleted is still shown by `*`", Kind::NotReadBack),
    ("`*` does not show the new `*`", Kind::NotReadBack),
    ("`*` does not find what it wrote*", Kind::NotReadBack),
    ("`*` does not show what there is before it", Kind::NotReadBack),
    ("`*` does not show that it is over", Kind::NotReadBack),
    ("`*` fails after it*", Kind::NotReadBack),
];

/// Is `text` of the form `form`, in which `*` stands for any text? Each piece is taken where it comes first, the last at the end.
fn fits(form: &str, text: &str) -> bool {
    let mut pieces = form.split('*');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn words_are_those_of_serde_and_unique() {
        let words: BTreeSet<&str> = Kind::ALL.iter().map(|k| k.word()).collect();
        assert_eq!(words.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("a word"), kind.word());
        }
    }

    #[test]
    fn forms_fit_whole_texts() {
        assert!(fits("a*b", "ab") && fits("a*b", "a b b") && fits("*", "") && fits("a", "a") && fits("*b*", "abc"));
        assert!(!fits("a", "ab") && !fits("a*b", "a bc") && !fits("a*b*c", "ac") && !fits("ab*b", "ab"));
    }

    #[test]
    fn the_form_decides_not_the_names_in_it() {
        let of = |reason| Kind::of(Stage::Rules, reason);
        assert_eq!(of("no field of orders shows the effect of `no parameter picks one `"), Kind::NoEffect);
        assert_eq!(of("no field of orders corresponds to `shop`"), Kind::NoField);
        assert_eq!(of("nobody has thought of this"), Kind::Other);
        assert_eq!(Kind::of(Stage::SelfCheck, "no parameter picks one order"), Kind::Other, "a reason of another step");
    }
}
