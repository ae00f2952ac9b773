//! Tables of figures for the terminal.

use crate::ui;
use wardian_format::names::untrusted;
use wardian_rollout::stats::{Cluster, Interval};

/// Longest name of an agent, a task or a pack that is printed, in characters.
const NAME_CHARS_MAX: usize = 60;

/// Which end of a column is straight.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows with straight columns, indented, two spaces between them.
pub(crate) fn table(rows: &[Vec<String>], aligns: &[Align]) -> String {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..aligns.len()).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(aligns).zip(&widths).map(|((cell, align), width)| match align {
            Align::Left => format!("{cell:<width$}"),
            Align::Right => format!("{cell:>width$}"),
        });
        out.push_str(&format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end()));
    }
    out
}

/// Decimals of the intervals of one table: as many as the narrowest needs.
pub(crate) fn decimals<'a>(intervals: impl Iterator<Item = &'a Interval>) -> usize {
    if intervals.map(|of| of.high - of.low).fold(1.0, f64::min) < 0.05 { 3 } else { 2 }
}

/// `0.53 [0.41, 0.64]`
pub(crate) fn interval(of: &Interval, decimals: usize) -> String {
    format!("{:.decimals$} [{:.decimals$}, {:.decimals$}]", of.value, of.low, of.high)
}

/// `+0.12 [-0.03, +0.27]`
pub(crate) fn signed(of: &Interval, decimals: usize) -> String {
    format!("{} [{}, {}]", plus(of.value, decimals), plus(of.low, decimals), plus(of.high, decimals))
}

/// `+0.12`; what rounds to nothing has no sign.
pub(crate) fn plus(value: f64, decimals: usize) -> String {
    let text = format!("{value:+.decimals$}");
    if text[1..].bytes().all(|b| matches!(b, b'0' | b'.')) { text[1..].to_owned() } else { text }
}

/// A chance that may be small: `0.0312`, `< 0.0001`.
pub(crate) fn chance(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// `1 task`, `1,200 tasks`
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", ui::count(count), if count == 1 { "" } else { "s" })
}

/// A name that came out of a file.
pub(crate) fn name(text: &str) -> String {
    untrusted(text, NAME_CHARS_MAX)
}

/// What the units of the intervals are, in words.
pub(crate) fn units(cluster: Cluster) -> &'static str {
    match cluster {
        Cluster::Task => "tasks as units",
        Cluster::Pack => "packs as units",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_straight_for_all_alphabets() {
        let rows: Vec<Vec<String>> = [["näme", "n"], ["x", "1,000"]].map(|row| row.map(str::to_owned).to_vec()).to_vec();
        assert_eq!(table(&rows, &[Align::Left, Align::Right]), "  näme      n\n  x     1,000\n");
    }

    #[test]
    fn signs_are_shown_where_there_is_one() {
        assert_eq!([plus(0.125, 2), plus(-0.5, 2), plus(-0.0001, 2), plus(0.0, 3)], ["+0.12", "-0.50", "0.00", "0.000"]);
        assert_eq!((chance(0.00002).as_str(), chance(0.03125).as_str()), ("< 0.0001", "0.0312"));
    }
}
