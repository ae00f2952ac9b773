//! The guests that ship as components: they are what their sources give, and packs can use them.

use super::{build, load, well};
use crate::support::root;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use wardian_format::Digest;
use wardian_format::pack::Role;

/// A guest whose component lies in the repository.
struct Shipped {
    /// Its crate, from the root.
    crate_folder: &'static str,
    /// Where the component and its declarations lie, without extension.
    component: &'static str,
    /// What the component is made of, and by which toolchain.
    stated: &'static str,
}

const SHIPPED: [Shipped; 2] = [
    Shipped {
        crate_folder: "guest-tools/calculator",
        component: "guest-tools/calculator/calculator",
        stated: "guest-tools/calculator/calculator.txt",
    },
    Shipped {
        crate_folder: "packs/tau2-telecom/guests/phone",
        component: "packs/tau2-telecom/guests/phone",
        stated: "packs/tau2-telecom/guests/phone/phone.txt",
    },
];

impl Shipped {
    fn file(&self, extension: &str) -> PathBuf {
        root().join(format!("{}.{extension}", self.component))
    }

    /// SHA-256 over the paths and digests of what the component is made of. The versions of other crates are not among it: where
    /// the toolchain is there, they show in the bytes.
    fn source_digest(&self) -> Digest {
        let own = ["src", "Cargo.toml"].map(|name| format!("{}/{name}", self.crate_folder));
        let places = [own[0].as_str(), own[1].as_str(), "guest-tools/sdk/src", "wit/state.wit"];
        let mut paths: Vec<PathBuf> = places.iter().flat_map(|place| files(&root().join(place))).collect();
        paths.sort();
        let line = |path: &PathBuf| {
            let name = path.strip_prefix(root()).expect("it is inside").display();
            format!("{name} {}\n", Digest::of(&fs::read(path).expect("a file")))
        };
        Digest::of(paths.iter().map(line).collect::<String>().as_bytes())
    }

    /// What stands beside the component.
    fn says(&self, key: &str) -> String {
        let text = read(&root().join(self.stated));
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("{} has no line `{key}`", self.stated)).to_owned()
    }
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.flat_map(|entry| files(&entry.expect("an entry").path())).collect()
}

#[test]
fn components_are_what_their_sources_say() {
    for shipped in &SHIPPED {
        let hint = "WARDIAN_GOLDEN=write with the test `components_are_built_again` makes it anew";
        assert_eq!(shipped.says("sources"), shipped.source_digest().to_string(), "{} is older than its sources; {hint}", shipped.component);
        let component = fs::read(shipped.file("wasm")).expect("the component");
        assert_eq!(shipped.says("component"), Digest::of(&component).to_string(), "{}: {hint}", shipped.component);
    }
}

#[test]
fn components_are_built_again() {
    for shipped in &SHIPPED {
        let out = tempfile::tempdir().expect("a folder");
        let path = out.path().join("guest.wasm");
        let Some(built) = build(&root().join(shipped.crate_folder), &[".", "--out", path.to_str().expect("UTF-8")]) else { return };
        let toolchain = built[0]["toolchain"].as_str().expect("a toolchain");
        let bytes = fs::read(&path).expect("the component");
        if std::env::var_os("WARDIAN_GOLDEN").is_some_and(|v| v == "write") {
            let text = format!("sources: {}\ntoolchain: {toolchain}\ncomponent: {}\n", shipped.source_digest(), Digest::of(&bytes));
            fs::write(root().join(shipped.stated), text).expect("can write");
            fs::copy(&path, shipped.file("wasm")).expect("can copy");
            fs::copy(path.with_extension("sql"), shipped.file("sql")).expect("can copy");
        }
        assert_eq!(read(&path.with_extension("sql")), read(&shipped.file("sql")), "the declarations changed");
        if shipped.says("toolchain") != toolchain {
            println!("SKIPPED: {} was made by `{}`, and here is `{toolchain}`", shipped.component, shipped.says("toolchain"));
            continue;
        }
        let component = shipped.says("component");
        assert_eq!(Digest::of(&bytes).to_string(), component, "{}: the same sources and toolchain give other bytes", shipped.component);
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn packs_use_the_calculator() {
    let pack = tempfile::tempdir().expect("a folder");
    let path = pack.path();
    well(path, &["tool", "new", "--lang", "sql", "bank"]);
    let path = path.join("bank");
    fs::create_dir(path.join("guests")).expect("a folder");
    for name in ["calculator.wasm", "calculator.sql"] {
        fs::copy(root().join("guest-tools/calculator").join(name), path.join("guests").join(name)).expect("can copy");
    }
    let tested = well(&path, &["--json", "tool", "test", "."]);
    let tested: Value = serde_json::from_str(&tested.stdout).expect("JSON");
    assert_eq!((&tested["failed"], tested["examples"].as_array().map(Vec::len)), (&json!(0), Some(10)), "{tested}");
    let mut env = load(&path).env(&super::episode()).expect("an environment");
    let mut calculate = |expression: &str| {
        let record = env.call(Role::Agent, "calculate", &json!({"expression": expression})).expect("the host is fine");
        record.observation()
    };
    assert_eq!(calculate("2 ** 0.5 * 100"), json!("141.42"));
    let nested = format!("{}1{}", "(".repeat(200), ")".repeat(200));
    assert_eq!(calculate(&nested), json!("1.0"));
    assert_eq!(calculate(&format!("{}1", "-".repeat(4_095))), json!("-1.0"));
    assert_eq!(calculate("9 ** 9 ** 9")["error"]["code"], "invalid");
}

/// The packs that calculate carry the calculator as it ships.
#[test]
fn packs_carry_the_calculator_as_it_ships() {
    for pack in ["tau2-retail", "tau2-airline"] {
        for extension in ["wasm", "sql"] {
            let carried = fs::read(root().join(format!("packs/{pack}/guests/calculator.{extension}"))).expect("a file");
            assert_eq!(carried, fs::read(SHIPPED[0].file(extension)).expect("a file"), "{pack}: calculator.{extension}");
        }
    }
}
