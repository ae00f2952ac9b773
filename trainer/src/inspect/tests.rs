use super::*;

/// `a b` learned, a control token, and a character of two tokens that is cut off.
fn shown() -> Shown {
    let text = "x<e>a\nb\u{1b}é".to_owned();
    let ranges = vec![0..1, 1..4, 4..6, 6..8, 8..10, 8..10];
    Shown {
        name: "data.jsonl:1".to_owned(),
        rendered: Rendered { text, controls: vec![(1..4, 9)], mentions: Vec::new(), turns: Vec::new() },
        encoded: Encoded {
            ids: vec![1, 9, 3, 4, 5, 6],
            learned: vec![false, false, true, true, false, false],
            ranges,
            turn_ends: vec![4],
            split: 0,
        },
        kept: 4,
    }
}

#[test]
fn cells_cover_the_text_once() {
    let shown = shown();
    let cells = shown.cells();
    let all: String = cells.iter().map(|cell| &shown.rendered.text[cell.range.clone()]).collect();
    assert_eq!(all, shown.rendered.text);
    let kinds: Vec<(Kind, bool, usize)> = cells.iter().map(|cell| (cell.kind, cell.control, cell.ids.len())).collect();
    let expected =
        [(Kind::Read, false, 1), (Kind::Read, true, 1), (Kind::Learned, false, 1), (Kind::Learned, false, 1), (Kind::Cut, false, 2)];
    assert_eq!(kinds, expected);
}

#[test]
fn terminals_are_given_no_control_characters_but_ours() {
    assert_eq!(text(&shown(), Paint::Signs), "x<e>⟦a\nb␛⟧⌫é\n");
    let colour = text(&shown(), Paint::Colour);
    assert_eq!(colour, "\u{1b}[2mx\u{1b}[0m\u{1b}[2;1m<e>\u{1b}[0m\u{1b}[32;4ma\u{1b}[0m\n\u{1b}[32mb␛\u{1b}[0m\u{1b}[2;9mé\u{1b}[0m\n");
}

#[test]
fn a_page_escapes_what_it_shows() {
    let page = page("a <title>", &crate::stats::Stats::default(), &[shown()]);
    assert!(
        page.contains("<i class=c title=\"9\">&lt;e&gt;</i><b title=\"3\">a↵\n</b><b class=\"o\" title=\"4\">b␛</b><s title=\"5 6\">é</s>"),
        "{page}"
    );
    assert!(page.contains("<title>a &lt;title&gt;</title>") && page.contains("4 tokens, 2 learned, 2 cut off"), "{page}");
    assert!(!page.contains("http"));
}
