//! State images: of damaged pages, with things that no pack has, and with rows that fit in every way but one.

use super::judge::{Layer, Table};
use super::{Pack, chance, packs, rounds};
use rusqlite::Connection;
use wardian_pack::{Parts, open, write};
use wardian_state::{Base, Context};

/// SQL that changes an image, and whether its schema is then one that no pack has.
const CHANGES: [(&str, &str); 12] = [
    ("a virtual table", "CREATE VIRTUAL TABLE v USING fts5(x)"),
    ("another virtual table", "CREATE VIRTUAL TABLE v USING rtree(id, a, b)"),
    ("a trigger", "CREATE TRIGGER t AFTER INSERT ON @TABLE@ BEGIN SELECT RAISE(ABORT, 'no'); END"),
    ("a trigger that loads code", "CREATE TRIGGER t AFTER INSERT ON @TABLE@ BEGIN SELECT load_extension('x'); END"),
    ("a trigger that reads the schema", "CREATE TRIGGER t AFTER INSERT ON @TABLE@ BEGIN SELECT * FROM sqlite_schema; END"),
    ("a view of the schema", "CREATE VIEW v AS SELECT * FROM sqlite_schema"),
    ("an index", "CREATE INDEX i ON @TABLE@ (@COLUMN@)"),
    ("a table without a key", "CREATE TABLE x (a TEXT) STRICT"),
    ("a table that is not strict", "CREATE TABLE x (a PRIMARY KEY) WITHOUT ROWID"),
    ("a column more", "ALTER TABLE @TABLE@ ADD COLUMN surprise TEXT"),
    ("a row less", "PRAGMA foreign_keys = OFF; DELETE FROM @TABLE@ WHERE @COLUMN@ = (SELECT min(@COLUMN@) FROM @TABLE@)"),
    ("other pages with the same rows", "PRAGMA page_size = 8192; VACUUM"),
];

/// The image after `sql`, as plain SQLite makes it; `None` where plain SQLite cannot.
fn changed(image: &[u8], sql: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.db");
    std::fs::write(&path, image).expect("can write");
    let connection = Connection::open(&path).expect("opens");
    let done = connection.execute_batch(sql);
    connection.close().expect("closes");
    done.ok().map(|()| std::fs::read(&path).expect("reads"))
}

/// The pack with another image, of which the manifest gives the right digests where there are any.
fn consistent(parts: &Parts, image: Vec<u8>) -> Vec<u8> {
    let mut parts = Parts { image, ..parts.clone() };
    if let Ok(base) = Base::open(parts.image.clone(), &parts.manifest.ungraded)
        && let Ok(digests) = base.state(Context { seed: 0, now_unix_s: 0 }).digests()
    {
        parts.manifest.initial = digests;
    }
    write(&parts).expect("writes")
}

fn parts(pack: &Pack) -> Parts {
    open(&pack.bytes, "x.wasm").expect("acceptable").parts
}

/// A table of the pack and its first column.
fn table_of(pack: &Pack) -> (String, String) {
    let opened = open(&pack.bytes, "x.wasm").expect("acceptable");
    let table = opened.base.schema().tables.last().expect("a table").clone();
    (format!("\"{}\"", table.name), format!("\"{}\"", table.columns[0].name))
}

#[test]
fn images_with_something_more_or_less() {
    wardian_state::initialize().expect("before plain SQLite is used");
    let mut table = Table::default();
    for pack in packs() {
        let (parts, (name, column)) = (parts(&pack), table_of(&pack));
        let mut tried = 0;
        for (what, sql) in CHANGES {
            let sql = sql.replace("@TABLE@", &name).replace("@COLUMN@", &column);
            let Some(image) = changed(&parts.image, &sql).filter(|image| *image != parts.image) else { continue };
            tried += 1;
            for (kind, bytes) in [
                ("image changed", write(&Parts { image: image.clone(), ..parts.clone() }).expect("writes")),
                ("image changed, digests too", consistent(&parts, image.clone())),
            ] {
                let verdict = table.add(&format!("{}: {kind}", pack.name), what, bytes, &pack.original);
                assert!([Layer::Image, Layer::Manifest, Layer::Recompiled].contains(&verdict.layer), "{what}: {}", verdict.reason);
            }
        }
        assert!(tried >= 9, "plain SQLite could make only {tried} of the images");
    }
    println!("{table}");
}

#[test]
fn damaged_pages() {
    let mut table = Table::default();
    let mut chance = chance("damaged pages");
    for pack in packs() {
        let parts = parts(&pack);
        for round in 0..rounds(150) {
            let mut image = parts.image.clone();
            let (at, length) = (chance.below(image.len()), 1 + chance.below(if round % 3 == 0 { 4096 } else { 4 }));
            for place in at..(at + length).min(image.len()) {
                image[place] = chance.below(256) as u8;
            }
            if image == parts.image {
                continue;
            }
            let what = format!("{length} bytes at {at}");
            let bytes = write(&Parts { image: image.clone(), ..parts.clone() }).expect("writes");
            table.add(&format!("{}: damaged page", pack.name), &what, bytes, &pack.original);
            table.add(&format!("{}: damaged page, digests too", pack.name), &what, consistent(&parts, image), &pack.original);
        }
        for cut in [0, 1, 100, 4096, parts.image.len() - 1, parts.image.len() / 2] {
            let image = parts.image[..cut].to_vec();
            let bytes = write(&Parts { image, ..parts.clone() }).expect("writes");
            let verdict = table.add(&format!("{}: image cut", pack.name), &format!("at {cut}"), bytes, &pack.original);
            assert_eq!(verdict.layer, Layer::Image, "cut at {cut}: {}", verdict.reason);
        }
    }
    println!("{table}");
    assert_eq!(table.count(Layer::Digest), 0);
}
