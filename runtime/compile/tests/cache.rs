//! The cache loads what it wrote, and nothing else.
#![expect(clippy::disallowed_methods, reason = "these tests spoil files")]

use crate::small;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use wardian_compile::{CacheError, CacheOptions, Cached, Counts, Folder};
use wardian_format::limits::Profile;
use wardian_sandbox::{Code, Compile, Engine, InProcess, SandboxError};
use wardian_testkit::{Guest, Texts, component};

/// Compiles in this process and counts how often.
#[derive(Default)]
struct Counting(AtomicU64);

impl Compile for Counting {
    fn compile(&self, engine: &Engine, component: &[u8], profile: Profile) -> Result<Code, SandboxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        InProcess.compile(engine, component, profile)
    }

    fn check_image(&self, image: &[u8], _: &[String], _: Profile) -> Result<(), SandboxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        if image == b"sound" { Ok(()) } else { Err(SandboxError::Refused("not sound".to_owned())) }
    }
}

/// A clock that moves on by a second whenever it is read.
fn clock() -> SystemTime {
    static NOW: AtomicU64 = AtomicU64::new(4_000_000_000);
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.fetch_add(1, Ordering::Relaxed))
}

fn options(path: &Path, bytes_max: u64) -> CacheOptions {
    CacheOptions { path: path.to_owned(), bytes_max, now: clock }
}

fn folder(path: &Path) -> Folder {
    Folder::open(options(path, 64 << 20)).expect("opens")
}

/// A cache as another process would open it.
fn cached(path: &Path) -> Cached<Counting> {
    Cached::new(Counting::default(), folder(path))
}

fn entries(path: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(path).expect("a folder").map(|file| file.expect("a file").path());
    let mut entries: Vec<PathBuf> = files.filter(|path| path.file_name().is_some_and(|name| name.len() == 64)).collect();
    entries.sort();
    entries
}

fn other() -> Vec<u8> {
    component(&[Guest::new("other", crate::BODY)], &Texts::default(), "")
}

/// Compiles `component` with a cache that has just been opened, and gives the counts.
fn counts(path: &Path, engine: &Engine, component: &[u8]) -> Counts {
    let cache = cached(path);
    cache.compile(engine, component, Profile::Sql).expect("compiles");
    cache.counts()
}

const HIT: Counts = Counts { hits: 1, misses: 0, tampered: 0 };
const MISS: Counts = Counts { hits: 0, misses: 1, tampered: 0 };
const TAMPERED: Counts = Counts { hits: 0, misses: 1, tampered: 1 };

#[test]
fn code_is_found_by_component_and_profile() {
    let home = tempfile::tempdir().expect("a folder");
    let (path, engine) = (home.path().join("a/b"), Engine::new().expect("starts"));
    assert_eq!(counts(&path, &engine, &small()), MISS);
    assert_eq!(counts(&path, &engine, &small()), HIT);
    assert_eq!(counts(&path, &engine, &other()), MISS);
    let cache = cached(&path);
    cache.compile(&engine, &small(), Profile::Guest).expect("compiles");
    assert_eq!(cache.counts(), MISS, "another profile is another entry");
    let usage = cache.folder().usage().expect("listed");
    assert_eq!((usage.entries, usage.tampered), (3, 0));
    assert!(usage.bytes > 3 * 1_000 && usage.bytes < usage.bytes_max);
    assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o700);
    assert!(fs::read_dir(&path).expect("a folder").all(|f| f.expect("a file").metadata().expect("there").mode() & 0o077 == 0));
}

#[test]
fn altered_cut_and_renamed_entries_are_compiled_anew_and_replaced() {
    let home = tempfile::tempdir().expect("a folder");
    let (path, engine) = (home.path(), Engine::new().expect("starts"));
    counts(path, &engine, &other());
    let of_other = entries(path).remove(0);
    counts(path, &engine, &small());
    let entry = entries(path).into_iter().find(|entry| *entry != of_other).expect("two entries");
    let good = fs::read(&entry).expect("reads");
    let spoil: [&dyn Fn(); 4] = [
        &|| flip(&entry, good.len() / 2),
        &|| fs::write(&entry, &good[..good.len() - 1]).expect("writes"),
        &|| fs::write(&entry, b"").expect("writes"),
        &|| fs::copy(&of_other, &entry).map(|_| ()).expect("copies"),
    ];
    for (i, spoil) in spoil.iter().enumerate() {
        spoil();
        assert_eq!(counts(path, &engine, &small()), TAMPERED, "case {i}");
        assert_eq!(counts(path, &engine, &small()), HIT, "case {i}: replaced");
        assert_eq!(folder(path).usage().expect("listed").tampered, i as u64 + 1);
    }
    assert_eq!(counts(path, &engine, &other()), HIT, "its neighbour was left alone");
    folder(path).clear().expect("cleared");
    assert_eq!((entries(path).len(), folder(path).usage().expect("listed").tampered), (0, 0));
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("reads");
    bytes[at] ^= 1;
    fs::write(path, bytes).expect("writes");
}

