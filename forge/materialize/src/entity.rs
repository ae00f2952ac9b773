//! The things of a domain: which resources there are, how they nest, what identifies them, and which of them are the same.
//!
//! A resource lives at a *place*: the literals of its path, such as `repos/issues/comments`. A place is either the home of an entity,
//! a second door to one ([`Place::Alias`]), or a relation between two ([`Place::Link`]).

use crate::columns::{self, Column};
use crate::operation::{Class, Operation};
use crate::rpc;
use crate::schema::{Kind, Side, kind_of, list_items, properties, resolve};
use crate::sketch::{self, Sketch, Verb};
use crate::words::{family, flat, plural, singular, spaced};
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::CatalogTool;
use wardian_format::names;

/// Where one step of a place has its keys: `issues` and `[issue_number]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) literal: String,
    pub(crate) params: Vec<String>,
}

/// A table's worth of things.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    /// `provider/service`.
    pub(crate) api: String,
    pub(crate) provider: String,
    pub(crate) service: String,
    /// Literals of its home.
    pub(crate) place: String,
    /// For people: `issue comment`.
    pub(crate) noun: String,
    pub(crate) table: String,
    pub(crate) columns: Vec<Column>,
    /// Indices of the primary key's columns; the own ones last.
    pub(crate) key: Vec<usize>,
    /// Indices of the key columns that this entity brings itself. Empty for a singleton of its parent.
    pub(crate) own: Vec<usize>,
    /// The entity that it belongs to, with (own column, column of the parent's key).
    pub(crate) parent: Option<(usize, Vec<(usize, usize)>)>,
    /// The chain of its home with all parameters that any tool uses there, and the column of each.
    pub(crate) steps: Vec<(Step, Vec<usize>)>,
    /// Key columns that documents show inside of a member: `metadata.name`.
    pub(crate) nested: Vec<Nested>,
    /// Named only in paths of other things: nothing but its key is known.
    pub(crate) implicit: bool,
    /// True where absent members are left out of documents, as Google's and AWS's do; else they are null.
    pub(crate) omits_nulls: bool,
}

/// A key column that documents show inside of the member `outer`, as `inner`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Nested {
    pub(crate) column: usize,
    pub(crate) outer: String,
    pub(crate) inner: String,
}

/// What a place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Home of an entity.
    Home(usize),
    /// Shows or makes entities whose home is elsewhere.
    Alias(usize),
    /// Relates the entity before it to the entity `to`. `link` indexes [`World::links`].
    Link(usize),
}

/// A relation between two entities, or between the authenticated user and one.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) table: String,
    pub(crate) place: String,
    /// `None`: the authenticated user.
    pub(crate) from: Option<usize>,
    pub(crate) to: usize,
    /// Columns of the table: (name, entity column it refers to), those of `from` first; shared ones once.
    pub(crate) columns: Vec<LinkColumn>,
}

/// A column of a relation's table.
#[derive(Clone, Debug)]
pub(crate) struct LinkColumn {
    pub(crate) name: String,
    /// Column of `from`'s key.
    pub(crate) from: Option<usize>,
    /// Column of `to`'s key.
    pub(crate) to: Option<usize>,
}

/// Everything that the tools of a domain speak of.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) entities: Vec<Entity>,
    pub(crate) links: Vec<Link>,
    pub(crate) places: BTreeMap<(String, String), Place>,
    pub(crate) sketches: Vec<Sketch>,
    /// Of each tool, what its arguments and result lie in.
    pub(crate) envelopes: Vec<crate::prepare::Envelope>,
    /// What bare functions tell.
    pub(crate) functions: crate::functions::Functions,
}

/// `provider/service` of a tool.
pub(crate) fn api_of(tool: &CatalogTool) -> String {
    format!("{}/{}", tool.origin.provider, tool.origin.service)
}

