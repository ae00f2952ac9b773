//! Tokens to look at: what is learned and what is not, as text and as a page.

mod html;
mod text;

pub use html::page;
pub use text::{Paint, text};

use crate::chat::{Encoded, Rendered};
use std::ops::Range;

/// One conversation, ready to be shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Where it comes from: file and row.
    pub name: String,
    /// Its text.
    pub rendered: Rendered,
    /// Its tokens.
    pub encoded: Encoded,
    /// Tokens that are trained on; those behind are cut off.
    pub kept: usize,
}

/// Why a token looks as it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The loss counts.
    Learned,
    /// It is only read.
    Read,
    /// It is cut off.
    Cut,
}

/// Tokens that cover the same characters: mostly one, several where a character has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Their bytes of the text.
    pub range: Range<usize>,
    /// Their ids.
    pub ids: Vec<u32>,
    /// Why they look as they do.
    pub kind: Kind,
    /// Whether the template wrote a control token here.
    pub control: bool,
}

impl Shown {
    /// The tokens from left to right; together they cover the whole text.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let mut out: Vec<Cell> = Vec::new();
        let mut controls = self.rendered.controls.iter().peekable();
        for (i, range) in self.encoded.ranges.iter().enumerate() {
            let kind = match self.encoded.learned[i] {
                _ if i >= self.kept => Kind::Cut,
                true => Kind::Learned,
                false => Kind::Read,
            };
            while controls.next_if(|(control, _)| control.end <= range.start).is_some() {}
            let control = controls.peek().is_some_and(|(control, _)| control == range);
            let at = out.last().map_or(0, |cell| cell.range.end);
            match out.last_mut() {
                // A piece of the character before.
                Some(last) if range.end <= at => last.ids.push(self.encoded.ids[i]),
                _ => out.push(Cell { range: at..range.end, ids: vec![self.encoded.ids[i]], kind, control }),
            }
        }
        if let Some(last) = out.last_mut() {
            last.range.end = self.rendered.text.len();
        }
        out
    }
}

/// Control characters as pictures of themselves, so that no terminal obeys them; lines and tabs stay.
fn visible(text: &str) -> String {
    let one = |c: char| match c {
        '\n' | '\t' => c,
        '\u{7f}' => '\u{2421}',
        c if u32::from(c) < 0x20 => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        c if c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests;
