//! The corpus of hostile packs, tools, statements and arguments: `tests/hostile/`, a file a case.
//!
//! After each case: nothing panicked, the outcome is the one that the file states, the state and its digest are what
//! they were, the next good call works on the same environment, memory stayed within the bound in the file, and it
//! all ended.

mod assemble;
mod case;
pub(crate) mod meter;
mod play;

use crate::support::root;
use case::{Case, Class};
use play::Lab;
use std::collections::BTreeSet;
use std::fs;
use std::sync::{Mutex, PoisonError};

/// Fewest cases that the corpus has.
const CASES_MIN: usize = 80;

/// Cases are measured, so one runs at a time in a process.
static ALONE: Mutex<()> = Mutex::new(());

/// All cases, with the names of their files, in order.
fn corpus() -> Vec<(String, Case)> {
    let folder = root().join("tests/hostile");
    let entries = fs::read_dir(&folder).expect("tests/hostile");
    let mut names: Vec<String> = entries.map(|entry| entry.expect("an entry").file_name().display().to_string()).collect();
    names.retain(|name| name.ends_with(".toml"));
    names.sort();
    let read = |name: String| {
        let text = fs::read_to_string(folder.join(&name)).expect("a case");
        let case = toml::from_str(&text).unwrap_or_else(|error| panic!("tests/hostile/{name}: {error}"));
        (name, case)
    };
    names.into_iter().map(read).collect()
}

/// Plays the cases of `class`; `WARDIAN_HOSTILE` chooses those whose names contain it.
fn play(class: Class) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let chosen = std::env::var("WARDIAN_HOSTILE").unwrap_or_default();
    let lab = Lab::new();
    let mut failures = Vec::new();
    for (name, case) in corpus().into_iter().filter(|(name, case)| case.class == class && name.contains(&chosen)) {
        let title = case.title.clone();
        println!("{name}");
        if let Err(error) = lab.play(case) {
            failures.push(format!("tests/hostile/{name} ({title}):\n  {error}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

macro_rules! classes {
    ($($name:ident: $class:ident,)*) => {
        /// Every class has its test.
        const CLASSES: &[Class] = &[$(Class::$class),*];
        $(
            #[test]
            fn $name() {
                play(Class::$class);
            }
        )*
    };
}

classes! {
    endless_loops: EndlessLoops,
    memory: Memory,
    recursion: Recursion,
    host_calls: HostCalls,
    strings: Strings,
    handles: Handles,
    sql_bombs: SqlBombs,
    forbidden_sql: ForbiddenSql,
    transactions: Transactions,
    text: Text,
    traps: Traps,
    malformed: Malformed,
    imports: Imports,
    features: Features,
    compile_bombs: CompileBombs,
    sections: Sections,
    manifests: Manifests,
    determinism: Determinism,
    leaks: Leaks,
    images: Images,
    schemas: Schemas,
    arguments: Arguments,
}

#[test]
fn the_corpus_is_complete() {
    let corpus = corpus();
    assert!(corpus.len() >= CASES_MIN, "{} cases; at least {CASES_MIN} are promised", corpus.len());
    let numbers: BTreeSet<&str> = corpus.iter().filter_map(|(name, _)| name.get(..3)).collect();
    assert_eq!(numbers.len(), corpus.len(), "each case has a number of its own");
    for class in CLASSES {
        let n = corpus.iter().filter(|(_, case)| case.class == *class).count();
        assert!(n >= 2, "class {class:?} has {n} cases");
    }
}