/// Finds the entities of `tools`.
pub(crate) fn build(tools: &[CatalogTool]) -> World {
    let mut apis: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, tool) in tools.iter().enumerate() {
        apis.entry(api_of(tool)).or_default().push(i);
    }
    let mut world = World::default();
    for (api, which) in &apis {
        let dotted = crate::dotted::sketches(tools, which);
        let others: Vec<usize> = which.iter().copied().filter(|i| dotted.iter().all(|s| s.tool != *i)).collect();
        let by_name = crate::called::by_name(tools, &others);
        let by_path: Vec<usize> = others.into_iter().filter(|i| !by_name.contains_key(i)).collect();
        let mut sketches = sketch::rest(tools, &by_path);
        sketches.extend(dotted);
        sketches.extend(rpc::sketches(tools, &by_name));
        add_api(&mut world, tools, api, &sketches);
        world.sketches.extend(sketches);
    }
    world.sketches.sort_by_key(|s| s.tool);
    name_tables(&mut world);
    crate::computed::compute(&mut world);
    let owners: Vec<String> = world.sketches.iter().map(|s| api_of(&tools[s.tool])).collect();
    crate::actions::add_flags(&mut world, &owners);
    world
}

/// What is known of one place before it is decided what it is.
#[derive(Default, Clone)]
struct Facts {
    steps: Vec<Step>,
    families: BTreeMap<String, usize>,
    verbs: BTreeSet<&'static str>,
    /// Sketches that address this place.
    sketches: Vec<usize>,
}

fn add_api(world: &mut World, tools: &[CatalogTool], api: &str, sketches: &[Sketch]) {
    let facts = gather(tools, sketches);
    let homes = canonical_homes(&facts);
    let mut order: Vec<&String> = facts.keys().collect();
    order.sort_by_key(|p| (facts[*p].steps.len(), (*p).clone()));
    let mut decided: Vec<(&String, Decision)> = Vec::new();
    for place in order {
        decided.push((place, decide(place, &facts, &homes, sketches, tools)));
    }
    for (place, decision) in &decided {
        if *decision == Decision::Home {
            let index = world.entities.len();
            let entity = columns::entity(
                world,
                tools,
                api,
                place,
                &facts[*place].steps,
                &home_sketches(place, &facts, &decided, sketches),
                family_of(&facts[*place]),
            );
            world.entities.push(entity);
            world.places.insert((api.to_owned(), (*place).clone()), Place::Home(index));
        }
    }
    for (place, decision) in &decided {
        let target = |home: &String| match world.places.get(&(api.to_owned(), home.clone())) {
            Some(Place::Home(index)) => Some(*index),
            _ => None,
        };
        match decision {
            Decision::Alias(home) => {
                if let Some(index) = target(home) {
                    world.places.insert((api.to_owned(), (*place).clone()), Place::Alias(index));
                }
            }
            Decision::Link(home) => {
                if let Some(to) = target(home) {
                    add_link(world, api, place, &facts[*place].steps, to);
                }
            }
            Decision::Home | Decision::Nothing => {}
        }
    }
    doors_to_links(world, api, sketches, &facts);
    crate::owners::add(world, tools, api, sketches);
    crate::to_one::add(world, api, sketches);
}

/// Turns second doors that no column explains into relations: nothing in a teacher says which sections are hers, so
/// `GET /sections/{id}/teachers` shows a relation between the two.
fn doors_to_links(world: &mut World, api: &str, sketches: &[Sketch], facts: &BTreeMap<String, Facts>) {
    for (place, f) in facts {
        let Some(Place::Alias(to)) = world.places.get(&(api.to_owned(), place.clone())) else { continue };
        let to = *to;
        let lists = |i: &usize| sketches[*i].verb == Verb::List && !sketches[*i].on_item();
        let is_open = |i: &usize| {
            let mut operation = Operation::new(sketches[*i].tool, Class::List, to);
            crate::filters::second_door(world, &world.entities[to], &sketches[*i], &mut operation).is_ok()
        };
        let of_another = parent_place(world, api, &f.steps).is_some_and(|parent| parent != to);
        if of_another && !f.sketches.is_empty() && f.sketches.iter().all(|i| lists(i) && !is_open(i)) {
            add_link(world, api, place, &f.steps, to);
        }
    }
}

