//! Archives, good and hostile.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::{Cursor, Write};
use wardian_catalog::archive::{ArchiveLimits, read};
use wardian_catalog::{Document, Import, ImportOptions, import_from};
use wardian_format::catalog::Skipped;
use zip::write::SimpleFileOptions;

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("packs")
}

fn tgz(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        // Written as it is: the library refuses to write a name with `..`.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, bytes.as_slice()).expect("appends");
    }
    gz(&tar.into_inner().expect("a tar"))
}

fn zipped(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a file");
        zip.write_all(bytes).expect("writes");
    }
    zip.finish().expect("a zip").into_inner()
}

/// An AWS model with one operation.
fn model(operation: &str) -> Vec<u8> {
    let http = json!({"method": "POST", "requestUri": "/"});
    json!({"metadata": {"serviceId": "ignored", "apiVersion": "2020-01-01"}, "operations": {operation: {"http": http}}, "shapes": {}})
        .to_string()
        .into_bytes()
}

fn import_with(name: &str, bytes: Vec<u8>, limits: ArchiveLimits) -> Import {
    let options = ImportOptions { document_bytes_max: limits.document_bytes_max, ..ImportOptions::default() };
    import_from(|sink| read(name, Cursor::new(bytes), &Document::default(), &limits, sink), &options, || {})
}

fn import(name: &str, bytes: Vec<u8>) -> Import {
    import_with(name, bytes, ArchiveLimits::default())
}

#[test]
fn wheels_of_botocore_give_service_provenance_and_licence() {
    let wheel = zipped(&[
        ("botocore/data/s3/2006-03-01/service-2.json.gz", gz(&model("GetObject"))),
        ("botocore/data/s3/2006-03-01/paginators-1.json", b"{}".to_vec()),
        ("botocore/data/endpoints.json", b"{}".to_vec()),
        ("botocore/session.py", b"pass".to_vec()),
        ("botocore-1.0.dist-info/METADATA", b"Name: botocore\nLicense: Apache License 2.0\n\nText".to_vec()),
    ]);
    let import = import("dist/botocore-1.0-py3-none-any.whl", wheel);
    assert_eq!((import.documents, import.skipped.len()), (1, 0), "{:?}", import.skipped);
    assert_eq!(import.tools[0].id, "amazonaws.com/s3/get_object");
    assert_eq!(import.tools[0].origin.license.as_deref(), Some("Apache-2.0"));
}

#[test]
fn npm_packages_are_read_and_their_licence_is_a_hint() {
    let yaml = b"openapi: 3.0.0\ninfo: {title: Pets}\nservers: [{url: https://pets.example}]\npaths: {/pets: {get: {responses: {}}}}\n";
    let package = tgz(&[
        ("package/api/pets.yaml", yaml.to_vec()),
        ("package/package.json", b"{\"license\": \"MIT License\"}".to_vec()),
        ("package/readme.md", b"#".to_vec()),
        ("package/api/broken.json", b"{".to_vec()),
    ]);
    let import = import("pets-1.0.0.tgz", package);
    assert_eq!(import.tools[0].id, "pets.example/pets/list_pets");
    assert_eq!(import.tools[0].origin.license.as_deref(), Some("MIT"));
    let places: Vec<&str> = import.skipped.iter().map(|skipped| skipped.at.as_str()).collect();
    assert_eq!(places, ["pets-1.0.0.tgz/package/api/broken.json:1"]);
}

#[test]
fn single_files_are_unpacked() {
    let line = "{\"name\":\"a\"}\n{\"name\":\"b\"}\n";
    for (name, bytes) in [
        ("pool.jsonl", line.as_bytes().to_vec()),
        ("pool.jsonl.gz", gz(line.as_bytes())),
        ("pool.jsonl.zst", zstd::encode_all(line.as_bytes(), 1).expect("packs")),
        ("pool.json.gz", gz(b"[{\"name\":\"a\"},{\"name\":\"b\"}]")),
    ] {
        let import = import(name, bytes);
        let ids: Vec<&str> = import.tools.iter().map(|tool| tool.id.as_str()).collect();
        assert_eq!(ids, ["local/pool/a", "local/pool/b"], "{name}: {:?}", import.skipped);
    }
    let import = import("notes.txt", b"x".to_vec());
    assert!(import.skipped[0].reason.contains("not a kind of file that is read"), "{:?}", import.skipped);
}

