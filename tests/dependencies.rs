//! The dependencies that the project promises to stand on are really used, where ARCHITECTURE.md says.

use crate::support::root;
use cargo_metadata::MetadataCommand;
use std::fs;
use std::path::Path;

const PROMISED: &[&str] =
    &["wasmtime", "wasmtime-wasi", "wit-bindgen", "serde", "rusqlite", "petgraph", "tokio", "clap", "tch", "tokenizers", "sha2"];

/// The rows of the table: (dependency, crate).
fn table() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| dependency |")).skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        (cells[1].to_owned(), cells[2].to_owned())
    })
    .collect()
}

/// True where a Rust file below `folder` names the crate `identifier`.
fn is_used(folder: &Path, identifier: &str) -> bool {
    let entries = fs::read_dir(folder).expect("a source folder");
    entries.map(|entry| entry.expect("an entry").path()).any(|path| {
        if path.is_dir() {
            return is_used(&path, identifier);
        }
        let is_rust = path.extension().is_some_and(|e| e == "rs");
        is_rust && fs::read_to_string(&path).expect("a source file").contains(&format!("{identifier}::"))
    })
}

#[test]
fn every_promised_dependency_is_used_where_the_architecture_says() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().expect("cargo metadata");
    let table = table();
    for name in PROMISED {
        let (_, owner) = table.iter().find(|row| row.0 == *name).unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for `{name}`"));
        let users: Vec<&str> = {
            let has = |p: &&cargo_metadata::Package| {
                p.dependencies.iter().any(|d| d.name == *name && d.kind == cargo_metadata::DependencyKind::Normal)
            };
            metadata.packages.iter().filter(has).map(|p| p.name.as_str()).collect()
        };
        if owner == "pending" {
            assert!(users.is_empty(), "`{name}` is a dependency of {users:?} but ARCHITECTURE.md calls it pending");
            continue;
        }
        assert!(users.contains(&owner.as_str()), "`{name}` is no dependency of `{owner}` but of {users:?}");
        let package = metadata.packages.iter().find(|p| p.name.as_str() == owner).expect("the crate exists");
        let sources = package.manifest_path.parent().expect("a folder").join("src");
        assert!(is_used(sources.as_std_path(), &name.replace('-', "_")), "`{owner}` depends on `{name}` but no source file uses it");
    }
}
