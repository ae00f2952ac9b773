//! The tests that the packages `wit-component` and `wit-parser` carry: components as text, and WIT files. They lie
//! where cargo has unpacked the packages.

use std::fs;
use std::path::{Path, PathBuf};
use wardian_fuzz::oracles::admit::{Verdict, judge};
use wardian_fuzz::smith::wrap;
use wit_parser::Resolve;

/// The folder `tests` of a package as it was downloaded, or `None` with a printed reason.
fn tests_of(package: &str) -> Option<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let metadata = cargo_metadata::MetadataCommand::new().manifest_path(manifest).other_options(["--offline".to_owned()]).exec();
    let found = metadata.ok().and_then(|metadata| {
        let package = metadata.packages.iter().find(|found| found.name.as_str() == package)?;
        Some(package.manifest_path.parent()?.join("tests").into_std_path_buf())
    });
    match found {
        Some(folder) if folder.is_dir() => Some(folder),
        other => {
            println!("SKIPPED: the tests of `{package}` are not there ({other:?}); cargo unpacks them from the registry");
            None
        }
    }
}

/// All files below `folder` with this ending, in order.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

#[test]
fn every_component_of_wit_component() {
    let Some(folder) = tests_of("wit-component") else { return };
    let (mut components, mut modules, mut compiled) = (0, 0, 0);
    for path in files(&folder, "wat") {
        let Ok(bytes) = wat::parse_file(&path) else { continue };
        let verdict = if wasmparser::Parser::is_component(&bytes) {
            components += 1;
            judge(&bytes)
        } else {
            modules += 1;
            judge(&wrap(&bytes))
        };
        compiled += u32::from(verdict == Verdict::Compiled);
    }
    println!("wit-component: {components} components, {modules} modules, {compiled} admitted and compiled");
    assert!(components >= 80 && modules >= 80 && compiled >= 20, "{components} {modules} {compiled}");
}

#[test]
fn every_wit_file_as_a_component() {
    let (mut packages, mut refused) = (0, 0);
    for folder in ["wit-parser", "wit-component"].iter().filter_map(|package| tests_of(package)) {
        for path in files(&folder, "wit") {
            let mut resolve = Resolve { all_features: true, ..Resolve::default() };
            let text = fs::read_to_string(&path).expect("a file");
            let Ok(package) = resolve.push_str(&path, &text) else { continue };
            let Ok(bytes) = wit_component::encode(&resolve, package) else { continue };
            packages += 1;
            refused += u32::from(judge(&bytes) == Verdict::Refused);
        }
    }
    println!("WIT: {packages} packages as components, {refused} refused");
    assert!(packages == 0 || (packages >= 50 && refused * 2 > packages), "{packages} {refused}");
}
