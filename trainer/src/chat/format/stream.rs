//! Reading what a model writes, piece by piece.
//!
//! One machine reads whole texts and pieces: it keeps the text, and what may still become a mark is held back. Each of its decisions depends on the text
//! alone, never on where the pieces were cut.

use super::json::{Scan, Scanned, Written};
use super::tags::Types;
use super::{Call, CallFormat, Fault, Given, Opened, Syntax, begins_alike, ends_alike, is_blank, trim_end, trim_start};
use std::ops::Range;

/// What a model wrote, as soon as it is certain. Deltas of the same kind that follow each other belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// More of its reasoning.
    Reasoning(String),
    /// More of its words.
    Content(String),
    /// A whole call.
    Call(Call),
}

/// Reads a text that comes in pieces.
#[derive(Clone, Debug)]
pub struct Stream {
    format: CallFormat,
    types: Types,
    text: String,
    /// What lies before is done with.
    at: usize,
    state: State,
    /// Whether there were words.
    spoke: bool,
    out: Vec<Delta>,
}

#[derive(Clone, Debug)]
enum State {
    /// Blanks; then the mark before reasoning, or anything else. `inside`: the prompt began the reasoning, with so many of the blanks after its mark.
    Start { inside: Option<usize> },
    /// Blanks that the template writes after the mark before reasoning; so many were seen.
    Opened { seen: usize },
    /// Reasoning.
    Reasoning,
    /// Blanks that the template writes after the mark after it; so many were seen.
    Closed { seen: usize },
    /// Blanks from `from` on; then a call without a mark, or words.
    Bare { from: usize },
    /// Words.
    Words,
    /// A call that is JSON. `body`: after the mark; `from`: where words begin, should it be no call; `value`: where the JSON begins.
    Json { start: usize, body: usize, from: usize, value: Option<(usize, Scan)> },
    /// Blanks after calls; then the closing mark.
    Tail { start: usize, body: usize, end: usize, read: Result<Vec<Written>, Fault> },
    /// A call up to the next mark: of tags, or broken.
    Block { start: usize, body: usize, fault: Option<Fault> },
    /// Blanks after a call, from `from` on.
    After { from: usize },
}

/// The next state, or the same, which waits for more text.
type Next = Result<State, State>;

/// Whether a mark stands somewhere.
enum Stands {
    Yes,
    No,
    /// The text ends before that can be told.
    Maybe,
}

impl Stream {
    pub(super) fn new(format: &CallFormat, given: &Given<'_>) -> Self {
        let prompt = given.prompt.unwrap_or(&format.prompt);
        let inside = format.reasoning.as_ref().filter(|_| format.opened(prompt) == Opened::Open);
        let inside = inside.map(|reasoning| begins_alike(&prompt[trim_end(prompt).len()..], &reasoning.after_open));
        let (format, types) = (format.clone(), Types::of(given.tools));
        Self { format, types, text: String::new(), at: 0, state: State::Start { inside }, spoke: false, out: Vec::new() }
    }

    /// Takes the next piece, and gives what became certain by it.
    pub fn push(&mut self, piece: &str) -> Vec<Delta> {
        self.text.push_str(piece);
        self.run(false);
        self.take()
    }

    /// Gives the rest: the text is whole.
    #[must_use]
    pub fn finish(mut self) -> Vec<Delta> {
        self.end();
        self.take()
    }

    /// The text is whole. Whether it ends within the reasoning.
    pub(super) fn end(&mut self) -> bool {
        self.run(true);
        matches!(self.state, State::Reasoning | State::Opened { .. })
    }

    pub(super) fn take(&mut self) -> Vec<Delta> {
        std::mem::take(&mut self.out)
    }

    fn run(&mut self, whole: bool) {
        loop {
            let state = std::mem::replace(&mut self.state, State::Words);
            match self.step(state, whole) {
                Ok(next) => self.state = next,
                Err(same) => {
                    self.state = same;
                    return;
                }
            }
        }
    }