/// The sketches of a home and of its aliases that show or make the same thing.
fn home_sketches<'a>(
    place: &String,
    facts: &BTreeMap<String, Facts>,
    decided: &[(&String, Decision)],
    sketches: &'a [Sketch],
) -> Vec<&'a Sketch> {
    let inside = format!("{place}/");
    let aliases = decided.iter().filter(|(p, d)| *d == Decision::Alias(place.clone()) && !p.starts_with(&inside)).map(|(p, _)| *p);
    let all = std::iter::once(place).chain(aliases);
    all.flat_map(|p| facts[p].sketches.iter().map(|&i| &sketches[i])).collect()
}

fn gather(tools: &[CatalogTool], sketches: &[Sketch]) -> BTreeMap<String, Facts> {
    let mut facts: BTreeMap<String, Facts> = BTreeMap::new();
    for (i, s) in sketches.iter().enumerate() {
        for depth in 1..=s.groups.len() {
            let groups = &s.groups[..depth];
            let is_last = depth == s.groups.len();
            if !is_last && groups[depth - 1].params.is_empty() {
                continue;
            }
            let place = facts.entry(sketch::path_of(groups)).or_default();
            merge_steps(&mut place.steps, groups);
            if !is_last {
                continue;
            }
            place.sketches.push(i);
            place.verbs.insert(verb_word(s));
            if matches!(s.verb, Verb::Act(_) | Verb::Unact(_) | Verb::Check) || s.aspect.is_some() {
                continue;
            }
            let tool = &tools[s.tool];
            let from_name = s.named;
            let misnamed = tool.origin.returns_list && !sketch::returns_list(tool);
            let title = || tool.returns.as_ref().and_then(|r| resolve(r, Side::Output)["title"].as_str().map(family));
            let shows = tool.returns.as_ref().is_some_and(|r| {
                let returns = resolve(r, Side::Output);
                let items = sketch::returns_list(tool).then(|| list_items(&returns)).flatten();
                properties(&items.map_or(returns, |(_, items)| items)).count() > 0
            });
            let plain = || singular(&spaced(s.groups.last().map_or("", |g| g.literal.rsplit('/').next().unwrap_or(""))));
            let schema = if from_name {
                s.groups.last().map(|g| singular(&spaced(g.literal.rsplit('/').next().unwrap_or(""))))
            } else {
                schema_name(tool).filter(|_| !misnamed).map(|n| family(&n)).or_else(title).or_else(|| shows.then(plain))
            };
            if let Some(name) = schema.filter(|n| !n.is_empty() && n != "empty") {
                let weight = match s.verb {
                    Verb::Get => 4,
                    Verb::List | Verb::Create => 3,
                    Verb::Update => 2,
                    _ => 1,
                };
                *place.families.entry(name).or_default() += weight;
            }
        }
    }
    facts
}

fn schema_name(tool: &CatalogTool) -> Option<String> {
    tool.origin.returns_schema.clone().or_else(|| tool.origin.body_schema.clone())
}

fn verb_word(s: &Sketch) -> &'static str {
    match (&s.verb, s.on_item()) {
        (Verb::List, _) => "list",
        (Verb::Get, true) => "get",
        (Verb::Get, false) => "one",
        (Verb::Check, true) => "check",
        (Verb::Create, _) => "create",
        (Verb::Update, true) => "update",
        (Verb::Replace, true) => "replace",
        (Verb::Update | Verb::Replace, false) => "write one",
        (Verb::Delete, true) => "delete",
        (Verb::Delete, false) => "delete one",
        (Verb::SetAll, _) => "set all",
        (Verb::RemoveAll, _) => "remove all",
        (Verb::Check, false) | (Verb::Act(_) | Verb::Unact(_), _) => "act",
    }
}

