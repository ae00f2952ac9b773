//! Words of seeded worlds, written for this project: titles, names and sentences by what they are about.

use crate::vocab_lists::{PLAIN_THEMES, THEMES};
use crate::vocab_topics::TOPICS;

/// Texts for things whose noun contains one of the keywords.
pub(crate) struct Topic {
    /// Keywords, most telling topics first.
    pub(crate) nouns: &'static [&'static str],
    /// Titles, subjects, summaries.
    pub(crate) titles: &'static [&'static str],
    /// Names, where they differ from titles.
    pub(crate) names: &'static [&'static str],
    /// Descriptions, bodies, contents.
    pub(crate) texts: &'static [&'static str],
}

/// For things without a topic of their own.
pub(crate) const GENERAL: Topic = Topic {
    nouns: &[],
    titles: &[
        "Spring overview",
        "Northern region",
        "Pilot phase",
        "Second draft",
        "Standard setup",
        "Annual review",
        "Evening shift",
        "Main building",
        "Starter package",
        "Long-term archive",
        "Weekly summary",
        "Field test",
    ],
    names: &[
        "primary",
        "standard",
        "northern-region",
        "pilot",
        "archive",
        "evening-shift",
        "main-building",
        "starter",
        "weekly",
        "field-test",
        "backup",
        "regional",
    ],
    texts: &[
        "Set up for the pilot phase and kept since.",
        "Reviewed in the last quarter; no changes needed.",
        "Used by the regional offices.",
        "Replaces the older version from last year.",
        "Ask the operations team before changing this.",
    ],
};

/// Keywords that name a thing only alone: a security group is no group of people, an access list no list of groceries.
const ALONE: &[&str] = &[
    "list",
    "plan",
    "group",
    "class",
    "job",
    "channel",
    "item",
    "member",
    "program",
    "card",
    "note",
    "post",
    "message",
    "topic",
    "subscription",
    "hit",
    "hook",
    "product",
    "board",
    "article",
    "file",
    "document",
    "asset",
    "task",
    "course",
    "release",
    "event",
    "attachment",
    "meeting",
    "segment",
    "lesson",
    "mail",
    "email",
    "appointment",
    "account",
    "assignment",
    "notice",
    "announcement",
    "workspace",
    "customer",
    "org",
    "folder",
    "member",
    "action",
];

/// The topic of a noun: the first whose keyword ends it.
pub(crate) fn topic(noun: &str) -> &'static Topic {
    let ends = |n: &str| noun == n || noun.strip_suffix(n).is_some_and(|head| head.ends_with(' ') && !ALONE.contains(&n));
    TOPICS.iter().find(|t| t.nouns.iter().any(|n| ends(n))).unwrap_or(&GENERAL)
}

fn is_general(topic: &Topic) -> bool {
    topic.nouns.is_empty()
}

/// The name of the thing `at` of this kind: `orders-cluster`, or `Orders cluster` where names are for people.
pub(crate) fn name_of(noun: &str, at: usize, technical: bool) -> String {
    let topic = topic(noun);
    let all = if topic.names.is_empty() { topic.titles } else { topic.names };
    if !is_general(topic) && !all.is_empty() {
        return numbered(all[at % all.len()], at / all.len());
    }
    let words: Vec<&str> = noun.split(' ').rev().take(2).collect();
    let words: Vec<&str> = words.into_iter().rev().collect();
    let made = if technical {
        format!("{}-{}", THEMES[at % THEMES.len()], words.join("-"))
    } else {
        format!("{} {}", PLAIN_THEMES[at % PLAIN_THEMES.len()], words.join(" "))
    };
    numbered(&made, at / THEMES.len())
}

/// A name as people write it: `Northwind Labs` for `northwind-labs`.
pub(crate) fn spelled(name: &str) -> String {
    if name.contains(' ') || !name.contains('-') {
        return name.to_owned();
    }
    name.split('-').map(crate::words::capital).collect::<Vec<_>>().join(" ")
}

/// `text`, or from the second round on with the number of the round.
fn numbered(text: &str, round: usize) -> String {
    match round {
        0 => text.to_owned(),
        r if text.contains(' ') => format!("{text} {}", r + 1),
        r => format!("{text}-{}", r + 1),
    }
}

/// A title of the thing `at` of this kind.
pub(crate) fn title(noun: &str, at: usize) -> String {
    let topic = topic(noun);
    let all = if topic.titles.is_empty() { topic.names } else { topic.titles };
    if is_general(topic) || all.is_empty() { name_of(noun, at, false) } else { all[at % all.len()].to_owned() }
}

/// What is said of the thing `at` of this kind.
pub(crate) fn sentence(noun: &str, at: usize) -> String {
    let topic = topic(noun);
    if !is_general(topic) && !topic.texts.is_empty() {
        return topic.texts[at % topic.texts.len()].to_owned();
    }
    let theme = THEMES[at % THEMES.len()];
    let few: Vec<&str> = noun.split(' ').collect();
    let noun = few[few.len().saturating_sub(2)..].join(" ");
    match at % 6 {
        0 => format!("Used by the {theme} team since the spring."),
        1 => format!("For {theme}; reviewed in the last quarter, no changes needed."),
        2 => format!("Replaces the older {noun} of {theme}."),
        3 => format!("The {noun} that the regional offices use for {theme}."),
        4 => format!("Set up for {theme} in the pilot phase and kept since."),
        _ => format!("Ask the {theme} team before changing this {noun}."),
    }
}