    fn step(&mut self, state: State, whole: bool) -> Next {
        match state {
            State::Start { inside } => self.start(inside, whole),
            State::Opened { .. } | State::Closed { .. } => self.blanks_of_marks(state, whole),
            State::Reasoning => self.reasoning(whole),
            State::Bare { from } => self.bare(from, whole),
            State::Words => self.words(whole),
            State::Json { start, body, from, value } => self.json(start, body, from, value, whole),
            State::Tail { start, body, end, read } => self.tail(start, body, end, read, whole),
            State::Block { start, body, fault } => self.block(start, body, fault, whole),
            State::After { from } => self.after(from, whole),
        }
    }

    fn start(&mut self, inside: Option<usize>, whole: bool) -> Next {
        let Some(reasoning) = self.format.reasoning.clone() else { return Ok(self.first(0)) };
        self.skip_blanks();
        match self.stands(&reasoning.open, whole) {
            Stands::Maybe => return Err(State::Start { inside }),
            Stands::Yes => {
                self.at += reasoning.open.len();
                return Ok(State::Opened { seen: 0 });
            }
            Stands::No => self.at = 0,
        }
        Ok(inside.map_or_else(|| self.first(0), |seen| State::Opened { seen }))
    }

    /// What comes where no reasoning does, or after it.
    fn first(&self, from: usize) -> State {
        if self.format.open.is_empty() { State::Bare { from } } else { State::Words }
    }

    fn blanks_of_marks(&mut self, state: State, whole: bool) -> Next {
        let (seen, opened) = match state {
            State::Opened { seen } => (seen, true),
            State::Closed { seen } => (seen, false),
            other => return Ok(other),
        };
        let reasoning = self.format.reasoning.as_ref();
        let blanks = reasoning.map(|reasoning| if opened { &reasoning.after_open } else { &reasoning.after_close });
        let expected = blanks.map_or("", |blanks| &blanks[seen..]);
        let found = begins_alike(&self.text[self.at..], expected);
        self.at += found;
        let wait = found < expected.len() && self.at == self.text.len() && !whole;
        match (wait, opened) {
            (true, true) => Err(State::Opened { seen: seen + found }),
            (true, false) => Err(State::Closed { seen: seen + found }),
            (false, true) => Ok(State::Reasoning),
            (false, false) => Ok(self.first(self.at)),
        }
    }

    fn reasoning(&mut self, whole: bool) -> Next {
        let Some(reasoning) = &self.format.reasoning else { return Ok(State::Words) };
        if let Some(found) = self.text[self.at..].find(&reasoning.close) {
            let mark = self.at + found;
            let end = mark - ends_alike(&self.text[self.at..mark], &reasoning.before_close);
            let next = mark + reasoning.close.len();
            self.say(end, Delta::Reasoning);
            self.at = next;
            return Ok(State::Closed { seen: 0 });
        }
        let until = if whole { self.text.len() } else { self.certain(&reasoning.close, &reasoning.before_close) };
        self.say(until, Delta::Reasoning);
        Err(State::Reasoning)
    }

    fn bare(&mut self, from: usize, whole: bool) -> Next {
        self.skip_blanks();
        match self.text[self.at..].chars().next() {
            Some('{') => Ok(State::Json { start: self.at, body: self.at, from, value: None }),
            None if !whole => Err(State::Bare { from }),
            _ => {
                self.at = from;
                Ok(State::Words)
            }
        }
    }

    fn words(&mut self, whole: bool) -> Next {
        let open = &self.format.open;
        if !open.is_empty()
            && let Some(found) = self.text[self.at..].find(open)
        {
            let start = self.at + found;
            let end = start - ends_alike(&self.text[self.at..start], &self.format.lead);
            self.say(end, Delta::Content);
            return Ok(self.call(start));
        }
        let until = if whole || open.is_empty() { self.text.len() } else { self.certain(open, &self.format.lead) };
        self.say(until, Delta::Content);
        Err(State::Words)
    }

    /// A call whose mark begins at `start`.
    fn call(&mut self, start: usize) -> State {
        self.at = start + self.format.open.len();
        match self.format.syntax {
            Syntax::Json(_) => State::Json { start, body: self.at, from: start, value: None },
            Syntax::Tags(_) => State::Block { start, body: self.at, fault: None },
        }
    }

