//! The user's side of a walk, in words: what is wanted, what is known, what the first message says.

use crate::facts::{Naming, naming};
use crate::phrases;
use crate::step::{Leaf, Purpose, Source, Step};
use crate::walk::Walk;
use serde_json::Value;
use wardian_format::pack::ToolSpec;
use wardian_format::speech::{say, tell};
use wardian_format::task::{Known, UserBrief};
use wardian_format::{Rng, task};

/// Most requests that an opening makes at once.
const AT_ONCE_MAX: usize = 3;

/// Manners of speaking.
struct Voice {
    persona: &'static str,
    greetings: &'static [&'static str],
    wishes: &'static [&'static str],
    questions: &'static [&'static str],
    several: &'static str,
    thanks: &'static str,
}

const VOICES: &[Voice] = &[
    Voice {
        persona: "You are polite and to the point.",
        greetings: &["Hello.", "Good morning.", "Good afternoon."],
        wishes: &["I would like to {}.", "Could you {}, please?", "I need to {}."],
        questions: &["Could you tell me the {}?", "Please tell me the {}.", "I would like to know the {}."],
        several: "There are a few things I need.",
        thanks: "Thank you.",
    },
    Voice {
        persona: "You are in a hurry and write short messages.",
        greetings: &["Hi.", "Hey.", "Quick question."],
        wishes: &["I need to {}.", "Please {}.", "Can you {}?"],
        questions: &["What's the {}?", "I need the {}.", "Can you check the {}?"],
        several: "A couple of things.",
        thanks: "",
    },
    Voice {
        persona: "You are friendly and talkative.",
        greetings: &["Hi there!", "Hello, I hope you can help me.", "Hey, how are you?"],
        wishes: &["I was hoping you could help me {}.", "I'd love to {}.", "What I want is to {}."],
        questions: &["I was wondering, what is the {}?", "I'm curious about the {}.", "Do you happen to know the {}?"],
        several: "I have a small list for you today.",
        thanks: "Thanks so much!",
    },
    Voice {
        persona: "You are annoyed because this has taken too long already, and you let it show without being rude.",
        greetings: &["I have been waiting for this.", "Finally somebody is there.", "Look, I don't have all day."],
        wishes: &["I want to {}.", "Just {}, please.", "It can't be that hard to {}."],
        questions: &["What is the {}?", "Just tell me the {}.", "I want to know the {}."],
        several: "There's more than one thing.",
        thanks: "",
    },
    Voice {
        persona: "You are an office assistant who writes on behalf of somebody else, formally and completely.",
        greetings: &["Good day.", "Dear support team,", "Good afternoon, I am writing on behalf of a colleague."],
        wishes: &["We would like to {}.", "I have been asked to {}.", "We need to {}."],
        questions: &["We would need the {}.", "Could you let us know the {}?", "My colleague asks for the {}."],
        several: "We have several requests.",
        thanks: "Kind regards.",
    },
    Voice {
        persona: "You know your way around and use few words.",
        greetings: &["Hi,", "Morning.", "Hey there."],
        wishes: &["Need to {}.", "Please {}.", "I want to {}."],
        questions: &["What's the {}?", "Which {} is it?", "Need the {}."],
        several: "Several things.",
        thanks: "Cheers.",
    },
    Voice {
        persona: "You are a little unsure of yourself and ask for help step by step.",
        greetings: &["Hello, I'm not sure how this works.", "Hi, could you give me a hand?", "Good day, I need some help."],
        wishes: &["I think I need to {}.", "Would it be possible to {}?", "I'm trying to {}."],
        questions: &["Can you find out the {} for me?", "Do you know the {}?", "I'd like to check the {}."],
        several: "It's about several things.",
        thanks: "Thanks in advance.",
    },
];

const NEXT: &[&str] = &["Then", "After that,", "Next,", "Also,"];

/// A sentence that asks for something, and the steps that it covers.
struct Request {
    sentence: String,
    steps: Vec<usize>,
}

