//! One answer: tokens become text, text becomes words, reasoning and calls.

use super::ask::{Ask, Refusal};
use super::stop::Stop;
use super::{Server, Told};
use serde_json::{Value, json};
use std::sync::PoisonError;
use tokio::sync::mpsc::UnboundedReceiver;
use wardian_format::Digest;
use wardian_torch::serve::{Event, Request, Sampler};
use wardian_trainer::chat::format::{Call, Delta, Given, Stream};
use wardian_trainer::template::RenderOptions;

/// A prompt, ready for the model.
#[derive(Debug)]
pub(crate) struct Prompt {
    pub(crate) ids: Vec<u32>,
    pub(crate) text: String,
    /// Tokens of an answer at most.
    pub(crate) tokens_max: usize,
}

/// Renders the conversation up to the agent's turn.
pub(crate) fn prompt(server: &Server, ask: &Ask) -> Result<Prompt, Refusal> {
    let options = RenderOptions { add_generation_prompt: true, date: server.date, ..RenderOptions::default() };
    let rendered = server.chat.render(&ask.conversation, &options).map_err(|e| Refusal::bad(e.to_string()))?;
    let encoded = server.chat.encode_rendered(&rendered).map_err(|e| Refusal::bad(e.to_string()))?;
    let (ids, context) = (encoded.ids, server.context);
    if ids.is_empty() || ids.len() >= context {
        let what = format!("the prompt has {} tokens, and prompt and answer together may have {context}", ids.len());
        return Err(Refusal { status: 400, code: "context_length_exceeded", what });
    }
    if let Some(id) = ids.iter().find(|id| **id as usize >= server.vocabulary) {
        return Err(Refusal { status: 500, code: "server_error", what: format!("the model has no row for the token {id}") });
    }
    let tokens_max = ask.tokens_max.unwrap_or(usize::MAX).min(context - ids.len());
    Ok(Prompt { ids, text: rendered.text, tokens_max })
}

/// What happens while an answer is written.
#[derive(Debug)]
pub(crate) enum Piece {
    Delta(Delta),
    End(Ending),
    Failed(String),
}

/// How an answer ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ending {
    pub(crate) reason: &'static str,
    pub(crate) tokens: usize,
    pub(crate) cached: usize,
}

/// An answer on its way.
pub(crate) struct Answer<'a> {
    server: &'a Server,
    events: UnboundedReceiver<Event>,
    /// Tokens that are no text yet, and those before them that shape it.
    tokens: Tokens,
    stop: Stop,
    parser: Option<Stream>,
    /// All text so far, for calls of requests without tools.
    text: String,
    calls: bool,
    called: bool,
    ending: Ending,
}

/// Tokens whose text is not passed on yet.
#[derive(Debug, Default)]
struct Tokens {
    ids: Vec<u32>,
    /// Tokens that were passed on already; they are decoded again with the next ones, whose text may depend on them.
    prefix: usize,
    shown: usize,
}

impl Tokens {
    /// The text that a token adds; empty while a character is not whole.
    fn push(&mut self, server: &Server, id: u32) -> Result<String, String> {
        self.ids.push(id);
        let decode = |ids: &[u32]| server.chat.tokenizer().decode(ids, false).map_err(|e| e.to_string());
        let before = decode(&self.ids[self.prefix..self.shown])?;
        let all = decode(&self.ids[self.prefix..])?;
        if all.ends_with('\u{fffd}') && self.ids.len() - self.shown < 8 {
            return Ok(String::new());
        }
        let new = all.get(before.len()..).unwrap_or_default().to_owned();
        self.prefix = self.shown;
        self.shown = self.ids.len();
        Ok(new)
    }

    /// The text of what is left.
    fn finish(&mut self, server: &Server) -> Result<String, String> {
        let decode = |ids: &[u32]| server.chat.tokenizer().decode(ids, false).map_err(|e| e.to_string());
        let before = decode(&self.ids[self.prefix..self.shown])?;
        let all = decode(&self.ids[self.prefix..])?;
        self.shown = self.ids.len();
        Ok(all.get(before.len()..).unwrap_or_default().to_owned())
    }
}

