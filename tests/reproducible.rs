//! Equal sources give equal bytes, whatever the order, the folder, the thread; and the layout of the sources does not matter.

use crate::random::{seeds, tools, with_seed};
use crate::support::{expect, root};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use wardian_compiler::{Compiled, Sources, Validation, compile_pack, format};
use wardian_format::rng::Rng;

fn library() -> Vec<(String, String)> {
    wardian_testkit::text_files(&root().join("packs/library"))
}

fn compiled(sources: &Sources) -> Compiled {
    compile_pack(sources, Validation::Trusted).unwrap_or_else(|error| panic!("{error}"))
}

fn bytes(sources: &Sources) -> Vec<u8> {
    wardian_pack::write(&compiled(sources).parts).expect("the pack can be written")
}

#[test]
fn the_order_in_which_files_come_does_not_matter() {
    let mut files = library();
    let expected = bytes(&Sources::from(files.iter().cloned().collect::<BTreeMap<_, _>>()));
    for seed in 1..=8 {
        Rng::of(seed, &["order of files"]).shuffle(&mut files);
        let mut sources = Sources::new();
        files.iter().for_each(|(path, text)| sources.insert(path.clone(), text.clone()));
        assert_eq!(bytes(&sources), expected, "seed {seed}");
    }
}

#[test]
fn threads_do_not_matter() {
    let packs: Vec<Sources> = (1..=6).map(tools::sources).chain([library().into_iter().collect::<BTreeMap<_, _>>().into()]).collect();
    let alone: Vec<Vec<u8>> = packs.iter().map(bytes).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(8).build().expect("a pool");
    let together: Vec<Vec<u8>> = pool.install(|| (0..4 * packs.len()).into_par_iter().map(|i| bytes(&packs[i % packs.len()])).collect());
    for (i, pack) in together.iter().enumerate() {
        assert_eq!(*pack, alone[i % alone.len()], "pack {i}");
    }
}

/// `wardian pack build` from folders of other names, one of them the working folder, files written in other orders.
#[test]
fn folders_do_not_matter() {
    let place = tempfile::tempdir().expect("a folder");
    let mut files = library();
    let mut packs = Vec::new();
    for (i, name) in ["here", "some where/else"].into_iter().enumerate() {
        let folder = place.path().join(name);
        files.reverse();
        for (path, text) in &files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("can make the folder");
            fs::write(path, text).expect("can write");
        }
        let out = place.path().join(format!("{i}.wasm")).display().to_string();
        let (working, sources) = if i == 0 { (folder.as_path(), ".".to_owned()) } else { (place.path(), folder.display().to_string()) };
        expect(working, 0, &["pack", "build", &sources, "-o", &out]);
        packs.push(fs::read(out).expect("a pack"));
    }
    assert_eq!(packs[0], packs[1]);
    assert_eq!(packs[0], bytes(&Sources::from(library().into_iter().collect::<BTreeMap<_, _>>())), "and by the library");
}

/// The pack of `sources` in another layout: all but the embedded sources must be the same, bytes included.
fn same_in_another_layout(what: &str, sources: &Sources, layout: impl Fn(&str) -> String) {
    let mut other = sources.clone();
    let paths: Vec<String> = sources.tool_paths().map(str::to_owned).collect();
    paths.iter().for_each(|path| other.insert(path.clone(), layout(&sources.texts[path])));
    let (expected, actual) = (compiled(sources).parts, compiled(&other).parts);
    assert_eq!(actual.component, expected.component, "{what}: the component");
    assert_eq!(actual.image, expected.image, "{what}: the image");
    assert_eq!(actual.manifest, expected.manifest, "{what}: the manifest");
}

/// Lines with other indents and blanks where they do not count, as a hasty author leaves them.
fn untidy(text: &str, rng: &mut Rng) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = match line.strip_prefix("-- @") {
            Some(annotation) if rng.chance(40) => format!("--{}@{}", ["", "  ", "\t"][rng.below(3)], annotation.replacen(' ', "   ", 1)),
            _ => line.to_owned(),
        };
        out += &line;
        out += ["", " ", "\t  "][rng.below(3)];
        out += if rng.chance(10) && !line.starts_with("--") { "\n\n\n" } else { "\n" };
    }
    out
}

fn formats_well(what: &str, sources: &Sources) {
    for path in sources.tool_paths() {
        let once = format(&sources.texts[path]);
        assert_eq!(format(&once), once, "{what}: `{path}` formatted twice");
    }
    same_in_another_layout(what, sources, format);
}

/// Every folder of sources in the project.
#[test]
fn formatting_the_packs_of_the_project_changes_no_byte_of_code() {
    for name in wardian_packs::names() {
        formats_well(name, &wardian_packs::sources(name).expect("it ships"));
    }
}

#[test]
fn formatting_random_tools_changes_no_byte_of_code() {
    let one = |seed: u64| {
        with_seed(seed, |seed| {
            let sources = tools::sources(seed);
            formats_well("random tools", &sources);
            let mut hasty = sources.clone();
            hasty.insert("tools.sql", untidy(&sources.texts["tools.sql"], &mut Rng::of(seed, &["untidy"])));
            assert_eq!(compiled(&hasty).parts.component, compiled(&sources).parts.component, "untidy");
            formats_well("random tools, untidy", &hasty);
        });
    };
    seeds(24).into_par_iter().for_each(one);
}