/// A value that the user knows, before it is decided what is told at once.
struct Detail {
    label: String,
    value: Value,
    key: Option<(String, String)>,
    uses: Vec<String>,
    /// First request that needs it.
    request: usize,
    /// Said inside the sentence of the request.
    said: bool,
}

/// The user's brief, and for each step the index of its request.
pub(crate) fn brief(walk: &Walk<'_>, rng: &mut Rng) -> (UserBrief, Vec<usize>) {
    let voice = rng.pick(VOICES).expect("there are voices");
    let (requests, mut details) = requests_and_details(walk, voice, rng);
    let sentences: Vec<String> = requests.iter().map(|r| r.sentence.clone()).collect();
    let at_once = if requests.len() <= AT_ONCE_MAX && rng.chance(50) { requests.len() } else { 1 };
    let told: Vec<bool> = details.iter().map(|d| d.request < at_once && (d.said || rng.chance(45))).collect();
    let opening = opening(voice, &sentences[..at_once], &details, &told, rng);
    let goal = goal(voice, &walk.domain.pack.manifest().title, &sentences, &details);
    let mut request_of = vec![0; walk.steps.len()];
    for (index, request) in requests.iter().enumerate() {
        request.steps.iter().for_each(|step| request_of[*step] = index);
    }
    let known = details.drain(..).zip(told).map(|(d, told)| Known { label: d.label, value: d.value, uses: d.uses, told }).collect();
    (UserBrief { goal, opening, requests: sentences, known }, request_of)
}

fn requests_and_details(walk: &Walk<'_>, voice: &Voice, rng: &mut Rng) -> (Vec<Request>, Vec<Detail>) {
    let mut requests: Vec<Request> = Vec::new();
    let mut details: Vec<Detail> = Vec::new();
    let mut pending: Vec<usize> = Vec::new();
    let wanted = walk.steps.iter().filter(|s| s.purpose != Purpose::LookUp).count();
    for (index, step) in walk.steps.iter().enumerate() {
        let tool = walk.domain.tool(&step.tool).expect("a walk uses tools of its pack");
        let request = requests.len();
        for leaf in &step.leaves {
            match &leaf.source {
                Source::Known => add_known(&mut details, tool, leaf, index, request),
                Source::Result { call, pointer } => add_naming(&mut details, walk, *call, pointer, request),
            }
        }
        pending.push(index);
        if step.purpose == Purpose::LookUp {
            continue;
        }
        let mut parts = vec![sentence(tool, step, voice, (request, wanted), rng)];
        for text in pending.iter().flat_map(|i| namings(walk, *i, pending[0], &details)) {
            if !parts.iter().any(|part| part.contains(&text)) {
                parts.push(text);
            }
        }
        requests.push(Request { sentence: parts.join(" "), steps: std::mem::take(&mut pending) });
    }
    (requests, details)
}

/// Adds a value that the user knows, or another use of it.
fn add_known(details: &mut Vec<Detail>, tool: &ToolSpec, leaf: &Leaf, step: usize, request: usize) {
    let usage = format!("{step}.{}", leaf.path);
    let key = leaf.key().map(|(t, c)| (t.to_owned(), c.to_owned()));
    let base = phrases::label(tool, &leaf.path, leaf.reference.as_ref());
    let same = |d: &&mut Detail| d.value == leaf.value && !d.uses.is_empty() && ((key.is_some() && d.key == key) || d.label == base);
    if let Some(detail) = details.iter_mut().find(same) {
        detail.uses.push(usage);
        return;
    }
    let label = unique_label(details, &base);
    details.push(Detail { label, value: leaf.value.clone(), key, uses: vec![usage], request, said: false });
}

/// Adds what tells the chosen element of a list from the others.
fn add_naming(details: &mut Vec<Detail>, walk: &Walk<'_>, call: usize, pointer: &str, request: usize) {
    let step = &walk.steps[call];
    let Some(Naming::Member { name, value }) = naming(step.result(), pointer) else { return };
    let tool = walk.domain.tool(&step.tool).expect("a walk uses tools of its pack");
    let base = phrases::of_entity(&phrases::field_words(&name), &phrases::entity_at(tool, pointer));
    if details.iter().any(|d| d.value == value) {
        return;
    }
    let label = unique_label(details, &base);
    details.push(Detail { label, value, key: None, uses: Vec::new(), request, said: true });
}