impl<'a> Answer<'a> {
    /// Asks the model for one answer.
    pub(crate) fn begin(server: &'a Server, ask: &Ask, prompt: &Prompt, choice: usize) -> Self {
        let (sender, events) = tokio::sync::mpsc::unbounded_channel();
        let request = Request {
            ids: prompt.ids.clone(),
            tokens_max: prompt.tokens_max,
            ends: server.ends.clone(),
            sampler: Sampler::new(ask.sampling, choice),
            sink: Told(sender),
        };
        // Where the model's thread is gone the channel is closed, which `next` says.
        let _ = server.requests.lock().unwrap_or_else(PoisonError::into_inner).send(request);
        let given = Given { prompt: Some(&prompt.text), tools: &ask.conversation.tools };
        Self {
            server,
            events,
            tokens: Tokens::default(),
            stop: Stop::new(ask.stops.clone()),
            parser: server.chat.calls().ok().map(|format| format.stream(&given)),
            text: String::new(),
            calls: ask.calls,
            called: false,
            ending: Ending::default(),
        }
    }

    /// What happens next; several things may at once.
    pub(crate) async fn next(&mut self) -> Vec<Piece> {
        loop {
            let pieces = match self.events.recv().await {
                Some(Event::Begun { cached }) => {
                    self.ending.cached = cached;
                    continue;
                }
                Some(Event::Token(id)) => self.token(id),
                Some(Event::Done(ended)) => self.end(if ended { "stop" } else { "length" }),
                Some(Event::Failed(what)) => Err(what),
                None => Err("the model is gone".to_owned()),
            };
            match pieces {
                Ok(pieces) if pieces.is_empty() => {}
                Ok(pieces) => return pieces,
                Err(what) => return vec![Piece::Failed(what)],
            }
        }
    }

    fn token(&mut self, id: u32) -> Result<Vec<Piece>, String> {
        self.ending.tokens += 1;
        let new = self.tokens.push(self.server, id)?;
        let (text, stopped) = self.stop.push(&new);
        let mut out = self.text(&text);
        if stopped {
            // Nobody listens any more: the model drops the request.
            self.events.close();
            out.append(&mut self.finish("stop"));
        }
        Ok(out)
    }

    fn end(&mut self, reason: &'static str) -> Result<Vec<Piece>, String> {
        let rest = self.tokens.finish(self.server)?;
        let (mut text, stopped) = self.stop.push(&rest);
        if !stopped {
            text.push_str(&self.stop.finish());
        }
        let mut out = self.text(&text);
        out.append(&mut self.finish(if stopped { "stop" } else { reason }));
        Ok(out)
    }

    fn finish(&mut self, reason: &'static str) -> Vec<Piece> {
        let rest = self.parser.take().map(Stream::finish).unwrap_or_default();
        let mut out: Vec<Piece> = rest.into_iter().map(|delta| self.delta(delta)).collect();
        self.ending.reason = if self.called && reason == "stop" { "tool_calls" } else { reason };
        out.push(Piece::End(self.ending.clone()));
        out
    }

    fn text(&mut self, text: &str) -> Vec<Piece> {
        if text.is_empty() {
            return Vec::new();
        }
        self.text.push_str(text);
        match &mut self.parser {
            Some(parser) => {
                let deltas = parser.push(text);
                deltas.into_iter().map(|delta| self.delta(delta)).collect()
            }
            None => vec![Piece::Delta(Delta::Content(text.to_owned()))],
        }
    }

    /// Calls are words where no tools were offered.
    fn delta(&mut self, delta: Delta) -> Piece {
        Piece::Delta(match delta {
            Delta::Call(call) if !self.calls => Delta::Content(self.text.get(call.range).unwrap_or_default().to_owned()),
            Delta::Call(call) => {
                self.called = true;
                Delta::Call(call)
            }
            other => other,
        })
    }
}

/// A call in OpenAI's form. Its id follows from the prompt and its place, so that the same request has the same answer.
pub(crate) fn call_json(prompt: &Prompt, choice: usize, index: usize, call: &Call) -> Value {
    let bytes: Vec<u8> = prompt.ids.iter().flat_map(|id| id.to_le_bytes()).chain(format!("{choice} {index}").into_bytes()).collect();
    let id = Digest::of(&bytes).to_string();
    let id = format!("call_{}", &id[id.len() - 24..]);
    json!({"id": id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
}