/// Adds the groups' parameters to the steps of one place; a step keeps the names that came first.
fn merge_steps(steps: &mut Vec<Step>, groups: &[sketch::Group]) {
    let mut at = 0;
    for group in groups {
        let literals: Vec<&str> = group.literal.split('/').collect();
        for (i, literal) in literals.iter().enumerate() {
            if steps.len() <= at {
                steps.push(Step { literal: (*literal).to_owned(), params: Vec::new() });
            }
            if i + 1 == literals.len() && steps[at].params.is_empty() {
                steps[at].params.clone_from(&group.params);
            }
            at += 1;
        }
    }
}

fn family_of(facts: &Facts) -> Option<String> {
    facts.families.iter().max_by_key(|(name, n)| (**n, std::cmp::Reverse(name.len()))).map(|(name, _)| name.clone())
}

/// The place where each family is at home: where most can be done to it by key.
fn canonical_homes(facts: &BTreeMap<String, Facts>) -> BTreeMap<String, String> {
    let mut homes: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for (place, f) in facts {
        let Some(family) = family_of(f) else { continue };
        let worth = |v: &str| match v {
            "get" => 8,
            "update" | "replace" => 4,
            "delete" => 3,
            "create" => 3,
            "one" | "write one" => 2,
            "list" => 1,
            _ => 0,
        };
        let score: usize = f.verbs.iter().map(|v| worth(v)).sum::<usize>() * 16 + 8usize.saturating_sub(f.steps.len());
        let best = homes.entry(family).or_insert((0, String::new()));
        if score > best.0 {
            *best = (score, place.clone());
        }
    }
    homes.into_iter().map(|(family, (_, place))| (family, place)).collect()
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Decision {
    Home,
    Alias(String),
    Link(String),
    Nothing,
}

fn decide(
    place: &str,
    facts: &BTreeMap<String, Facts>,
    homes: &BTreeMap<String, String>,
    sketches: &[Sketch],
    tools: &[CatalogTool],
) -> Decision {
    let f = &facts[place];
    let has = |v: &str| f.verbs.contains(v);
    let Some(family) = family_of(f) else {
        // Only named in paths, or only acted upon: an entity where it has a key.
        let keyed = f.steps.last().is_some_and(|s| !s.params.is_empty());
        if let Some(home) = same_key_home(place, f, facts, homes) {
            return Decision::Link(home);
        }
        return if keyed { Decision::Home } else { Decision::Nothing };
    };
    let home = homes.get(&family).cloned().unwrap_or_default();
    if home == place {
        let data = f.verbs.iter().any(|v| !matches!(*v, "act" | "set all" | "remove all"));
        return if data { Decision::Home } else { Decision::Nothing };
    }
    let takes_back = f.verbs.contains("delete one")
        && f.sketches.iter().any(|&i| sketches[i].verb == Verb::Delete && takes_list(&tools[sketches[i].tool]));
    if of_parent(place, f, facts, &family) || takes_back {
        return Decision::Nothing;
    }
    if place == "user" && homes.get(&family).is_some_and(|h| facts[h].steps.last().is_some_and(|s| !s.params.is_empty())) {
        return Decision::Alias(home);
    }
    let checked = (has("check") || has("replace")) && has("delete") && !has("create") && !has("get");
    let related = checked
        || f.sketches.iter().any(|&i| {
            let s = &sketches[i];
            matches!(s.verb, Verb::SetAll | Verb::RemoveAll)
                || (s.verb == Verb::Replace && s.on_item() && !shows_one(&tools[s.tool]))
                || (s.verb == Verb::Create && takes_list(&tools[s.tool]))
        });
    let keeps_own = (has("get") && (has("delete") || has("update") || has("replace") || has("create")))
        || has("update")
        || (has("create") && has("delete"))
        || has("one") && has("write one");
    if related && !has("get") {
        return Decision::Link(home);
    }
    if keeps_own || is_fixed(f) && facts.get(&home).is_some_and(is_fixed) {
        return Decision::Home;
    }
    Decision::Alias(home)
}

/// True where a place is one document that nothing picks: documents of one schema at fixed places are different documents, as those of
/// `/apis/apps` and `/apis/batch`, and so are lists of versions (`/apis/apps/v1`), but not what `/me` shows.
fn is_fixed(f: &Facts) -> bool {
    let tail = f.steps.last().map_or("", |s| s.literal.as_str());
    let is_version = tail.starts_with('v') && tail[1..].starts_with(|c: char| c.is_ascii_digit());
    let shows = |v: &str| matches!(v, "one" | "act") || is_version && v == "list";
    f.verbs.iter().all(|v| shows(v)) && f.steps.iter().all(|s| s.params.is_empty()) && !crate::filters::is_me(tail)
}

/// True where the tools of a place show the thing before it: `…/issues/{n}/assignees` returns the issue.
fn of_parent(place: &str, f: &Facts, facts: &BTreeMap<String, Facts>, family: &str) -> bool {
    let keyless = f.steps.last().is_some_and(|s| s.params.is_empty());
    let Some((before, _)) = place.rsplit_once('/') else { return false };
    let list_of_itself = f.verbs.contains("list") && singular(&spaced(place.rsplit('/').next().unwrap_or(""))).ends_with(family);
    keyless
        && !f.verbs.contains("one")
        && !list_of_itself
        && !f.verbs.contains("list")
        && facts.get(before).and_then(family_of).is_some_and(|p| p == family)
}

/// `PUT /user/following/{username}` relates the home of `username`.
fn same_key_home(place: &str, f: &Facts, facts: &BTreeMap<String, Facts>, homes: &BTreeMap<String, String>) -> Option<String> {
    let relates = !f.verbs.is_empty() && f.verbs.iter().all(|v| matches!(*v, "replace" | "delete" | "check" | "list"));
    let params = &f.steps.last()?.params;
    let same = |home: &&String| {
        *home != place && facts[*home].verbs.contains("get") && facts[*home].steps.last().is_some_and(|s| s.params == *params)
    };
    homes.values().filter(same).min().filter(|_| relates && !params.is_empty()).cloned()
}

fn shows_one(tool: &CatalogTool) -> bool {
    tool.returns.as_ref().is_some_and(|r| properties(&resolve(r, Side::Output)).count() > 0) && !tool.origin.returns_list
}

fn takes_list(tool: &CatalogTool) -> bool {
    sketch::returns_list(tool)
        || properties(&tool.parameters).any(|(n, s)| {
            let body = tool.origin.locations.iter().any(|l| l.name == *n && l.place == wardian_format::catalog::Place::Body);
            body && kind_of(&resolve(s, Side::Input)) == Kind::Array && properties(&tool.parameters).count() <= 6
        })
}

/// The steps of a sketch's chain, one for each literal.
pub(crate) fn steps_of(sketch: &Sketch) -> Vec<Step> {
    let mut steps = Vec::new();
    merge_steps(&mut steps, &sketch.groups);
    steps
}

/// The entity that a place's chain, without its last step, ends in.
pub(crate) fn parent_place(world: &World, api: &str, steps: &[Step]) -> Option<usize> {
    for depth in (1..steps.len()).rev() {
        if steps[depth - 1].params.is_empty() {
            continue;
        }
        let place = steps[..depth].iter().map(|s| s.literal.as_str()).collect::<Vec<_>>().join("/");
        if let Some(Place::Home(index) | Place::Alias(index)) = world.places.get(&(api.to_owned(), place)) {
            return Some(*index);
        }
        return None;
    }
    None
}

fn add_link(world: &mut World, api: &str, place: &str, steps: &[Step], to: usize) {
    let from = parent_place(world, api, steps);
    let keyed_before = steps[..steps.len() - 1].iter().any(|s| !s.params.is_empty());
    if from.is_none() && (keyed_before || steps[0].literal != "user") {
        return;
    }
    let mut columns: Vec<LinkColumn> = Vec::new();
    if let Some(from) = from {
        let e = &world.entities[from];
        for &c in &e.key {
            let name = reference_name(e, c);
            columns.push(LinkColumn { name, from: Some(c), to: None });
        }
    }
    let target = &world.entities[to];
    for &c in &target.key {
        let name = reference_name(target, c);
        let shared = from.is_some() && !target.own.contains(&c);
        match columns.iter_mut().find(|l| l.name == name) {
            Some(old) if shared => old.to = Some(c),
            Some(_) => columns.push(LinkColumn { name: format!("{}_{name}", names::snake(&target.noun)), from: None, to: Some(c) }),
            None => columns.push(LinkColumn { name, from: None, to: Some(c) }),
        }
    }
    let last = steps.last().map(|s| s.literal.clone()).unwrap_or_default();
    let table = match from {
        Some(from) => format!("{}_{}", names::snake(&world.entities[from].noun), plural(&singular(&names::snake(&last)))),
        None => format!("{}_{}", names::snake(&last), names::snake(&plural(&target.noun))),
    };
    let index = world.links.len();
    world.links.push(Link { table, place: place.to_owned(), from, to, columns });
    world.places.insert((api.to_owned(), place.to_owned()), Place::Link(index));
}

/// What a column of `entity`'s key is called in tables that refer to it: `issue_number` for `issues.number`.
pub(crate) fn reference_name(entity: &Entity, column: usize) -> String {
    for (step, columns) in &entity.steps {
        if let Some(i) = columns.iter().position(|&c| c == column)
            && let Some(param) = step.params.get(i)
        {
            let name = names::snake(param);
            let vague = matches!(name.as_str(), "id" | "name" | "key" | "number" | "slug" | "uid" | "uuid");
            return if vague { format!("{}_{name}", names::snake(&entity.noun)) } else { name };
        }
    }
    entity.columns[column].name.clone()
}

/// Gives each entity and relation a table name of its own.
fn name_tables(world: &mut World) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for e in &world.entities {
        *counts.entry(e.table.clone()).or_default() += 1;
    }
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for i in 0..world.entities.len() {
        let e = &world.entities[i];
        let mut name = e.table.clone();
        if counts[&name] > 1 {
            let parent = e.parent.as_ref().map(|(p, _)| names::snake(&world.entities[*p].noun));
            let twins_share_parent = world.entities.iter().filter(|o| o.table == e.table).any(|o| o.place != e.place && o.api != e.api);
            name = match parent {
                Some(parent) if !twins_share_parent && !name.starts_with(&parent) => format!("{parent}_{name}"),
                _ => format!("{}_{name}", names::snake(&e.service)),
            };
        }
        world.entities[i].table = unique(name, &mut taken);
    }
    for link in &mut world.links {
        link.table = unique(std::mem::take(&mut link.table), &mut taken);
    }
}