/// Sentences that say which of several things step `index` means. `first` is the first step of the same request: what
/// comes from before it has been spoken of.
fn namings(walk: &Walk<'_>, index: usize, first: usize, details: &[Detail]) -> Vec<String> {
    let step = &walk.steps[index];
    let of_leaf = |leaf: &Leaf| match &leaf.source {
        Source::Known => {
            let detail = details.iter().find(|d| d.uses.contains(&format!("{index}.{}", leaf.path)))?;
            let (table, _) = leaf.key().filter(|_| used_before(detail, first))?;
            Some(again(walk, details, leaf, first, &phrases::entity(table), detail))
        }
        Source::Result { call, pointer } => {
            let from = &walk.steps[*call];
            let tool = walk.domain.tool(&from.tool)?;
            let thing = phrases::entity_at(tool, pointer);
            let thing = if thing.is_empty() { "one".to_owned() } else { thing };
            match naming(from.result(), pointer)? {
                Naming::Member { name, value } => {
                    Some(format!("I mean the {thing} whose {} is {}.", phrases::field_words(&name), say(&value)))
                }
                Naming::Place(ordinal) => Some(format!("I mean the {ordinal} {thing} in the list.")),
                Naming::Only if *call >= first => None,
                Naming::Only if from.purpose == Purpose::Change && phrases::creates(tool) => Some(format!("I mean the new {thing}.")),
                Naming::Only => {
                    let detail = details.iter().find(|d| d.uses.iter().any(|usage| usage.starts_with(&format!("{call}."))));
                    Some(detail.map_or_else(|| format!("It is about the same {thing}."), |d| again(walk, details, leaf, first, &thing, d)))
                }
            }
        }
    };
    step.leaves.iter().filter_map(of_leaf).collect()
}

/// True where `detail` was given for a step before `first`.
fn used_before(detail: &Detail, first: usize) -> bool {
    let step = |usage: &String| usage.split('.').next().and_then(|call| call.parse::<usize>().ok());
    detail.uses.iter().filter_map(step).any(|call| call < first)
}

/// How something spoken of before is taken up: `the same member`, or by its name where there were several.
fn again(walk: &Walk<'_>, details: &[Detail], leaf: &Leaf, first: usize, thing: &str, detail: &Detail) -> String {
    let same_kind = |d: &&Detail| d.label.ends_with(thing) || d.label.contains(&format!("{thing} "));
    let of_steps = walk.steps[..first].iter().flat_map(|s| &s.leaves).filter(|l| l.key().is_some() && l.key() == leaf.key());
    let several =
        of_steps.clone().any(|l| l.value != leaf.value) || details.iter().filter(same_kind).filter(|d| used_before(d, first)).count() > 1;
    if several { format!("{}.", uppercase_first(&tell(&detail.label, &detail.value))) } else { format!("It is about the same {thing}.") }
}

fn sentence(tool: &ToolSpec, step: &Step, voice: &Voice, (index, wanted): (usize, usize), rng: &mut Rng) -> String {
    let plain = if step.purpose == Purpose::Ask {
        rng.pick(voice.questions).expect("there are questions").replace("{}", &joined(step))
    } else {
        rng.pick(voice.wishes).expect("there are wishes").replace("{}", &phrases::phrase(tool))
    };
    if index == 0 {
        return plain;
    }
    let first = if index + 1 == wanted && wanted > 2 { "Finally," } else { NEXT[index % NEXT.len()] };
    let lower = if ["I ", "I'", "Look,"].iter().any(|start| plain.starts_with(start)) { plain } else { lowercase_first(&plain) };
    format!("{first} {lower}")
}

