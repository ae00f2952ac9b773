//! The work on one domain: questions, answers, pieces, and what is kept of them.

use crate::answer::{self, called, element, list};
use crate::check::{Checked, Ground};
use crate::policy::{self, Policy};
use crate::relations::Found;
use crate::tools::{self, Given, NewTable, NewTool};
use crate::vocabulary::{self, Vocabulary};
use crate::world::World;
use crate::{AuthorOptions, Desk, Prompts, data, relations};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use wardian_env::Runtime;
use wardian_format::graph::Domain;
use wardian_format::pack::Effect;
use wardian_format::{Message, names};
use wardian_materialize::report::{Piece, RefusedPiece, Score};
use wardian_materialize::{AuthorReport, DomainReport, MaterializeError, Materialized, Rules, SelfChecks, TextColumn};
use wardian_model::{ChatReply, ChatRequest};
use wardian_state::Table;

/// Characters of an answer that the model is shown again.
const AGAIN_CHARS_MAX: usize = 16_000;
/// Characters of a reason.
const REASON_CHARS_MAX: usize = 1_500;

/// Lets the model work on the world that the rules made of `domain`. What it adds is in the world that comes back, and what became of each
/// piece is in its report; where nothing was taken, the world is the rules'. Deterministic: the same answers give the same bytes.
///
/// # Errors
/// Where the host fails. A model that fails, or says nothing of use, is no error.
pub fn author(
    domain: &Domain,
    rules: &Rules,
    made: &Materialized,
    runtime: &Runtime,
    desk: &Desk<'_>,
    prompts: &Prompts,
    options: &AuthorOptions,
) -> Result<Materialized, MaterializeError> {
    let ground = Ground {
        domain: &domain.name,
        rules,
        runtime,
        catalog: rules.tools().collect(),
        kept: made.report.examples.iter().map(|example| example.tool.clone()).collect(),
    };
    let mut work = Work {
        ground,
        desk,
        prompts,
        options,
        columns: rules.text_columns(),
        world: World { sources: made.sources.clone().unwrap_or_else(|| rules.blank()), ..World::default() },
        checked: None,
        report: blank_report(desk, prompts),
    };
    if made.pack.is_some() {
        match work.ground.check(&work.world, None)? {
            Ok(checked) => work.start(checked),
            Err(reason) => work.report.stopped = Some(cut_reason(&format!("the rules' world does not pass again: {reason}"))),
        }
    }
    work.all(made)?;
    Ok(work.finish(made))
}

fn blank_report(desk: &Desk<'_>, prompts: &Prompts) -> AuthorReport {
    AuthorReport {
        model: desk.name.to_owned(),
        prompts: prompts.version().to_owned(),
        prompts_digest: prompts.digest(),
        answers: 0,
        repairs: 0,
        tokens_read: 0,
        tokens_written: 0,
        before: Score::default(),
        after: Score::default(),
        accepted: Vec::new(),
        refused: Vec::new(),
        stopped: None,
    }
}

/// A part of an answer that is taken or refused as a whole.
enum Part {
    Relation(Found),
    Tool(Box<NewTool>),
    Vocabulary(Vocabulary),
    Policy(Policy, Vec<policy::Guard>),
}

/// What an answer was read as: its parts; what is wrong with others; what is only to be noted.
#[derive(Default)]
struct Read {
    parts: Vec<Part>,
    faults: Vec<RefusedPiece>,
    notes: Vec<RefusedPiece>,
}

struct Work<'a> {
    ground: Ground<'a>,
    desk: &'a Desk<'a>,
    prompts: &'a Prompts,
    options: &'a AuthorOptions,
    columns: Vec<TextColumn>,
    world: World,
    /// `None` as long as there is no tool.
    checked: Option<Checked>,
    report: AuthorReport,
}

