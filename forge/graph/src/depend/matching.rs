//! Who fills an input, inside one API.

use super::Keys;
use super::input::{Input, Slot};
use super::output::{Field, same_thing, unqualified};
use super::path::Path;
use crate::lexicon::{Class, Kind, is_outsider, is_wrapper};
use std::collections::{BTreeMap, BTreeSet};

/// Producers kept for an input.
const PRODUCERS_MAX: usize = 3;
/// Producers kept where they only mention the thing.
const MENTIONS_MAX: usize = 1;
/// Levels below the root where a mention counts.
const MENTION_DEPTH_MAX: usize = 1;
/// A key that things of more kinds have is none of them.
const HUB_NOUNS_MAX: usize = 3;
/// APIs with fewer tools have no context keys.
const CONTEXT_TOOLS_MIN: usize = 10;

/// A producer of an input, with the field that it gives.
pub(super) struct Feed<'a> {
    pub(super) producer: usize,
    pub(super) field: &'a Field,
    pub(super) key: String,
}

/// The tools of one API, indexed.
pub(super) struct Api<'a> {
    keys: &'a [&'a Keys<'a>],
    /// Listing and creating tools by their path, with and without versions.
    at: BTreeMap<String, Vec<usize>>,
    timeless: BTreeMap<String, Vec<usize>>,
    /// For each tool its path and that of the collection that it is about, without versions; empty for tools without a path.
    places: Vec<(String, String)>,
    /// Paths of single things that can be read, changed or deleted.
    single: BTreeSet<String>,
    /// Mentions by entity (words without spaces: a `tasklist` is a task list) and kind.
    index: BTreeMap<(String, Kind), Vec<Mention<'a>>>,
    needed: BTreeMap<(String, Option<Kind>), usize>,
    /// Starters of long-running operations.
    starters: Vec<(usize, &'a Field)>,
}

#[derive(Clone, Copy)]
struct Mention<'a> {
    tool: usize,
    field: &'a Field,
    /// Whether the tool is about the thing.
    own: bool,
}

impl<'a> Api<'a> {
    pub(super) fn new(keys: &'a [&'a Keys<'a>]) -> Self {
        let mut api = Self {
            keys,
            at: BTreeMap::new(),
            timeless: BTreeMap::new(),
            places: Vec::with_capacity(keys.len()),
            single: BTreeSet::new(),
            index: BTreeMap::new(),
            needed: BTreeMap::new(),
            starters: Vec::new(),
        };
        for (i, tool) in keys.iter().enumerate() {
            let operation = &tool.operation;
            let place = |path: &Path| (path.timeless(path.len()), path.timeless(path.len() - usize::from(path.is_item())));
            api.places.push(operation.path.as_ref().map(place).unwrap_or_default());
            if let Some(path) = &operation.path {
                if path.cut {
                    // Nothing follows from a path without its end.
                } else if path.is_item() && path.custom.is_none() && operation.class != Class::List {
                    api.single.insert(path.key(path.len()));
                } else if matches!(operation.class, Class::Create | Class::List) {
                    api.at.entry(path.key(path.len())).or_default().push(i);
                    api.timeless.entry(path.timeless(path.len())).or_default().push(i);
                }
            }
            let distinct: BTreeSet<_> = tool.inputs.iter().filter_map(Api::main_key).collect();
            for key in distinct {
                *api.needed.entry(key).or_default() += 1;
            }
            tool.fields.iter().for_each(|field| api.register(i, field));
        }
        api
    }

    fn main_key(input: &Input) -> Option<(String, Option<Kind>)> {
        Some((input.entities.first()?.join(" "), input.kind))
    }