#[test]
fn entries_of_another_folder_are_worth_nothing() {
    let (mine, theirs) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let engine = Engine::new().expect("starts");
    counts(theirs.path(), &engine, &small());
    folder(mine.path());
    let entry = entries(theirs.path()).remove(0);
    fs::copy(&entry, mine.path().join(entry.file_name().expect("a name"))).expect("copies");
    assert_eq!(counts(mine.path(), &engine, &small()), TAMPERED);
}

#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path();
    folder(path);
    for mode in [0o770, 0o702, 0o777] {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("changes");
        let refused = Folder::open(options(path, 1)).expect_err("refused");
        assert!(matches!(&refused, CacheError::NotPrivate { reason, .. } if reason.contains("lets others in")), "{refused}");
    }
    fs::set_permissions(path, Permissions::from_mode(0o755)).expect("changes");
    folder(path);
    let key = path.join("key");
    fs::set_permissions(&key, Permissions::from_mode(0o640)).expect("changes");
    assert!(matches!(Folder::open(options(path, 1)), Err(CacheError::NotPrivate { .. })), "a key that others read is no key");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("changes");
    fs::write(&key, b"short").expect("writes");
    assert!(Folder::open(options(path, 1)).expect_err("refused").to_string().contains("5 bytes instead of 32"));
    let file = home.path().join("file");
    fs::write(&file, b"").expect("writes");
    assert!(matches!(Folder::open(options(&file, 1)), Err(CacheError::Io { .. })));
}

#[test]
fn the_least_recently_used_goes_first() {
    let home = tempfile::tempdir().expect("a folder");
    let (path, engine) = (home.path(), Engine::new().expect("starts"));
    let tool = |i: usize| component(&[Guest::new(&format!("tool-{i}"), crate::BODY)], &Texts::default(), "");
    counts(path, &engine, &tool(0));
    let bytes = folder(path).usage().expect("listed").bytes;
    let room_for_three = || Cached::new(Counting::default(), Folder::open(options(path, bytes * 7 / 2)).expect("opens"));
    let use_it = |i: usize| {
        let cache = room_for_three();
        cache.compile(&engine, &tool(i), Profile::Sql).expect("compiles");
        cache.counts().misses == 0
    };
    assert!(use_it(0) && !use_it(1) && !use_it(2), "the first was there already");
    assert!(use_it(0), "and is now the last one used");
    assert!(!use_it(3), "which makes four");
    assert!(use_it(0) && use_it(2) && use_it(3), "so the second went");
    let usage = room_for_three().folder().usage().expect("listed");
    assert_eq!(usage.entries, 3);
    assert!(usage.bytes <= usage.bytes_max);
    let tiny = Cached::new(Counting::default(), Folder::open(options(path, 100)).expect("opens"));
    tiny.compile(&engine, &tool(9), Profile::Sql).expect("compiles without a place to keep it");
}

#[test]
fn the_word_on_an_image_is_kept_and_only_the_good_word() {
    let home = tempfile::tempdir().expect("a folder");
    let cache = cached(home.path());
    let check = |image: &[u8], ungraded: &str| cache.check_image(image, &[ungraded.to_owned()], Profile::Sql).is_ok();
    assert!(check(b"sound", "a") && check(b"sound", "a") && check(b"sound", "b"));
    assert_eq!(cache.counts(), Counts { hits: 1, misses: 2, tampered: 0 });
    assert!(!check(b"hostile", "a") && !check(b"hostile", "a"));
    assert_eq!(cache.counts().hits, 1);
}

#[test]
fn processes_may_share_a_folder_from_its_first_moment() {
    let home = tempfile::tempdir().expect("a folder");
    let (path, engine) = (home.path().join("cache"), Engine::new().expect("starts"));
    std::thread::scope(|scope| {
        for i in 0..8 {
            let (path, engine) = (&path, &engine);
            scope.spawn(move || {
                let cache = cached(path);
                for _ in 0..4 {
                    cache.compile(engine, &if i % 2 == 0 { small() } else { other() }, Profile::Sql).expect("compiles");
                }
                assert_eq!(cache.counts().tampered, 0);
            });
        }
    });
    assert_eq!((counts(&path, &engine, &small()), counts(&path, &engine, &other())), (HIT, HIT));
    assert_eq!(folder(&path).usage().expect("listed").entries, 2, "and no unfinished file is left");
}