/// What is asked of a result: `due date and the title of the loan`.
fn joined(step: &Step) -> String {
    let labels: Vec<&str> = step.facts.iter().map(|f| f.label.as_str()).collect();
    if let [first, second] = labels.as_slice()
        && let (Some((head, thing)), Some((other, same))) = (first.split_once(" of the "), second.split_once(" of the "))
        && thing == same
    {
        return format!("{head} and the {other} of the {thing}");
    }
    labels.join(" and the ")
}

fn uppercase_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn lowercase_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn opening(voice: &Voice, sentences: &[String], details: &[Detail], told: &[bool], rng: &mut Rng) -> String {
    let mut parts = vec![(*rng.pick(voice.greetings).expect("there are greetings")).to_owned()];
    if sentences.len() > 1 {
        parts.push(voice.several.to_owned());
    }
    parts.extend(sentences.iter().cloned());
    let spoken = details.iter().zip(told).filter(|(d, told)| **told && !d.said);
    parts.extend(spoken.map(|(d, _)| format!("{}.", uppercase_first(&tell(&d.label, &d.value)))));
    parts.push(voice.thanks.to_owned());
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

fn goal(voice: &Voice, title: &str, sentences: &[String], details: &[Detail]) -> String {
    let mut lines =
        vec![format!("You are talking to the support agent of {title}. {}", voice.persona), "You want, in this order:".to_owned()];
    lines.extend(sentences.iter().enumerate().map(|(i, s)| format!("{}. {s}", i + 1)));
    let told: Vec<String> = details.iter().map(|d| format!("- {}", tell(&d.label, &d.value))).collect();
    if !told.is_empty() {
        lines.push("This is what you know; you know nothing else:".to_owned());
        lines.extend(told);
    }
    lines.join("\n")
}

/// `base`, or a variant that no detail has yet: `title of the other issue`.
fn unique_label(details: &[Detail], base: &str) -> String {
    let taken = |label: &str| details.iter().any(|d| d.label == label);
    let variants = ["other", "third", "fourth", "fifth", "sixth"].iter().map(|ordinal| match base.rsplit_once(" of the ") {
        Some((field, thing)) => format!("{field} of the {ordinal} {thing}"),
        None => format!("{ordinal} {base}"),
    });
    let numbered = (7..).map(|n| format!("{base} number {n}"));
    std::iter::once(base.to_owned()).chain(variants).chain(numbered).find(|label| !taken(label)).expect("the numbers do not end")
}

/// The gold calls of a walk: all steps but one that is to be refused.
pub(crate) fn gold(walk: &Walk<'_>, request_of: &[usize]) -> Vec<task::GoldCall> {
    let call = |(index, step): (usize, &Step)| task::GoldCall {
        tool: step.tool.clone(),
        arguments: step.record.arguments.clone(),
        request: Some(request_of[index]),
        from_results: from_results(step),
        result: step.result().clone(),
        failed: false,
        compare: None,
        state: step.record.state.full,
        writes: step.purpose == Purpose::Change,
    };
    walk.steps.iter().enumerate().filter(|(_, step)| step.purpose != Purpose::Refused).map(call).collect()
}

/// Where the arguments of `step` come from that the user does not know.
pub(crate) fn from_results(step: &Step) -> Vec<task::FromResult> {
    let result = |leaf: &Leaf| match &leaf.source {
        Source::Result { call, pointer } => Some(task::FromResult { param: leaf.path.clone(), call: *call, pointer: pointer.clone() }),
        Source::Known => None,
    };
    step.leaves.iter().filter_map(result).collect()
}

/// The facts of a walk.
pub(crate) fn facts(walk: &Walk<'_>) -> Vec<task::Fact> {
    let of_step = |(call, step): (usize, &Step)| {
        let fact = move |f: &crate::facts::Found| task::Fact {
            label: f.label.clone(),
            value: f.value.clone(),
            call: Some(call),
            pointer: f.pointer.clone(),
            substring: false,
        };
        step.facts.iter().map(fact).collect::<Vec<_>>()
    };
    walk.steps.iter().enumerate().flat_map(of_step).collect()
}