    fn register(&mut self, tool: usize, field: &'a Field) {
        if field.running {
            if field.plain == "name" && self.keys[tool].operation.class != Class::Get {
                self.starters.push((tool, field));
            }
            return;
        }
        let Some(kind) = field.kind else { return };
        let told = |entity: &[String]| self.keys[tool].told.iter().any(|(known, of)| *of == kind && known == entity);
        let noun = &self.keys[tool].operation.noun;
        let mut found: Vec<(String, bool)> = Vec::new();
        if field.is_bare() {
            let owners = field.owners.iter().filter(|owner| !owner.is_empty() && !told(owner));
            found.extend(owners.map(|owner| (owner.concat(), field.item)));
        } else if !told(&field.entity) {
            let mut things = field.owners.iter().chain(std::iter::once(noun));
            let own = field.item && things.any(|thing| same_thing(thing, &field.entity));
            found.push((field.entity.concat(), own));
            found.extend(unqualified(&field.entity).map(|rest| (rest.concat(), false)));
        }
        for (entity, own) in found {
            self.index.entry((entity, kind)).or_default().push(Mention { tool, field, own });
        }
    }

    /// Whether more than half of the tools need it.
    pub(super) fn is_context(&self, input: &Input) -> bool {
        let needed = Api::main_key(input).and_then(|key| self.needed.get(&key)).copied().unwrap_or_default();
        needed * 2 > self.keys.len() && self.keys.len() >= CONTEXT_TOOLS_MIN
    }