    fn json(&mut self, start: usize, body: usize, from: usize, value: Option<(usize, Scan)>, whole: bool) -> Next {
        let (value, mut scan) = match value {
            Some(begun) => begun,
            None => {
                self.skip_blanks();
                match self.text.as_bytes().get(self.at) {
                    Some(b'{' | b'[') => (self.at, Scan::new()),
                    None if !whole => return Err(State::Json { start, body, from, value: None }),
                    None => return Ok(self.broken(start, body, from, self.at, Fault::Cut)),
                    Some(_) => return Ok(self.broken(start, body, from, self.at, Fault::Syntax)),
                }
            }
        };
        match scan.scan(&self.text.as_bytes()[self.at..]) {
            Scanned::More if whole => Ok(self.broken(start, body, from, self.text.len(), Fault::Cut)),
            Scanned::More => {
                self.at = self.text.len();
                Err(State::Json { start, body, from, value: Some((value, scan)) })
            }
            Scanned::Broken(after) => Ok(self.broken(start, body, from, self.at + after, Fault::Syntax)),
            Scanned::End(after) => {
                self.at += after;
                Ok(self.read(start, body, from, value))
            }
        }
    }

    /// What becomes of a JSON value that ends here.
    fn read(&mut self, start: usize, body: usize, from: usize, value: usize) -> State {
        let Syntax::Json(keys) = &self.format.syntax else { return State::Words };
        let end = self.at;
        let read = keys.read(&self.text, value..end);
        if !self.format.open.is_empty() {
            return State::Tail { start, body, end, read };
        }
        match read {
            Ok(calls) => {
                self.calls(calls, start, end);
                State::After { from: end }
            }
            Err(Fault::Syntax) => self.broken(start, body, from, end, Fault::Syntax),
            // An answer that is a JSON object.
            Err(_) => {
                self.at = from;
                State::Words
            }
        }
    }

    /// What becomes of JSON that is broken at `at`, or ends there.
    fn broken(&mut self, start: usize, body: usize, from: usize, at: usize, fault: Fault) -> State {
        let meant = match &self.format.syntax {
            Syntax::Json(keys) if self.format.open.is_empty() => keys.is_meant(&self.text[start..at]),
            _ => true,
        };
        self.at = if meant { body } else { from };
        if meant { State::Block { start, body, fault: Some(fault) } } else { State::Words }
    }

    fn tail(&mut self, start: usize, body: usize, end: usize, read: Result<Vec<Written>, Fault>, whole: bool) -> Next {
        self.skip_blanks();
        let mut after = end;
        if !self.format.close.is_empty() {
            match (self.stands(&self.format.close, whole), self.stands(&self.format.open, whole)) {
                (Stands::Yes, _) => after = self.at + self.format.close.len(),
                (Stands::Maybe, _) | (_, Stands::Maybe) => return Err(State::Tail { start, body, end, read }),
                // Models leave it out, and it is often what stops them.
                (_, Stands::Yes) => {}
                _ if self.at == self.text.len() => {}
                _ => {
                    self.at = end;
                    return Ok(State::Block { start, body, fault: Some(read.err().unwrap_or(Fault::Trailing)) });
                }
            }
        }
        match read {
            Ok(calls) => self.calls(calls, start, after),
            Err(fault) => self.malformed(start, body..end, after, fault),
        }
        self.at = after;
        Ok(State::After { from: after })
    }