fn unique(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut out = name.clone();
    let mut n = 2;
    while !taken.insert(out.clone()) {
        out = format!("{name}_{n}");
        n += 1;
    }
    out
}

impl World {
    /// The place that a sketch addresses.
    pub(crate) fn place(&self, api: &str, sketch: &Sketch) -> Option<&Place> {
        self.places.get(&(api.to_owned(), sketch.path()))
    }

    /// Entities whose parent is `index`.
    pub(crate) fn children(&self, index: usize) -> impl Iterator<Item = (usize, &Entity)> {
        self.entities.iter().enumerate().filter(move |(_, e)| e.parent.as_ref().is_some_and(|(p, _)| *p == index))
    }
}

impl Entity {
    /// The columns of the parameters in `sketch`'s chain, as far as they pick `self` or what it belongs to.
    pub(crate) fn bind(&self, sketch: &Sketch) -> Vec<(String, usize)> {
        let mut out = Vec::new();
        let mut at = 0;
        for group in &sketch.groups {
            at += group.literal.split('/').count();
            let Some((_, columns)) = self.steps.get(at - 1) else { continue };
            out.extend(group.params.iter().cloned().zip(columns.iter().copied()));
        }
        out
    }

    /// The column whose document member is `field`, whatever the case.
    pub(crate) fn column_like(&self, field: &str) -> Option<usize> {
        let wanted = flat(field);
        let exact = self.columns.iter().position(|c| flat(&c.field) == wanted && !c.field.is_empty());
        exact.or_else(|| self.columns.iter().position(|c| flat(&c.name) == wanted))
    }
}