    /// Producers of an input, best first.
    pub(super) fn producers(&self, consumer: usize, input: &Input, context: bool) -> Vec<Feed<'a>> {
        let mut found = self.by_place(consumer, input, false);
        if found.is_empty() {
            found = self.by_place(consumer, input, true);
        }
        if found.is_empty() {
            found = self.by_key(consumer, input);
        }
        if context {
            found.retain(|feed| self.keys[feed.producer].operation.class == Class::Create && feed.field.item);
            found.truncate(1);
        }
        found.truncate(PRODUCERS_MAX);
        found
    }

    /// What is listed and created in the collection that holds the input's thing.
    fn by_place(&self, consumer: usize, input: &Input, timeless: bool) -> Vec<Feed<'a>> {
        let Some(slot) = &input.slot else { return Vec::new() };
        let proven = slot.agrees || self.single.contains(&format!("{}/{{}}", slot.collection));
        let there = if timeless { self.timeless.get(&slot.timeless) } else { self.at.get(&slot.collection) };
        let mut found: Vec<(u32, Feed<'a>)> = Vec::new();
        for &producer in there.into_iter().flatten().filter(|&&producer| producer != consumer) {
            let Some(field) = pick(&self.keys[producer].fields, input, slot, proven) else { continue };
            let kind = field.kind.map_or("value", Kind::as_str);
            let class = self.keys[producer].operation.class;
            found.push((rank(class), Feed { producer, field, key: format!("{}|{kind}", input.label) }));
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.producer.cmp(&b.1.producer)));
        let mut found: Vec<Feed<'a>> = found.into_iter().map(|(_, feed)| feed).collect();
        if slot.noun.last().is_some_and(|word| word == "operation") {
            let scope = slot.timeless.strip_suffix("/operations").unwrap_or(&slot.timeless);
            found.extend(self.started_in(consumer, scope));
        }
        found
    }

    /// Operations that tools start at or below a path, creating tools first.
    fn started_in(&self, consumer: usize, scope: &str) -> Vec<Feed<'a>> {
        let below = |tool: usize| {
            tool != consumer
                && !scope.is_empty()
                && self.places[tool].0.strip_prefix(scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut found: Vec<(u32, usize, &'a Field)> = self
            .starters
            .iter()
            .filter(|(tool, _)| below(*tool))
            .map(|&(tool, field)| (rank(self.keys[tool].operation.class), tool, field))
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let feed = |(_, producer, field)| Feed { producer, field, key: "operation|name".to_owned() };
        found.into_iter().take(PRODUCERS_MAX).map(feed).collect()
    }

    /// Tools that give the key, best first.
    fn by_key(&self, consumer: usize, input: &Input) -> Vec<Feed<'a>> {
        let whole = input.slot.as_ref().is_some_and(|slot| slot.whole || slot.by_name);
        let kinds: &[Kind] = match input.kind {
            _ if whole => &[Kind::Name],
            Some(Kind::Id) if input.plain.ends_with("identifier") => &[Kind::Id, Kind::Arn],
            Some(Kind::Id) => &[Kind::Id],
            Some(Kind::Name) => &[Kind::Name],
            Some(Kind::Arn) => &[Kind::Arn],
            Some(Kind::Slug) => &[Kind::Slug],
            Some(Kind::Number) => &[Kind::Number],
            Some(Kind::Handle) => &[Kind::Handle],
            Some(Kind::Key) => &[Kind::Key],
            Some(Kind::Sha) => &[Kind::Sha],
            Some(Kind::Token) => &[Kind::Token],
            Some(Kind::Url) => &[Kind::Url],
            None if input.says_name => &[Kind::Name, Kind::Id, Kind::Slug],
            None => &[Kind::Id, Kind::Name, Kind::Slug],
        };
        for mentioned in [false, true] {
            for entity in &input.entities {
                let (plain, entity) = (entity.concat(), entity.join(" "));
                for &kind in kinds {
                    let all = self.index.get(&(plain.clone(), kind)).map(Vec::as_slice).unwrap_or_default();
                    let all: Vec<Mention<'a>> = all.iter().filter(|mention| self.fits(mention, consumer, input, whole)).copied().collect();
                    let found = if mentioned { self.mentions(consumer, input, &entity, kind, all) } else { self.own(consumer, input, all) };
                    if !found.is_empty() {
                        let feed = |mention: Mention<'a>| Feed {
                            producer: mention.tool,
                            field: mention.field,
                            key: format!("{entity}|{}", kind.as_str()),
                        };
                        return found.into_iter().map(feed).collect();
                    }
                }
            }
        }
        Vec::new()
    }

    fn fits(&self, mention: &Mention<'a>, consumer: usize, input: &Input, whole: bool) -> bool {
        let told = || self.keys[mention.tool].inputs.iter().any(|other| other.plain == input.plain && other.entities == input.entities);
        // A resource name begins with the kind of its root: folders are not organizations.
        let rooted = || self.places[consumer].0.is_empty() || self.shared(consumer, mention.tool) > 1;
        let named = !whole || (mention.field.plain == "name" && rooted());
        mention.tool != consumer && self.class(mention) != Class::Change && named && fits(mention.field, input) && !told()
    }

    /// Of the mentions of a key those by tools about the thing.
    fn own(&self, consumer: usize, input: &Input, mut all: Vec<Mention<'a>>) -> Vec<Mention<'a>> {
        all.retain(|mention| mention.own);
        let top = input.slot.as_ref().is_some_and(|slot| slot.top);
        let own = if top { all } else { self.nearest(consumer, all) };
        self.best(own, PRODUCERS_MAX)
    }

    /// Of the mentions of a key the nearest, where no tool is about the thing.
    fn mentions(&self, consumer: usize, input: &Input, entity: &str, kind: Kind, mut all: Vec<Mention<'a>>) -> Vec<Mention<'a>> {
        // What things of many kinds have (`webId`) is no thing of its own.
        let nouns: BTreeSet<&Vec<String>> = all.iter().map(|mention| &self.keys[mention.tool].operation.noun).collect();
        if !kind.may_be_mentioned()
            || is_outsider(entity)
            || is_wrapper(entity)
            || nouns.len() > HUB_NOUNS_MAX
            || all.iter().any(|mention| mention.own)
        {
            return Vec::new();
        }
        // What a tool takes and is no list of, it echoes.
        let echoed = |mention: &Mention<'_>| self.class(mention) != Class::List && self.keys[mention.tool].takes.contains(&input.parameter);
        all.retain(|mention| mention.field.depth <= MENTION_DEPTH_MAX && !echoed(mention));
        let most = all.iter().map(|mention| self.shared(consumer, mention.tool)).max().unwrap_or_default();
        all.retain(|mention| self.shared(consumer, mention.tool) == most);
        self.best(all, MENTIONS_MAX)
    }

    fn class(&self, mention: &Mention<'_>) -> Class {
        self.keys[mention.tool].operation.class
    }

    /// One field a tool, best tools first.
    fn best(&self, mut mentions: Vec<Mention<'a>>, max: usize) -> Vec<Mention<'a>> {
        mentions.sort_by_key(|mention| (mention.tool, mention.field.depth, mention.field.is_bare()));
        mentions.dedup_by_key(|mention| mention.tool);
        let score = |mention: &Mention<'_>| rank(self.class(mention)) * (10 - mention.field.depth.min(9) as u32);
        // What is easier to call comes first.
        let needs = |mention: &Mention<'_>| self.keys[mention.tool].inputs.len();
        mentions.sort_by(|a, b| score(b).cmp(&score(a)).then_with(|| needs(a).cmp(&needs(b))).then(a.tool.cmp(&b.tool)));
        mentions.truncate(max);
        mentions
    }

    /// Of things with one name in several collections, those nearest to the consumer's path; none where that does not decide.
    fn nearest(&self, consumer: usize, mentions: Vec<Mention<'a>>) -> Vec<Mention<'a>> {
        let places: BTreeSet<&str> = mentions.iter().map(|mention| self.places[mention.tool].1.as_str()).collect();
        if places.len() < 2 {
            return mentions;
        }
        let most = mentions.iter().map(|mention| self.shared(consumer, mention.tool)).max().unwrap_or_default();
        let near: Vec<Mention<'a>> = mentions.iter().filter(|mention| self.shared(consumer, mention.tool) == most).copied().collect();
        let thing = |mention: &Mention<'a>| {
            let operation = &self.keys[mention.tool].operation;
            operation.qualified.as_ref().unwrap_or(&operation.noun)
        };
        let things: BTreeSet<&Vec<String>> = near.iter().map(thing).collect();
        if things.len() < 2 { near } else { Vec::new() }
    }

    /// Leading segments that the consumer's path shares with a producer's collection.
    fn shared(&self, consumer: usize, producer: usize) -> usize {
        let (here, there) = (&self.places[consumer].0, &self.places[producer].1);
        here.split('/').zip(there.split('/')).take_while(|(a, b)| a == b).count()
    }
}

/// What a producer does: creating comes before listing, listing before reading.
fn rank(class: Class) -> u32 {
    match class {
        Class::Create => 10,
        Class::List => 9,
        Class::Get => 5,
        Class::Change => 3,
        Class::Delete => 0,
    }
}

fn fits(field: &Field, input: &Input) -> bool {
    field.letter == input.letter || field.letter == '?' || input.letter == '?'
}

/// The field of a listed or created thing that identifies it as the input does.
fn pick<'f>(fields: &'f [Field], input: &Input, slot: &Slot, proven: bool) -> Option<&'f Field> {
    let items = || fields.iter().filter(|field| field.item && fits(field, input));
    if slot.whole {
        return items().find(|field| field.plain == input.field.as_deref().unwrap_or("name"));
    }
    let named = input.field.as_ref().and_then(|named| items().find(|field| field.plain == *named));
    let called = if input.kind.is_none() && input.says_name { items().find(|field| field.plain == "name") } else { None };
    let exact = named.or(called).or_else(|| items().find(|field| field.plain == input.plain));
    if slot.by_name {
        return exact.filter(|field| field.plain != "id").or_else(|| items().find(|field| field.plain == "name" && proven));
    }
    if exact.is_some() || !proven {
        return exact;
    }
    let of = |kind: Kind| {
        let about = |field: &&Field| {
            field.is_bare()
                || same_thing(&field.entity, &slot.noun)
                || input.entities.iter().any(|entity| same_thing(entity, &field.entity))
        };
        let of_kind = || items().filter(|field| field.kind == Some(kind));
        of_kind().find(|field| field.is_bare()).or_else(|| of_kind().find(about))
    };
    match input.kind {
        Some(kind) => of(kind),
        None if !slot.agrees => None,
        None if input.says_name => of(Kind::Name).or_else(|| of(Kind::Id)),
        None => of(Kind::Id).or_else(|| of(Kind::Name)).or_else(|| of(Kind::Slug)),
    }
}
