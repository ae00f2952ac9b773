//! The cache: what was embedded is not embedded again, whatever happened to the file or the processes that wrote it.
#![expect(clippy::disallowed_methods, reason = "these tests spoil files")]

use std::cell::RefCell;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use wardian_embed::{Cache, EmbedError, Embedder, Embeddings, embed_all, list};
use wardian_format::Digest;

const DIMENSIONS: usize = 6;

/// Vectors from digests of texts; remembers what it was asked, and may differ by `salt` as another processor would.
struct Hashing {
    model: String,
    salt: u8,
    asked: RefCell<Vec<String>>,
    refuse: Option<String>,
}

impl Hashing {
    fn new(salt: u8) -> Self {
        Self { model: "hashing".to_owned(), salt, asked: RefCell::default(), refuse: None }
    }

    fn asked(&self) -> usize {
        self.asked.take().len()
    }
}

impl Embedder for Hashing {
    fn model(&self) -> &str {
        &self.model
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        if let Some(index) = texts.iter().position(|text| Some(text) == self.refuse.as_ref()) {
            return Err(EmbedError::Text { index, reason: "no".to_owned() });
        }
        self.asked.borrow_mut().extend(texts.iter().cloned());
        let vector = |text: &String| {
            let digest = Digest::of(&[text.as_bytes(), &[self.salt]].concat()).0;
            digest[..DIMENSIONS].iter().map(|&x| f32::from(x) - 127.5).collect()
        };
        Ok(texts.iter().map(vector).collect())
    }
}

fn texts(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|i| format!("text {i}")).collect()
}

fn open(folder: &Path) -> Cache {
    Cache::open(folder, "hashing", DIMENSIONS).expect("a cache")
}

fn embed(embedder: &Hashing, cache: &mut Cache, texts: &[String]) -> Embeddings {
    embed_all(embedder, cache, texts, &mut |_, _| ()).expect("embeddings")
}

#[test]
fn a_text_is_embedded_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let embedder = Hashing::new(0);
    let twice = [texts(0..1500), texts(0..1500)].concat();
    let mut seen = Vec::new();
    let first = embed_all(&embedder, &mut open(folder.path()), &twice, &mut |done, all| seen.push((done, all))).expect("embeddings");
    assert_eq!(seen, [(0, 1500), (1024, 1500), (1500, 1500)]);
    assert_eq!((embedder.asked(), first.len()), (1500, 3000));
    assert_eq!(first.row(7), first.row(1507));
    let mut cache = open(folder.path());
    assert_eq!((cache.len(), cache.damaged()), (1500, 0));
    assert_eq!(embed(&embedder, &mut cache, &twice), first);
    assert_eq!(embedder.asked(), 0);
    let memory = embed(&embedder, &mut Cache::in_memory("hashing", DIMENSIONS).expect("a cache"), &twice);
    assert_eq!(memory, first);
}

#[test]
fn the_digest_is_of_the_set_of_entries_used() {
    let embedder = Hashing::new(0);
    let mut cache = Cache::in_memory("hashing", DIMENSIONS).expect("a cache");
    let forward = embed(&embedder, &mut cache, &texts(0..20));
    let backward: Vec<String> = texts(0..20).into_iter().rev().chain(texts(3..5)).collect();
    assert_eq!(embed(&embedder, &mut cache, &backward).digest(), forward.digest());
    assert_ne!(embed(&embedder, &mut cache, &texts(0..19)).digest(), forward.digest());
    let other = embed(&Hashing::new(1), &mut Cache::in_memory("hashing", DIMENSIONS).expect("a cache"), &texts(0..20));
    assert_ne!(other.digest(), forward.digest());
    assert_eq!(forward.digest().to_string(), "7ffef3a6cca0aff224c1efbe9b5fb3d39484453a99072cc9e9b5ee4c17367b3b");
}

#[test]
fn a_file_that_was_cut_anywhere_is_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let embedder = Hashing::new(0);
    let want = embed(&embedder, &mut open(folder.path()), &texts(0..4));
    let path = open(folder.path()).path().expect("a file").to_owned();
    let whole = fs::read(&path).expect("the file");
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).expect("a cut file");
        embedder.asked();
        assert_eq!(embed(&embedder, &mut open(folder.path()), &texts(0..4)), want, "cut at {length}");
        let record = 32 + DIMENSIONS + 8;
        let kept = length.saturating_sub(whole.len() - 4 * record) / record;
        assert_eq!(embedder.asked(), 4 - kept, "cut at {length}");
        assert_eq!(fs::read(&path).expect("the file").len(), whole.len(), "cut at {length}");
        assert_eq!(open(folder.path()).damaged(), 0, "cut at {length}");
    }
}

#[test]
fn a_byte_that_changed_is_noticed_wherever_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let embedder = Hashing::new(0);
    let want = embed(&embedder, &mut open(folder.path()), &texts(0..3));
    let path = open(folder.path()).path().expect("a file").to_owned();
    let whole = fs::read(&path).expect("the file");
    let header = whole.len() - 3 * (32 + DIMENSIONS + 8);
    for at in 0..whole.len() {
        let mut bad = whole.clone();
        bad[at] ^= 0x40;
        fs::write(&path, &bad).expect("a bad file");
        let opened = Cache::open(folder.path(), "hashing", DIMENSIONS);
        if at < header {
            let error = opened.expect_err("a bad header").to_string();
            assert!(error.starts_with(&format!("`{}` at byte ", path.display())), "{error}");
            assert_eq!(fs::read(&path).expect("the file"), bad, "a file with a bad header is left alone");
        } else {
            let mut cache = opened.expect("a cache");
            assert_eq!((cache.len(), cache.damaged()), (2, 1), "byte {at}");
            assert_eq!(embed(&embedder, &mut cache, &texts(0..3)), want, "byte {at}");
        }
    }
}