impl Work<'_> {
    fn start(&mut self, checked: Checked) {
        self.report.before = checked.score;
        self.report.after = checked.score;
        self.checked = Some(checked);
    }

    fn tables(&self) -> &[Table] {
        self.checked.as_ref().map_or(&[], |checked| &checked.pack.schema().tables)
    }

    /// Every question, in an order in which each finds what the one before has made.
    fn all(&mut self, made: &Materialized) -> Result<(), MaterializeError> {
        self.relations()?;
        self.tools(&made.report)?;
        self.vocabulary()?;
        self.policy()
    }

    fn request(&self, name: &str, bounds: &[(&str, usize)], schema: Value, lines: &[Value]) -> ChatRequest {
        let bounds: Vec<(&str, String)> = bounds.iter().map(|(name, n)| (*name, n.to_string())).collect();
        let language = self.prompts.fill("language", &[]);
        let values: Vec<(&str, &str)> =
            bounds.iter().map(|(name, n)| (*name, n.as_str())).chain([("language", language.trim_end())]).collect();
        data::request(self.prompts, name, &values, schema, lines, self.options.prompt_chars_max)
    }

    fn relations(&mut self) -> Result<(), MaterializeError> {
        if self.tables().len() < 2 {
            return Ok(());
        }
        let lines = data::tables(&self.world, self.tables());
        let most = self.options.relations_max;
        let request = self.request("relations", &[("relations_max", most)], relations::schema(), &lines);
        self.question("relation", request, &|answer| each(answer, "relation", "relations", &["table", "columns"], most, Part::Relation))
    }

    fn tools(&mut self, rules: &DomainReport) -> Result<(), MaterializeError> {
        let by_id: BTreeMap<&str, &str> = self.ground.catalog.iter().map(|(name, tool)| (tool.id.as_str(), *name)).collect();
        let wanted: Vec<(String, String)> =
            rules.left_out.iter().filter_map(|left| Some(((*by_id.get(left.tool.as_str())?).to_owned(), left.reason.clone()))).collect();
        for (number, batch) in wanted.chunks(self.options.tools_max.max(1)).enumerate() {
            if number == self.options.tool_questions_max {
                let reason = format!("not asked about: the domain has more than {number} questions about tools");
                let rest = wanted.iter().skip(number * self.options.tools_max.max(1));
                self.report.refused.extend(rest.map(|(name, _)| refused("tool", name, &reason)));
                break;
            }
            self.tool_question(batch)?;
        }
        Ok(())
    }

    fn tool_question(&mut self, batch: &[(String, String)]) -> Result<(), MaterializeError> {
        let shown: Vec<String> = batch.iter().map(|(name, _)| name.clone()).chain(self.samples()).collect();
        let wanted = batch.iter().enumerate().map(|(i, (name, reason))| tools::wanted(i, name, self.ground.catalog[name.as_str()], reason));
        let samples = shown.iter().enumerate().skip(batch.len()).filter_map(|(i, name)| tools::there(i, name, &self.world));
        let lines: Vec<Value> = wanted.chain(data::tables(&self.world, self.tables())).chain(samples).collect();
        let request = self.request("tools", &[("rows_max", self.options.rows_max)], tools::schema(), &lines);
        self.question("tool", request, &|answer| tools_of(answer, &shown))
    }

    /// Tools of the pack that show how it is done: the shortest that say something, half of them reading, half writing.
    fn samples(&self) -> Vec<String> {
        let Some(checked) = &self.checked else { return Vec::new() };
        let mut list: Vec<(usize, &str, Effect)> = checked
            .pack
            .manifest()
            .tools
            .iter()
            .filter_map(|spec| Some((self.world.tool(&spec.name)?.1.len(), spec.name.as_str(), spec.effect)))
            .filter(|(length, ..)| *length > 250)
            .collect();
        list.sort_unstable_by_key(|(length, name, _)| (*length, *name));
        let of = |effect: Effect| list.iter().filter(move |(.., has)| *has == effect).take(tools::EXAMPLES_MAX / 2);
        of(Effect::Read).chain(of(Effect::Write)).map(|(_, name, _)| (*name).to_owned()).collect()
    }

    fn vocabulary(&mut self) -> Result<(), MaterializeError> {
        let lines = vocabulary::lines(&self.world, self.tables(), &self.columns);
        if lines.is_empty() {
            return Ok(());
        }
        let o = self.options;
        let bounds = [("values_max", o.values_max), ("chars_max", o.value_chars_max), ("columns_max", o.columns_max)];
        let request = self.request("vocabulary", &bounds, vocabulary::schema(), &lines);
        self.question("vocabulary", request, &|answer| {
            each(answer, "vocabulary", "columns", &["table", "column"], o.columns_max, Part::Vocabulary)
        })
    }

    fn policy(&mut self) -> Result<(), MaterializeError> {
        let Some(checked) = &self.checked else { return Ok(()) };
        let guards = policy::guards(&self.world);
        let abouts: Vec<(&str, &str)> = checked.pack.manifest().tools.iter().map(|t| (t.name.as_str(), t.description.as_str())).collect();
        let lines = policy::lines(&self.world, &guards, &abouts);
        let o = self.options;
        let bounds = [("sentences_max", o.sentences_max), ("chars_max", o.sentence_chars_max)];
        let request = self.request("policy", &bounds, policy::schema(), &lines);
        self.question("policy", request, &|answer| {
            let part = element(answer).map(|policy| Part::Policy(policy, guards.clone()));
            match part {
                Ok(part) => Read { parts: vec![part], ..Read::default() },
                Err(reason) => Read { faults: vec![refused("policy", "policy.md", &reason)], ..Read::default() },
            }
        })
    }

    /// Asks, takes what is good, and tells the model of the rest, a bounded number of times.
    fn question(&mut self, kind: &'static str, request: ChatRequest, read: &dyn Fn(&Value) -> Read) -> Result<(), MaterializeError> {
        let mut open: BTreeMap<String, RefusedPiece> = BTreeMap::new();
        let mut next = request.clone();
        for round in 0..=self.options.repairs_max {
            let Some(reply) = self.asked(&next, round > 0) else { break };
            let text = reply.content.clone().unwrap_or_default();
            let (mut taken, mut faults) = (Vec::new(), Vec::new());
            let form = match answer::said(&reply).and_then(answer::object) {
                Ok(value) => {
                    let found = read(&value);
                    self.report.refused.extend(found.notes);
                    faults.extend(found.faults);
                    self.take(found.parts, &mut taken, &mut faults)?;
                    None
                }
                Err(reason) => {
                    faults.push(refused(kind, "answer", &reason));
                    Some(reason)
                }
            };
            open.remove("answer");
            taken.iter().for_each(|name| drop(open.remove(name)));
            faults.iter().for_each(|fault| drop(open.insert(fault.name.clone(), fault.clone())));
            if faults.is_empty() {
                break;
            }
            next = self.again(&request, &text, &taken, &faults, form.as_deref());
        }
        self.report.refused.extend(open.into_values());
        Ok(())
    }

    fn asked(&mut self, request: &ChatRequest, is_repair: bool) -> Option<ChatReply> {
        if self.report.stopped.is_some() {
            return None;
        }
        match (self.desk.ask)(request) {
            Ok(reply) => {
                self.report.answers += 1;
                self.report.repairs += usize::from(is_repair);
                self.report.tokens_read += reply.usage.map_or(0, |usage| usage.prompt_tokens);
                self.report.tokens_written += reply.usage.map_or(0, |usage| usage.completion_tokens);
                Some(reply)
            }
            Err(error) => {
                self.report.stopped = Some(cut_reason(&error.to_string()));
                None
            }
        }
    }

    fn again(&self, request: &ChatRequest, text: &str, taken: &[String], faults: &[RefusedPiece], form: Option<&str>) -> ChatRequest {
        let said = match form {
            Some(reason) => self.prompts.fill("form", &[("error", reason)]),
            None => {
                let taken = if taken.is_empty() { "nothing".to_owned() } else { taken.join(", ") };
                let faults: String = faults.iter().map(|f| format!("- {} `{}`: {}\n", f.kind, f.name, f.reason)).collect();
                self.prompts.fill("repair", &[("taken", &taken), ("faults", faults.trim_end())])
            }
        };
        let shown: String = text.chars().take(AGAIN_CHARS_MAX).collect();
        let content = if shown.trim().is_empty() { "(nothing)".to_owned() } else { shown };
        let mut next = request.clone();
        next.messages.push(Message::Assistant { content: Some(content), reasoning: None, tool_calls: Vec::new() });
        next.messages.push(Message::User { content: said });
        next
    }

    /// Adds parts to the world: all together if that passes, else in halves, down to those that do not.
    fn take(&mut self, parts: Vec<Part>, taken: &mut Vec<String>, faults: &mut Vec<RefusedPiece>) -> Result<(), MaterializeError> {
        let mut world = self.world.clone();
        let mut fitting: Vec<Part> = Vec::new();
        for part in parts {
            match self.applied(&part, &world) {
                Ok(next) => {
                    world = next;
                    fitting.push(part);
                }
                Err(reason) => faults.push(refused(part.kind(), &part.name(), &reason)),
            }
        }
        if fitting.is_empty() {
            return Ok(());
        }
        sign(&mut world, self.desk.name);
        match self.ground.check(&world, self.checked.as_ref())? {
            Ok(checked) => {
                self.report.after = checked.score;
                (self.world, self.checked) = (world, Some(checked));
                for part in &fitting {
                    taken.push(part.name());
                    let piece = Piece { kind: part.kind().to_owned(), name: part.name() };
                    // An answer to a repair may say again what was taken before.
                    if !self.report.accepted.contains(&piece) {
                        self.report.accepted.push(piece);
                    }
                }
            }
            Err(reason) if fitting.len() == 1 => faults.push(refused(fitting[0].kind(), &fitting[0].name(), &reason)),
            Err(_) => {
                let second = fitting.split_off(fitting.len() / 2);
                self.take(fitting, taken, faults)?;
                self.take(second, taken, faults)?;
            }
        }
        Ok(())
    }

    fn applied(&self, part: &Part, world: &World) -> Result<World, String> {
        let seed = self.ground.rules.seed();
        match part {
            Part::Relation(found) => found.apply(world, self.tables(), seed),
            Part::Tool(tool) => {
                let origin = self.ground.catalog.get(tool.name.as_str()).ok_or("there is no such tool")?;
                tool.apply(world, origin, self.options)
            }
            Part::Vocabulary(words) => words.apply(world, self.tables(), &self.columns, seed, self.options),
            Part::Policy(policy, guards) => {
                let names: BTreeSet<&str> = self.checked.iter().flat_map(|c| &c.pack.manifest().tools).map(|t| t.name.as_str()).collect();
                policy.apply(world, guards, &names, self.options)
            }
        }
    }

    /// The world as it is now, or the rules' where nothing was taken.
    fn finish(self, made: &Materialized) -> Materialized {
        let Some(checked) = self.checked.filter(|_| !self.report.accepted.is_empty()) else {
            return Materialized { report: DomainReport { author: Some(self.report), ..made.report.clone() }, ..made.clone() };
        };
        let mut self_checks = SelfChecks::default();
        let mut materialized = BTreeMap::new();
        let mut examples = Vec::new();
        for spec in &checked.pack.manifest().tools {
            let Some((example, checks)) = checked.tools.get(&spec.name) else { continue };
            self_checks.add(checks);
            *materialized.entry(example.class).or_default() += 1;
            examples.push(example.clone());
        }
        let is_in = |id: &str| self.ground.catalog.iter().any(|(name, tool)| tool.id == id && checked.tools.contains_key(*name));
        let report = DomainReport {
            tools_out: examples.len(),
            materialized,
            left_out: made.report.left_out.iter().filter(|left| !is_in(&left.tool)).cloned().collect(),
            self_checks,
            tables: self.world.counts(),
            examples,
            no_pack: None,
            author: Some(self.report),
            ..made.report.clone()
        };
        Materialized { sources: Some(self.world.sources), pack: Some(checked.bytes), report }
    }
}

