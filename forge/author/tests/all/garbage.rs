//! Answers that nobody asked for: they cost nothing but themselves.

use crate::shop::{Asked, Shop, good};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wardian_format::Rng;
use wardian_materialize::{Rechecked, Relation};

#[test]
fn chatter_leaves_the_rules_world() {
    let shop = Shop::new(true);
    for text in [
        "",
        "What a nice shop!",
        "{",
        "[1, 2]",
        "{\"relations\": 7, \"tools\": {}, \"columns\": \"x\", \"service\": 1}",
        "\u{0}{\u{0}}",
        "{\"a\": 1, \"a\": 2}",
    ] {
        let (made, asked) = shop.authored(&|_, _| Ok(text.to_owned()));
        let author = made.report.author.as_ref().expect("the author reports");
        assert!(made.pack == shop.made.pack && author.accepted.is_empty() && !author.refused.is_empty(), "{text}: {author:#?}");
        assert_eq!((asked.len(), author.repairs), (12, 8), "{text}: three times each of four questions");
    }
}

/// Somewhere in `value` another value, by `rng`.
fn spoilt(value: &mut Value, rng: &mut Rng) {
    let strange = [
        json!(null),
        json!(-1),
        json!(""),
        json!("orders"),
        json!({}),
        json!([]),
        json!("'; DROP TABLE orders; --"),
        json!("{\"order_id\": 1}"),
    ];
    let is_leaf = rng.chance(25);
    match value {
        Value::Array(items) if !items.is_empty() && !is_leaf => {
            let at = rng.below(items.len());
            match rng.below(6) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                _ => spoilt(&mut items[at], rng),
            }
        }
        Value::Object(map) if !map.is_empty() && !is_leaf => {
            let at = rng.below(map.len());
            if let Some(member) = map.values_mut().nth(at) {
                spoilt(member, rng);
            }
        }
        Value::String(text) if !text.is_empty() && !is_leaf => {
            let mut chars: Vec<char> = text.chars().collect();
            let at = rng.below(chars.len());
            match rng.below(3) {
                0 => chars.truncate(at),
                1 => drop(chars.remove(at)),
                _ => chars.swap(at, 0),
            }
            *text = chars.into_iter().collect();
        }
        other => *other = rng.pick(&strange).cloned().unwrap_or_default(),
    }
}

/// Whatever an answer is, no tool of the rules is lost, and every tool that the report tells of passes.
#[test]
fn spoilt_answers_never_cost_a_tool() {
    let shop = Shop::new(true);
    let names: BTreeSet<String> = shop.made.report.examples.iter().map(|example| example.tool.clone()).collect();
    let mut taken = 0;
    for seed in 0..12 {
        let script = |asked: &Asked, round: usize| {
            let mut rng = Rng::of(seed, &["spoilt", &asked.kind, &round.to_string()]);
            let mut answer = good(asked);
            (0..1 + rng.below(2)).for_each(|_| spoilt(&mut answer, &mut rng));
            Ok(answer.to_string())
        };
        let (made, _) = shop.authored(&script);
        let author = made.report.author.as_ref().expect("the author reports");
        taken += author.accepted.len();
        assert!(author.after >= author.before, "seed {seed}: {author:#?}");
        let sources = made.sources.as_ref().expect("there is a world");
        let pack = shop.runtime.load(made.pack.clone().expect("a pack"), "shop").expect("it loads");
        let relation = |name: &str| {
            let (place, target) = name.split_once(" → ").expect("a relation");
            let (table, column) = place.split_once('.').expect("a column");
            Relation { table: table.to_owned(), column: column.to_owned(), target: target.to_owned() }
        };
        let pieces = author.accepted.iter().filter(|piece| piece.kind == "relation");
        let relations: Vec<Relation> = pieces.map(|piece| relation(&piece.name)).collect();
        let again: Vec<Rechecked> = shop.rules.check(sources, &pack, &names, &relations).expect("the host works");
        let found: BTreeSet<String> = again.iter().filter(|tool| tool.found.is_ok()).map(|tool| tool.tool.clone()).collect();
        assert_eq!(found, names, "seed {seed}");
        assert_eq!(pack.manifest().tools.len(), made.report.examples.len(), "seed {seed}: a tool that nothing checked");
        let compiled = wardian_compiler::compile_pack(sources, wardian_compiler::Validation::Checked).expect("the sources compile");
        assert_eq!(compiled.parts.manifest.tools.len(), pack.manifest().tools.len(), "seed {seed}");
    }
    assert!(taken > 10, "the answers are so spoilt that the test shows nothing: {taken}");
}
