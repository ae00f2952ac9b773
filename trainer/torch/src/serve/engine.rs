//! Answers many requests with one model: their tokens are computed together, step by step, and what a sequence begins with is not computed twice.

use super::cache::{Cache, Part, extend};
use super::sampling::Sampler;
use crate::decoder::Decoder;
use crate::fault::guarded;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, TryRecvError};

/// What an engine may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineLimits {
    /// Requests that are answered at once; others wait.
    pub batch: usize,
    /// Tokens of prompts that are computed in one step.
    pub prompt_tokens_max: usize,
    /// Tokens that all caches together take memory for. Those of finished requests go first; then requests wait.
    pub cached_tokens_max: usize,
}

/// A request.
#[derive(Debug)]
pub struct Request<S> {
    /// Its prompt, one token at least.
    pub ids: Vec<u32>,
    /// Tokens of the answer at most.
    pub tokens_max: usize,
    /// Tokens that end the answer and are no part of it.
    pub ends: Vec<u32>,
    /// Draws its tokens.
    pub sampler: Sampler,
    /// Who is told. A request whose `send` gives `false` is dropped.
    pub sink: S,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is being answered; so many tokens of its prompt were cached.
    Begun {
        /// Tokens.
        cached: usize,
    },
    /// The next token.
    Token(u32),
    /// The answer ended with a token that ends it (`true`) or by its length.
    Done(bool),
    /// It cannot be answered.
    Failed(String),
}

/// Who is told of events.
pub trait Sink: Send {
    /// Takes an event; `false` where nobody listens any more.
    fn send(&self, event: Event) -> bool;
}

/// A place for one sequence.
struct Slot<S> {
    cache: Cache,
    /// Tokens of the sequence; those in the cache, and then those that are still to be computed.
    ids: Vec<u32>,
    used: u64,
    active: Option<Active<S>>,
}

struct Active<S> {
    left: usize,
    ends: Vec<u32>,
    sampler: Sampler,
    sink: S,
}

/// A model that answers.
struct Engine<S> {
    decoder: Decoder,
    limits: EngineLimits,
    slots: Vec<Slot<S>>,
    waiting: VecDeque<Request<S>>,
    steps: u64,
}

/// Answers `requests` until nobody can send one.
pub fn serve<S: Sink>(decoder: Decoder, limits: EngineLimits, requests: &Receiver<Request<S>>) {
    let mut engine = Engine { decoder, limits, slots: Vec::new(), waiting: VecDeque::new(), steps: 0 };
    loop {
        if engine.is_idle() {
            let Ok(request) = requests.recv() else { return };
            engine.waiting.push_back(request);
        }
        loop {
            match requests.try_recv() {
                Ok(request) => engine.waiting.push_back(request),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) if engine.is_idle() => return,
                Err(TryRecvError::Disconnected) => break,
            }
        }
        engine.admit();
        // What was in work fails, and the next request may go well.
        if let Err(fault) = guarded(|| engine.step()) {
            for active in engine.slots.drain(..).filter_map(|slot| slot.active) {
                active.sink.send(Event::Failed(fault.to_string()));
            }
        }
    }
}