impl Part {
    fn kind(&self) -> &'static str {
        match self {
            Self::Relation(_) => "relation",
            Self::Tool(_) => "tool",
            Self::Vocabulary(_) => "vocabulary",
            Self::Policy(..) => "policy",
        }
    }

    fn name(&self) -> String {
        let name = match self {
            Self::Relation(found) => found.name(),
            Self::Tool(tool) => tool.name.clone(),
            Self::Vocabulary(words) => words.name(),
            Self::Policy(..) => "policy.md".to_owned(),
        };
        names::untrusted(&name, 160)
    }
}

/// The elements of the list `name`, as parts.
fn each<T: serde::de::DeserializeOwned>(
    answer: &Value,
    kind: &str,
    name: &str,
    members: &[&str],
    most: usize,
    part: impl Fn(T) -> Part,
) -> Read {
    let mut read = Read::default();
    let all = match list(answer, name) {
        Ok(all) => all,
        Err(reason) => {
            read.faults.push(refused(kind, "answer", &reason));
            return read;
        }
    };
    for (number, value) in all.iter().enumerate() {
        match element(value) {
            _ if number >= most => read.notes.push(refused(kind, &called(value, members), &format!("the answer has more than {most}"))),
            Ok(found) => read.parts.push(part(found)),
            Err(reason) => read.faults.push(refused(kind, &called(value, members), &reason)),
        }
    }
    read
}

