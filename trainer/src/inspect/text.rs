//! For a terminal.

use super::{Kind, Shown, visible};

/// How learned and other tokens are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// By colour: learned ones green, every second one underlined; control tokens bold; what is cut off struck through.
    Colour,
    /// By `⟦` and `⟧` around what is learned, and `⌫` before what is cut off.
    Signs,
}

/// The conversation as text, one line behind the other.
#[must_use]
pub fn text(shown: &Shown, paint: Paint) -> String {
    let mut out = String::new();
    let mut inside = false;
    let mut cut = false;
    for (i, cell) in shown.cells().into_iter().enumerate() {
        let words = visible(&shown.rendered.text[cell.range.clone()]);
        match paint {
            Paint::Colour => {
                let bold = if cell.control { ";1" } else { "" };
                let line = if cell.kind == Kind::Learned && i % 2 == 0 { ";4" } else { "" };
                let code = match cell.kind {
                    Kind::Learned => "32",
                    Kind::Read => "2",
                    Kind::Cut => "2;9",
                };
                // Not across lines: terminals paint the rest of the line otherwise.
                for part in words.split_inclusive('\n') {
                    let (part, end) = part.strip_suffix('\n').map_or((part, ""), |part| (part, "\n"));
                    out.push_str(&if part.is_empty() { end.to_owned() } else { format!("\u{1b}[{code}{bold}{line}m{part}\u{1b}[0m{end}") });
                }
            }
            Paint::Signs => {
                let learned = cell.kind == Kind::Learned;
                if learned != inside {
                    out.push(if learned { '⟦' } else { '⟧' });
                    inside = learned;
                }
                // The end of the line behind the last turn is nothing to speak of.
                if cell.kind == Kind::Cut && !cut && !words.trim().is_empty() {
                    out.push('⌫');
                    cut = true;
                }
                out.push_str(&words);
            }
        }
    }
    if inside {
        out.push('⟧');
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}