#[test]
fn the_first_of_two_runs_decides_for_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut left, mut right) = (open(folder.path()), open(folder.path()));
    let first = embed(&Hashing::new(0), &mut left, &texts(0..10));
    // The other processor computes other vectors, but the file has some already.
    let second = embed(&Hashing::new(1), &mut right, &texts(0..20));
    assert_eq!(second.rows()[..10 * DIMENSIONS], *first.rows());
    assert_eq!(embed(&Hashing::new(2), &mut left, &texts(0..20)), second);
    assert_eq!(embed(&Hashing::new(3), &mut open(folder.path()), &texts(0..20)), second);
    assert_eq!(open(folder.path()).len(), 20);
}

#[test]
fn many_writers_at_once_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let all: Vec<Embeddings> = std::thread::scope(|scope| {
        let work = |salt: u8| {
            let mut cache = open(folder.path());
            // Small steps, so that the writers meet.
            for end in (1..=200).step_by(7) {
                embed(&Hashing::new(salt), &mut cache, &texts(0..end));
            }
            embed(&Hashing::new(salt), &mut cache, &texts(0..200))
        };
        let threads: Vec<_> = (0..6).map(|salt| scope.spawn(move || work(salt))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a writer")).collect()
    });
    assert!(all.iter().all(|one| *one == all[0]), "writers disagree");
    let cache = open(folder.path());
    assert_eq!((cache.len(), cache.damaged()), (200, 0));
}

#[test]
fn what_was_embedded_before_a_failure_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut embedder = Hashing::new(0);
    embedder.refuse = Some("text 1030".to_owned());
    let error = embed_all(&embedder, &mut open(folder.path()), &texts(0..2000), &mut |_, _| ()).expect_err("refused");
    assert_eq!(error.to_string(), "text 1030 cannot be split into tokens: no");
    assert_eq!((open(folder.path()).len(), embedder.asked()), (1024, 1024));
    embedder.refuse = None;
    embed(&embedder, &mut open(folder.path()), &texts(0..2000));
    assert_eq!(embedder.asked(), 2000 - 1024);
}

/// Gives a fixed answer, whatever it is asked.
struct Fixed(Vec<Vec<f32>>);

impl Embedder for Fixed {
    fn model(&self) -> &str {
        "fixed"
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn embed(&self, _: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        Ok(self.0.clone())
    }
}

#[test]
fn answers_that_are_no_vectors_are_refused() {
    let one = |answer: Vec<Vec<f32>>| {
        let mut cache = Cache::in_memory("fixed", 2).expect("a cache");
        embed_all(&Fixed(answer), &mut cache, &texts(0..2), &mut |_, _| ()).expect_err("refused").to_string()
    };
    assert_eq!(one(vec![vec![1.0, 0.0]]), "vector 1 of `fixed`: 2 texts gave 1 vectors");
    assert_eq!(one(vec![vec![1.0, 0.0], vec![1.0]]), "vector 1 of `fixed`: it has 1 numbers, not 2");
    assert_eq!(one(vec![vec![0.0, 0.0], vec![1.0, 0.0]]), "vector 0 of `fixed`: it is zero or not finite");
    assert_eq!(one(vec![vec![1.0, 0.0], vec![f32::NAN, 0.0]]), "vector 1 of `fixed`: it is zero or not finite");
    let mut other = Cache::in_memory("other", 2).expect("a cache");
    let error = embed_all(&Fixed(Vec::new()), &mut other, &[], &mut |_, _| ()).expect_err("refused").to_string();
    assert_eq!(error, "vector 0 of `fixed`: the cache is of `other` with 2 dimensions, not 2");
    assert!(Cache::in_memory("none", 0).is_err() && Cache::in_memory("many", 16_385).is_err());
}

#[test]
fn caches_are_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(list(&folder.path().join("absent"), 10).expect("a listing"), Default::default());
    embed(&Hashing::new(0), &mut open(folder.path()), &texts(0..5));
    Cache::open(folder.path(), "another", 3).expect("a cache");
    fs::write(folder.path().join("zz.embeddings"), b"WRDNEMB2").expect("a file");
    fs::write(folder.path().join("notes.txt"), b"").expect("a file");
    let mut listing = list(folder.path(), 10).expect("a listing");
    listing.files.sort_by(|a, b| b.model.cmp(&a.model));
    let rows: Vec<(&str, usize, u64)> = listing.files.iter().map(|f| (f.model.as_str(), f.dimensions, f.entries)).collect();
    assert_eq!(rows, [("hashing", DIMENSIONS, 5), ("another", 3, 0)]);
    assert_eq!(listing.refused.len(), 1);
    assert_eq!(listing.refused[0].1, "at byte 0: this is no cache of embeddings of version 1");
    assert_eq!(list(folder.path(), 1).expect("a listing").left_off, 2);
}

#[test]
fn a_file_beyond_the_limit_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = open(folder.path()).path().expect("a file").to_owned();
    let mut file = OpenOptions::new().append(true).open(&path).expect("the file");
    file.write_all(b"x").expect("a byte");
    file.set_len(wardian_embed::BYTES_MAX + 1).expect("a file with a hole");
    let error = Cache::open(folder.path(), "hashing", DIMENSIONS).expect_err("refused").to_string();
    assert!(error.contains("a cache is not longer"), "{error}");
}