/// The tools of an answer, those that read first, so that the others can be seen by them. `shown` has the names by their numbers.
fn tools_of(answer: &Value, shown: &[String]) -> Read {
    let mut read = Read::default();
    let tables: Vec<Result<NewTable, String>> = list(answer, "tables").unwrap_or_default().iter().map(element).collect();
    let mut known = Vec::new();
    for (value, table) in list(answer, "tables").unwrap_or_default().iter().zip(tables) {
        match table {
            Ok(table) => known.push(table),
            Err(reason) => read.faults.push(refused("table", &called(value, &["name"]), &reason)),
        }
    }
    let all = match list(answer, "tools") {
        Ok(all) => all,
        Err(reason) => {
            read.faults.push(refused("tool", "answer", &reason));
            return read;
        }
    };
    for value in all {
        let given: Result<(Given, &String), String> = element::<Given>(value)
            .and_then(|given| shown.get(given.i).map(|name| (given, name)).ok_or_else(|| "there is no tool of this number".to_owned()));
        match given {
            Ok((given, name)) => read.parts.push(Part::Tool(Box::new(NewTool::new(name, given, &known)))),
            Err(reason) => {
                let number = value["i"].as_u64().and_then(|i| shown.get(usize::try_from(i).ok()?));
                read.faults.push(refused("tool", &number.cloned().unwrap_or_else(|| called(value, &["i"])), &reason));
            }
        }
    }
    read.parts.sort_by_key(|part| matches!(part, Part::Tool(tool) if !tool.reads()));
    for left in list(answer, "left").unwrap_or_default() {
        let name = left["i"].as_u64().and_then(|i| shown.get(usize::try_from(i).ok()?));
        let reason = format!("the model leaves it out: {}", left["reason"].as_str().unwrap_or("it does not say why"));
        if let Some(name) = name {
            read.notes.push(refused("tool", name, &reason));
        }
    }
    read
}

fn refused(kind: &str, name: &str, reason: &str) -> RefusedPiece {
    RefusedPiece { kind: kind.to_owned(), name: name.to_owned(), reason: cut_reason(reason) }
}

/// A reason of a bounded length; its lines stay lines.
fn cut_reason(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| names::untrusted(line, REASON_CHARS_MAX)).collect();
    lines.join("\n").chars().take(REASON_CHARS_MAX).collect()
}

/// Names the model among the authors.
fn sign(world: &mut World, model: &str) {
    let config = world.text("pack.toml").to_owned();
    let author = Value::from(format!("rules, model:{}", names::untrusted(model, 100))).to_string();
    let line = |line: &str| if line.starts_with("author = ") { format!("author = {author}\n") } else { format!("{line}\n") };
    let signed: String = config.lines().map(line).collect();
    world.sources.insert("pack.toml", signed);
}
