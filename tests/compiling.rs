//! Compiling in a child, and the cache, from the command line.

use crate::support::{Ran, root, wardian_with};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use wardian_format::limits::Profile;
use wardian_testkit::sample::sample;
use wardian_testkit::{Guest, Texts, component, slow_to_compile};

/// A folder with the library pack, and a cache of its own.
struct Place {
    folder: tempfile::TempDir,
    cache: String,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = folder.path().join("cache").display().to_string();
        let place = Self { folder, cache };
        let sources = root().join("packs/library").display().to_string();
        place.expect(0, &["pack", "build", &sources, "-o", "library.wasm"]);
        place
    }

    fn run(&self, args: &[&str]) -> Ran {
        wardian_with(self.folder.path(), args, &[("WARDIAN_CACHE_DIR", &self.cache)])
    }

    fn expect(&self, code: i32, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, code, "{args:?}\n{}\n{}", ran.stdout, ran.stderr);
        ran
    }

    fn call(&self) -> String {
        self.expect(0, &["pack", "call", "library.wasm", "get_member", r#"{"member_id":"M-1001"}"#]).stdout
    }

    fn stats(&self) -> Value {
        serde_json::from_str(&self.expect(0, &["cache", "stats", "--json"]).stdout).expect("JSON")
    }

    /// The entries of the cache, and what they hold.
    fn entries(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = fs::read_dir(&self.cache).expect("a folder").map(|file| file.expect("a file").path());
        let entries = files.filter(|path| path.file_name().is_some_and(|name| name.len() == 64));
        let mut entries: Vec<_> = entries.map(|path| (path.clone(), fs::read(path).expect("reads"))).collect();
        entries.sort();
        entries
    }
}

#[test]
fn a_tampered_cache_is_compiled_anew() {
    let place = Place::new();
    let first = place.call();
    let written = place.entries();
    assert_eq!(written.len(), 2, "the code of the component, and the word on the image");
    assert_eq!(place.call(), first);
    assert_eq!(place.stats()["tampered"], 0);
    for (path, bytes) in &written {
        let mut altered = bytes.clone();
        let at = altered.len() / 2;
        altered[at] ^= 1;
        fs::write(path, altered).expect("writes");
    }
    assert_eq!(place.call(), first);
    let stats = place.stats();
    assert_eq!((stats["tampered"].as_u64(), stats["entries"].as_u64()), (Some(2), Some(2)));
    assert!(place.entries() == written, "what was altered is replaced by what was there");
    assert_eq!(place.call(), first);
    assert_eq!(place.stats()["tampered"], 2, "and is good again");
    place.expect(0, &["cache", "clear"]);
    let stats = place.stats();
    assert_eq!((stats["tampered"].as_u64(), stats["entries"].as_u64()), (Some(0), Some(0)));
}

#[test]
fn without_a_place_or_with_a_public_one_there_is_no_cache() {
    let place = Place::new();
    let call = ["pack", "call", "library.wasm", "get_member", r#"{"member_id":"M-1001"}"#];
    let nowhere = wardian_with(place.folder.path(), &call, &[]);
    assert_eq!((nowhere.code, nowhere.stderr.as_str()), (0, ""));
    assert_eq!(wardian_with(place.folder.path(), &["cache", "stats"], &[]).code, 2);
    place.call();
    fs::set_permissions(&place.cache, Permissions::from_mode(0o777)).expect("changes");
    let public = place.run(&call);
    assert_eq!((public.code, public.stdout), (0, nowhere.stdout));
    assert!(public.stderr.contains("warning: ") && public.stderr.contains("its mode 777 lets others in"), "{}", public.stderr);
    let home = place.folder.path().display().to_string();
    assert_eq!(wardian_with(place.folder.path(), &call, &[("HOME", &home)]).code, 0);
    assert!(place.folder.path().join(".cache/wardian/key").is_file());
}

/// A pack of one tool with these fields in its core module.
fn pack_with(profile: Profile, fields: &str) -> Vec<u8> {
    let sample = sample();
    let mut manifest = sample.manifest;
    manifest.profile = profile;
    manifest.tools.truncate(1);
    let body = "(call $drop (local.get $db)) (call $ok (i32.const 136) (i32.const 4))";
    let component = component(&[Guest::new(&manifest.tools[0].export, body)], &Texts::default(), fields);
    let parts = wardian_pack::Parts { component, manifest, image: sample.image, policy: None, tasks: None, sources: Default::default() };
    wardian_pack::write(&parts).expect("a pack")
}

fn write(place: &Place, name: &str, bytes: &[u8]) {
    fs::write(Path::new(place.folder.path()).join(name), bytes).expect("writes");
}

#[test]
fn a_bomb_is_stopped_at_its_limit_and_the_limit_is_named() {
    let place = Place::new();
    write(&place, "bomb.wasm", &pack_with(Profile::Guest, &slow_to_compile(100)));
    let ran = place.expect(2, &["pack", "call", "bomb.wasm", "get_issue"]);
    let reason = "error: `bomb.wasm` is not an acceptable pack: component: compiling the component takes more than 10 s of CPU time";
    assert!(ran.stderr.starts_with(reason), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
}

#[test]
fn profiles_that_need_the_child_are_allowed_here() {
    let place = Place::new();
    for profile in [Profile::LanguageRuntime, Profile::Compatibility] {
        write(&place, "guest.wasm", &pack_with(profile, ""));
        let ran = place.expect(0, &["pack", "call", "guest.wasm", "get_issue", r#"{"id":1}"#]);
        assert!(ran.stdout.starts_with("true\n"), "{}", ran.stdout);
    }
}

#[test]
fn a_damaged_image_is_refused() {
    let place = Place::new();
    let good = sample();
    let mut image = good.image.clone();
    image[4096..8192].fill(0xff);
    let parts = wardian_pack::Parts {
        component: good.component,
        manifest: good.manifest,
        image,
        policy: None,
        tasks: None,
        sources: Default::default(),
    };
    write(&place, "damaged.wasm", &wardian_pack::write(&parts).expect("a pack"));
    for command in [["pack", "inspect"], ["pack", "call"]] {
        let args: Vec<&str> = command.into_iter().chain(["damaged.wasm"]).chain((command[1] == "call").then_some("get_issue")).collect();
        let ran = place.expect(2, &args);
        assert!(ran.stderr.contains("the image is damaged"), "{}", ran.stderr);
    }
}