impl<S: Sink> Engine<S> {
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.slots.iter().all(|slot| slot.active.is_none())
    }

    /// Gives waiting requests a slot each: of those that are free the one that begins as they do for longest.
    fn admit(&mut self) {
        while !self.waiting.is_empty() && self.slots.iter().filter(|slot| slot.active.is_some()).count() < self.limits.batch {
            let running = self.taken(|slot| slot.active.is_some());
            let fits = |request: &Request<S>| running == 0 || running + request.ids.len() <= self.limits.cached_tokens_max;
            if !self.waiting.front().is_some_and(fits) {
                return;
            }
            let Some(request) = self.waiting.pop_front() else { return };
            if request.ids.is_empty() || request.ids.len() > self.limits.cached_tokens_max {
                let most = self.limits.cached_tokens_max;
                request
                    .sink
                    .send(Event::Failed(format!("the prompt has {} tokens, and all caches have room for {most}", request.ids.len())));
                continue;
            }
            let common = |slot: &Slot<S>| {
                let kept = &slot.ids[..slot.cache.len()];
                // The last token is computed in any case: its logits are the answer's first.
                kept.iter().zip(&request.ids[..request.ids.len() - 1]).take_while(|(a, b)| a == b).count()
            };
            let free = self.slots.iter().enumerate().filter(|(_, slot)| slot.active.is_none());
            let best = free.map(|(at, slot)| (common(slot), at)).max_by_key(|(common, at)| (*common, std::cmp::Reverse(*at)));
            // A slot with nothing in common is worth more to those who come back to it.
            let (cached, at) = match best {
                Some((common, at)) if common > 0 || self.slots.len() >= 2 * self.limits.batch => (common, at),
                _ => {
                    self.slots.push(Slot { cache: Cache::default(), ids: Vec::new(), used: 0, active: None });
                    (0, self.slots.len() - 1)
                }
            };
            let slot = &mut self.slots[at];
            slot.cache.truncate(cached);
            slot.ids = request.ids;
            slot.used = self.steps;
            if request.sink.send(Event::Begun { cached }) {
                let Request { tokens_max, ends, sampler, sink, .. } = request;
                slot.active = Some(Active { left: tokens_max, ends, sampler, sink });
            }
            self.forget();
        }
    }

    /// Tokens that the caches of some slots take memory for, or are about to.
    fn taken(&self, which: impl Fn(&Slot<S>) -> bool) -> usize {
        self.slots.iter().filter(|slot| which(slot)).map(|slot| slot.cache.room().max(slot.ids.len())).sum()
    }

    /// Frees caches of finished requests, the oldest first, while there are too many tokens in all.
    fn forget(&mut self) {
        while self.taken(|_| true) > self.limits.cached_tokens_max {
            let free = self.slots.iter().enumerate().filter(|(_, slot)| slot.active.is_none());
            let Some((at, _)) = free.min_by_key(|(_, slot)| slot.used) else { return };
            self.slots.remove(at);
        }
    }

    /// One step: a token for each request whose prompt is computed, and some of the prompts of others.
    fn step(&mut self) {
        self.steps += 1;
        let mut room = self.limits.prompt_tokens_max.max(1);
        let mut chosen = Vec::new();
        let mut parts = Vec::new();
        for (at, slot) in self.slots.iter_mut().enumerate().filter(|(_, slot)| slot.active.is_some()) {
            let start = slot.cache.len();
            let pending = slot.ids.len() - start;
            let count = if pending == 1 { 1 } else { pending.min(room) };
            if count == 0 {
                continue;
            }
            room -= if pending == 1 { 0 } else { count };
            chosen.push((at, count == pending));
            parts.push(Part { cache: &mut slot.cache, ids: &slot.ids[start..start + count] });
        }
        if parts.is_empty() {
            return;
        }
        let logits = extend(&self.decoder, &mut parts);
        drop(parts);
        for (row, (at, whole)) in chosen.into_iter().enumerate() {
            if whole {
                let numbers: Vec<f32> = Vec::try_from(logits.get(row as i64)).expect("a row of numbers in 32 bits");
                self.slots[at].next(&numbers, self.steps);
            }
        }
        self.forget();
    }
}

impl<S: Sink> Slot<S> {
    /// Takes the next token of the answer.
    fn next(&mut self, logits: &[f32], step: u64) {
        self.used = step;
        let Some(active) = &mut self.active else { return };
        let id = active.sampler.next(logits);
        let ends = active.ends.contains(&id);
        let goes_on = if ends {
            active.sink.send(Event::Done(true));
            false
        } else {
            active.left = active.left.saturating_sub(1);
            let heard = active.sink.send(Event::Token(id));
            if active.left == 0 {
                active.sink.send(Event::Done(false));
            }
            heard && active.left > 0
        };
        if goes_on {
            self.ids.push(id);
        } else {
            self.active = None;
        }
    }
}