    fn block(&mut self, start: usize, body: usize, fault: Option<Fault>, whole: bool) -> Next {
        let (open, close) = (self.format.open.as_str(), self.format.close.as_str());
        let next =
            |mark: &str, until: usize| self.text[self.at..until].find(mark).filter(|_| !mark.is_empty()).map(|found| self.at + found);
        // No farther than the next call, which looks for its own end: so all of them together look at the text once.
        let opened = next(open, self.text.len());
        let until = opened
            .map_or(self.text.len(), |start| (start..start + open.len()).rfind(|at| self.text.is_char_boundary(*at)).unwrap_or(start));
        let (end, after) = match (next(close, until), opened) {
            (Some(mark), _) => (mark, mark + close.len()),
            (None, Some(mark)) => {
                let end = body + trim_end(&self.text[body..mark]).len();
                (end, end)
            }
            (None, None) if whole => (self.text.len(), self.text.len()),
            (None, None) => {
                let held = [close, open].map(|mark| self.certain(mark, "")).into_iter().min();
                self.at = held.unwrap_or(self.at);
                return Err(State::Block { start, body, fault });
            }
        };
        match (fault, &self.format.syntax) {
            (Some(fault), _) => self.malformed(start, body..end, after, fault),
            (None, Syntax::Tags(tags)) => match tags.read(&self.text, body..end, &self.types) {
                Ok(call) => self.calls(vec![call], start, after),
                Err((fault, name)) => self.push_malformed(start..after, name.map(|name| (self.text[name.clone()].to_owned(), name)), fault),
            },
            (None, Syntax::Json(_)) => {}
        }
        self.at = after;
        Ok(State::After { from: after })
    }

    fn after(&mut self, from: usize, whole: bool) -> Next {
        self.skip_blanks();
        if self.at == self.text.len() {
            // Blanks at the end are nobody's words.
            return Err(State::After { from });
        }
        // Blanks between words are words.
        let words = if self.spoke { from } else { self.at };
        if self.format.open.is_empty() && self.text[self.at..].starts_with('{') {
            return Ok(State::Json { start: self.at, body: self.at, from: words, value: None });
        }
        if self.format.open.is_empty() {
            self.at = words;
            return Ok(State::Words);
        }
        match self.stands(&self.format.open, whole) {
            Stands::Maybe => Err(State::After { from }),
            Stands::Yes => Ok(self.call(self.at)),
            Stands::No => {
                self.at = words;
                Ok(State::Words)
            }
        }
    }

    /// Gives the calls of `text[start..end]`.
    fn calls(&mut self, calls: Vec<Written>, start: usize, end: usize) {
        let last = calls.len().saturating_sub(1);
        for (i, call) in calls.into_iter().enumerate() {
            let range = if i == 0 { start } else { call.range.start }..if i == last { end } else { call.range.end };
            let Written { name, arguments, name_range, arguments_range, .. } = call;
            self.out.push(Delta::Call(Call { name, arguments, fault: None, range, name_range, arguments_range }));
        }
    }

    fn malformed(&mut self, start: usize, body: Range<usize>, end: usize, fault: Fault) {
        let name = if let Syntax::Json(keys) = &self.format.syntax { keys.name_in(&self.text, body) } else { None };
        self.push_malformed(start..end, name, fault);
    }

    fn push_malformed(&mut self, range: Range<usize>, name: Option<(String, Range<usize>)>, fault: Fault) {
        let arguments = self.text[range.clone()].to_owned();
        let (name, name_range) = name.unwrap_or_else(|| (String::new(), range.start..range.start));
        let arguments_range = range.clone();
        self.out.push(Delta::Call(Call { name, arguments, fault: Some(fault), range, name_range, arguments_range }));
    }

    /// Gives the text up to `until`.
    fn say(&mut self, until: usize, kind: fn(String) -> Delta) {
        if until <= self.at {
            return;
        }
        let delta = kind(self.text[self.at..until].to_owned());
        self.spoke |= matches!(delta, Delta::Content(_));
        self.out.push(delta);
        self.at = until;
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - trim_start(&self.text[self.at..]).len();
    }

    fn stands(&self, mark: &str, whole: bool) -> Stands {
        let rest = &self.text[self.at..];
        match () {
            () if rest.starts_with(mark) => Stands::Yes,
            () if !whole && mark.starts_with(rest) => Stands::Maybe,
            () => Stands::No,
        }
    }

    /// Up to where the text, which has no `mark`, can neither be the beginning of one nor the `blanks` before it.
    fn certain(&self, mark: &str, blanks: &str) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        let begun = (1..mark.len()).rev().find(|length| rest.ends_with(&mark.as_bytes()[..*length])).unwrap_or_default();
        let rest = &self.text[self.at..self.text.len() - begun];
        let held = rest.chars().rev().take(blanks.len()).take_while(|c| is_blank(*c)).count();
        self.text.len() - begun - held
    }
}