#[test]
fn names_with_tricks_are_only_names() {
    let entries = [("../../etc/a.json", model("A")), ("/absolute/b.json", model("B")), ("c\u{1b}[2J\u{7}.json", b"{".to_vec())];
    for bytes in [tgz(&entries), zipped(&entries)] {
        let name = if bytes.starts_with(b"PK") { "x.zip" } else { "x.tgz" };
        let import = import(name, bytes);
        assert_eq!(import.tools.len(), 2, "{:?}", import.skipped);
        assert!(import.skipped.iter().all(|skipped| !skipped.at.contains('\u{1b}')), "{:?}", import.skipped);
    }
}

#[test]
fn links_in_archives_are_passed_over() {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "package/passwd.json", "/etc/passwd").expect("a link");
    let import = import("x.tgz", gz(&tar.into_inner().expect("a tar")));
    assert_eq!((import.documents, import.tools.len(), import.skipped.len()), (0, 0, 0));
}

#[test]
fn bombs_end_at_the_bounds_and_say_so() {
    let limits = ArchiveLimits { document_bytes_max: 1 << 16, unpacked_bytes_max: 1 << 20, entries_max: 50 };
    let zeros = vec![b' '; 4 << 20];
    let has = |import: &Import, reason: &str| import.skipped.iter().any(|Skipped { reason: said, .. }| said.contains(reason));
    let long = import_with("a.json.gz", gz(&zeros), limits);
    assert!(has(&long, "document has more than 65536 bytes"), "{:?}", long.skipped);
    let inner = import_with("b.zip", zipped(&[("x.json", zeros.clone()), ("y.json", model("Y"))]), limits);
    assert!(has(&inner, "document has more than 65536 bytes") && inner.tools.len() == 1, "{:?}", inner.skipped);
    let nested = import_with("c.zip", zipped(&[("x.json.gz", gz(&zeros)), ("y.zip", zipped(&[]))]), limits);
    assert!(has(&nested, "document has more than") && has(&nested, "an archive inside of an archive"), "{:?}", nested.skipped);
    // What is no description is read over in a tar, and that is bounded too.
    let tar = import_with("d.tgz", tgz(&[("package/blob.bin", zeros), ("package/y.json", model("Y"))]), limits);
    assert!(has(&tar, "unpacks to more than 1048576 bytes"), "{:?}", tar.skipped);
    let names: Vec<String> = (0..60).map(|i| format!("package/{i}.json")).collect();
    let many: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), model("A"))).collect();
    for (name, bytes) in [("e.tgz", tgz(&many)), ("e.zip", zipped(&many))] {
        let import = import_with(name, bytes, limits);
        assert!(has(&import, "more than 50 entries"), "{name}: {:?}", import.skipped);
    }
}

#[test]
fn every_truncation_is_survived_and_explained() {
    let entries = [("package/a.json", model("A")), ("package/b.json.gz", gz(&model("B")))];
    for (name, whole) in [
        ("x.tgz", tgz(&entries)),
        ("x.zip", zipped(&entries)),
        ("x.jsonl.zst", zstd::encode_all(&b"{\"name\":\"a\"}\n"[..], 1).expect("packs")),
    ] {
        let tools = import(name, whole.clone()).tools.len();
        for cut in 0..whole.len() {
            let import = import(name, whole[..cut].to_vec());
            assert!(import.tools.len() <= tools, "{name} cut at {cut}");
            assert!(import.tools.len() == tools || !import.skipped.is_empty(), "{name} cut at {cut}: silence");
        }
    }
}
