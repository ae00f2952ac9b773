//! Limits of a report, in one place. The page says what they cut.

pub(crate) use wardian_format::number::grouped;

/// Largest page, in bytes of UTF-8.
pub const PAGE_BYTES_MAX: usize = 3_000_000;
/// Most episodes on a page.
pub const EPISODES_MAX: usize = 40;

/// Most lines in one list inside a table cell: tools, tables, tools left out.
pub(crate) const LIST_MAX: usize = 40;
/// Most stages, versions, commands, agents, reasons of one stage.
pub(crate) const ROWS_MAX: usize = 24;

/// Characters of a name: a tool, a table, a column, an agent.
pub(crate) const NAME_CHARS_MAX: usize = 80;
/// Characters of an id, a title or a place.
pub(crate) const ID_CHARS_MAX: usize = 160;
/// Characters of a sentence: a reason, a description in a list.
pub(crate) const SENTENCE_CHARS_MAX: usize = 300;
/// Characters of a JSON document that is shown.
pub(crate) const JSON_CHARS_MAX: usize = 3_200;

/// The limits that give way when a page would be too large all the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Tools drawn and described.
    pub(crate) tools_max: usize,
    /// Edges drawn and explained.
    pub(crate) edges_max: usize,
    /// Domains drawn and listed.
    pub(crate) domains_max: usize,
    /// Packs in the table.
    pub(crate) packs_max: usize,
    /// Bytes for what the page knows of tools.
    pub(crate) tools_bytes_max: usize,
    /// Bytes for what the page knows of domains.
    pub(crate) domains_bytes_max: usize,
    /// Bytes for edges.
    pub(crate) edges_bytes_max: usize,
    /// Bytes for episodes.
    pub(crate) episodes_bytes_max: usize,
    /// Bytes for rows of the pack table.
    pub(crate) packs_bytes_max: usize,
}

impl Bounds {
    /// `percent` of the usual limits.
    pub(crate) fn scaled(percent: usize) -> Self {
        let of = |full: usize| full * percent / 100;
        Self {
            tools_max: of(1_500),
            edges_max: of(5_000),
            domains_max: of(300),
            packs_max: of(150),
            tools_bytes_max: of(900_000),
            domains_bytes_max: of(350_000),
            edges_bytes_max: of(350_000),
            episodes_bytes_max: of(850_000),
            packs_bytes_max: of(250_000),
        }
    }
}

/// How much is told of one episode.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Telling {
    /// Messages, calls and steps of the plan, each.
    pub(crate) steps_max: usize,
    /// Characters of a message.
    pub(crate) message_chars_max: usize,
    /// Characters of a JSON document.
    pub(crate) json_chars_max: usize,
    /// Characters of a database value.
    pub(crate) value_chars_max: usize,
    /// Rows of one state difference.
    pub(crate) rows_max: usize,
    /// Cells of one row of a difference.
    pub(crate) cells_max: usize,
}

impl Telling {
    /// From the full story to the shortest; the first that fits is taken.
    pub(crate) const LEVELS: [Self; 4] = [
        Self { steps_max: 100, message_chars_max: 2_400, json_chars_max: 3_200, value_chars_max: 200, rows_max: 30, cells_max: 30 },
        Self { steps_max: 60, message_chars_max: 800, json_chars_max: 1_200, value_chars_max: 80, rows_max: 8, cells_max: 12 },
        Self { steps_max: 40, message_chars_max: 300, json_chars_max: 400, value_chars_max: 40, rows_max: 3, cells_max: 6 },
        Self { steps_max: 15, message_chars_max: 100, json_chars_max: 100, value_chars_max: 20, rows_max: 2, cells_max: 3 },
    ];
}

/// What was left out of a page, for people: one sentence each, in order.
#[derive(Debug, Default)]
pub(crate) struct Cuts(pub(crate) Vec<String>);

impl Cuts {
    /// Notes that only `shown` of `all` things are on the page; says nothing where all are.
    pub(crate) fn count(&mut self, what: &str, shown: usize, all: usize) {
        if shown < all {
            self.0.push(format!("{what}: {} of {} are shown.", grouped(shown), grouped(all)));
        }
    }

    /// Notes `sentence`.
    pub(crate) fn say(&mut self, sentence: String) {
        self.0.push(sentence);
    }
}

/// `grouped(n)` and the noun, in singular or plural: `1 pack`, `2,300 tools`.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(n)) }
}

/// Bytes for people: `812 B`, `14.2 kB`, `3.1 MB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// Seconds for people: `0.04 s`, `12.3 s`, `3 min 20 s`.
pub(crate) fn duration(seconds: f64) -> String {
    let seconds = sane(seconds);
    match seconds {
        s if s < 1.0 => format!("{s:.2} s"),
        s if s < 120.0 => format!("{s:.1} s"),
        s => format!("{} min {} s", s as u64 / 60, s as u64 % 60),
    }
}

/// `seconds`, or 0 where it is no duration.
pub(crate) fn sane(seconds: f64) -> f64 {
    if seconds.is_finite() && seconds > 0.0 { seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_for_people() {
        assert_eq!((grouped(0), grouped(999), grouped(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
        assert_eq!((counted(1, "pack"), counted(2300, "tool")), ("1 pack".into(), "2,300 tools".into()));
        assert_eq!((size(812), size(14_230), size(3_100_000)), ("812 B".into(), "14.2 kB".into(), "3.1 MB".into()));
        assert_eq!((duration(0.04), duration(12.34), duration(200.9)), ("0.04 s".into(), "12.3 s".into(), "3 min 20 s".into()));
        assert_eq!(duration(f64::NAN), "0.00 s");
    }
}
