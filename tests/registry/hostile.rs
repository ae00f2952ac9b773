//! A registry that lies: each case is refused with a reason, within bounds, and leaves nothing behind.

use super::pull;
use crate::support::library;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use wardian_format::Digest;

const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// What the server does when it is asked for a path.
#[derive(Clone)]
enum Answer {
    /// Status line, headers, body; the length is told as it is.
    Whole(&'static str, String, Vec<u8>),
    /// A head, then the same piece until the client has had enough.
    Endless(String),
    /// A head that promises more than the body has.
    Short(String, Vec<u8>),
    /// The answer for whoever sends a password, and a demand for one otherwise.
    Guarded(Box<Answer>),
}

/// Answers by path; anything else is not there. Each connection is one request.
struct Server {
    address: SocketAddr,
    /// What was asked, head by head.
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answers: BTreeMap<String, Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (answers, heads) = (Arc::new(answers), Arc::new(Mutex::new(Vec::new())));
        let asked = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answers, asked) = (Arc::clone(&answers), Arc::clone(&asked));
                std::thread::spawn(move || serve(stream, &answers, &asked));
            }
        });
        Self { address, heads }
    }

    /// How many requests came with a password or a token, and how many in all.
    fn authorized(&self) -> (usize, usize) {
        let heads = self.heads.lock().expect("no thread panicked");
        (heads.iter().filter(|head| has_password(head)).count(), heads.len())
    }
}

fn has_password(head: &str) -> bool {
    head.to_ascii_lowercase().contains("\nauthorization:")
}

/// Reads the head of a request, and answers it.
fn serve(stream: TcpStream, answers: &BTreeMap<String, Answer>, asked: &Mutex<Vec<String>>) -> Option<()> {
    let lines = BufReader::new(stream.try_clone().ok()?).lines().map_while(Result::ok);
    let head: String = lines.take_while(|line| !line.is_empty()).map(|line| line + "\n").collect();
    let path = head.split(' ').nth(1)?.to_owned();
    asked.lock().ok()?.push(head.clone());
    let nothing = Answer::Whole("404 Not Found", String::new(), Vec::new());
    let answer = answers.get(&path).unwrap_or(&nothing);
    let demand = Answer::Whole("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n".to_owned(), Vec::new());
    match answer {
        Answer::Guarded(inner) if has_password(&head) => send(stream, inner),
        Answer::Guarded(_) => send(stream, &demand),
        answer => send(stream, answer),
    }
}

/// A client that hangs up ends the answer, whatever was left of it.
fn send(mut stream: TcpStream, answer: &Answer) -> Option<()> {
    match answer {
        Answer::Whole(status, headers, body) => {
            write!(stream, "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()).ok()?;
            stream.write_all(body).ok()
        }
        Answer::Endless(headers) => {
            write!(stream, "HTTP/1.1 200 OK\r\n{headers}Connection: close\r\n\r\n").ok()?;
            let piece = vec![b' '; 64 << 10];
            while stream.write_all(&piece).is_ok() {}
            Some(())
        }
        Answer::Short(headers, body) => {
            write!(stream, "HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len() + 1_000).ok()?;
            stream.write_all(body).ok()
        }
        Answer::Guarded(inner) => send(stream, inner),
    }
}

/// A good pack in a registry, to be spoilt.
struct Honest {
    pack: Vec<u8>,
    config: Value,
    manifest: Value,
}

const MANIFEST_PATH: &str = "/v2/a/b/manifests/1";

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", Digest::of(bytes))
}

fn ok(media_type: &str, body: &[u8]) -> Answer {
    Answer::Whole("200 OK", format!("Content-Type: {media_type}\r\n"), body.to_vec())
}

impl Honest {
    fn new(pack: &[u8]) -> Self {
        let config =
            json!({"architecture": "wasm", "os": "wasip2", "layerDigests": [digest(pack)], "component": {"exports": [], "imports": []}});
        let text = config.to_string();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": "application/vnd.wasm.config.v0+json", "digest": digest(text.as_bytes()), "size": text.len()},
            "layers": [{"mediaType": "application/wasm", "digest": digest(pack), "size": pack.len()}],
        });
        Self { pack: pack.to_vec(), config, manifest }
    }

    fn layer_path(&self) -> String {
        format!("/v2/a/b/blobs/{}", digest(&self.pack))
    }

    fn answers(&self) -> BTreeMap<String, Answer> {
        let config = self.config.to_string();
        BTreeMap::from([
            (MANIFEST_PATH.to_owned(), ok(MANIFEST_TYPE, self.manifest.to_string().as_bytes())),
            (format!("/v2/a/b/blobs/{}", digest(config.as_bytes())), ok("application/octet-stream", config.as_bytes())),
            (self.layer_path(), ok("application/octet-stream", &self.pack)),
        ])
    }

    /// With another configuration, of which the manifest gives the right digest.
    fn with_config(&self, change: impl FnOnce(&mut Value)) -> BTreeMap<String, Answer> {
        let mut config = self.config.clone();
        change(&mut config);
        let text = config.to_string();
        let mut manifest = self.manifest.clone();
        manifest["config"]["digest"] = digest(text.as_bytes()).into();
        manifest["config"]["size"] = text.len().into();
        Self { config, manifest, pack: self.pack.clone() }.answers()
    }

    fn with_manifest(&self, change: impl FnOnce(&mut Value)) -> BTreeMap<String, Answer> {
        let mut manifest = self.manifest.clone();
        change(&mut manifest);
        Self { config: self.config.clone(), manifest, pack: self.pack.clone() }.answers()
    }

    fn with(&self, path: &str, answer: Answer) -> BTreeMap<String, Answer> {
        let mut answers = self.answers();
        answers.insert(path.to_owned(), answer);
        answers
    }
}

fn redirect(to: &str) -> Answer {
    Answer::Whole("302 Found", format!("Location: {to}\r\n"), Vec::new())
}

/// Lies about sizes, types and digests.
fn lies(honest: &Honest) -> Vec<(&'static str, BTreeMap<String, Answer>)> {
    let layer = honest.layer_path();
    let mut flipped = honest.pack.clone();
    flipped[100] ^= 1;
    let small = honest.pack.len() - 10;
    vec![
        ("is of type `text/html`", honest.with(MANIFEST_PATH, ok("text/html", b"<html>"))),
        ("its manifest cannot be read", honest.with(MANIFEST_PATH, ok(MANIFEST_TYPE, b"{\"schemaVersion\":"))),
        ("its manifest has version 1", honest.with_manifest(|m| m["schemaVersion"] = 1.into())),
        ("its manifest is of type `x`", honest.with_manifest(|m| m["mediaType"] = "x".into())),
        ("its manifest has 0 layers", honest.with_manifest(|m| m["layers"] = json!([]))),
        ("its manifest has 2 layers", honest.with_manifest(|m| m["layers"] = json!([m["layers"][0], m["layers"][0]]))),
        ("its layer is of type `application/x-tar`", honest.with_manifest(|m| m["layers"][0]["mediaType"] = "application/x-tar".into())),
        ("its configuration is of type", honest.with_manifest(|m| m["config"]["mediaType"] = "application/json".into())),
        ("which is no SHA-256", honest.with_manifest(|m| m["layers"][0]["digest"] = "md5:00".into())),
        ("which is no SHA-256", honest.with_manifest(|m| m["layers"][0]["digest"] = "sha256:../../x".into())),
        ("the limit is 268435456", honest.with_manifest(|m| m["layers"][0]["size"] = json!(1_u64 << 60))),
        ("the limit is 1048576", honest.with_manifest(|m| m["config"]["size"] = json!(1 << 30))),
        ("its manifest cannot be read", honest.with_manifest(|m| m["layers"][0]["size"] = json!(-1))),
        ("its configuration is for \"amd64\"", honest.with_config(|c| c["architecture"] = "amd64".into())),
        ("not for components", honest.with_config(|c| c["os"] = "linux".into())),
        ("its configuration speaks of the layers", honest.with_config(|c| c["layerDigests"] = json!([digest(b"other")]))),
        ("has the digest", honest.with(&layer, ok("application/octet-stream", &flipped))),
        ("and its manifest says", honest.with(&layer, ok("application/octet-stream", &honest.pack[..small]))),
        ("it says that it has", honest.with_manifest(|m| m["layers"][0]["size"] = small.into())),
    ]
}

/// Answers that end too late, too soon, or elsewhere.
fn misbehaviour(honest: &Honest) -> Vec<(&'static str, BTreeMap<String, Answer>)> {
    let layer = honest.layer_path();
    let head = format!("Content-Type: {MANIFEST_TYPE}\r\n");
    let error = Answer::Whole("500 Internal Server Error", String::new(), b"\x1b[2Jgone".to_vec());
    let mut turns = honest.with(&layer, redirect("/turn/0"));
    for turn in 0..10 {
        turns.insert(format!("/turn/{turn}"), redirect(&format!("/turn/{}", turn + 1)));
    }
    let challenge = |text: &str| Answer::Whole("401 Unauthorized", format!("WWW-Authenticate: {text}\r\n"), Vec::new());
    let mut endless_token = honest.with(MANIFEST_PATH, challenge("Bearer realm=\"http://ADDRESS/token\",service=\"x\""));
    endless_token.insert("/token?service=x".to_owned(), Answer::Endless(String::new()));
    let mut no_token = honest.with(MANIFEST_PATH, challenge("Bearer realm=\"http://ADDRESS/token\""));
    no_token.insert("/token".to_owned(), ok("application/json", b"{\"secret\":\"hunter2\"}"));
    vec![
        ("it sends more than 1048576 bytes", honest.with(MANIFEST_PATH, Answer::Endless(head.clone()))),
        ("it sends more than", honest.with(&layer, Answer::Endless(String::new()))),
        ("it broke off", honest.with(&layer, Answer::Short(String::new(), honest.pack[..1_000].to_vec()))),
        ("it broke off", honest.with(MANIFEST_PATH, Answer::Short(head, b"{".to_vec()))),
        ("500 Internal Server Error: \\u{1b}[2Jgone", honest.with(MANIFEST_PATH, error)),
        ("the registry lacks a part of it", honest.with(&layer, Answer::Whole("404 Not Found", String::new(), Vec::new()))),
        ("it redirects more than 5 times", honest.with(&layer, redirect(&layer))),
        ("it redirects more than 5 times", turns),
        ("cannot fetch", honest.with(&layer, redirect("ftp://127.0.0.1/x"))),
        ("set WARDIAN_REGISTRY_USER", honest.with(MANIFEST_PATH, challenge("Basic realm=\"x\""))),
        ("is no address", honest.with(MANIFEST_PATH, challenge("Bearer realm=\"nowhere\""))),
        ("it sends more than 1048576 bytes", endless_token),
        ("answers with no token", no_token),
    ]
}

/// What arrives whole, and is no pack or no signature.
fn wrong_things(honest: &Honest) -> Vec<(&'static str, BTreeMap<String, Answer>)> {
    let cut = Honest::new(&honest.pack[..honest.pack.len() - 1]).answers();
    let page = Honest::new(b"<html></html>").answers();
    let manifest = honest.manifest.to_string();
    let tag = format!("/v2/a/b/manifests/sha256-{}.minisig", Digest::of(manifest.as_bytes()));
    let long = json!({
        "schemaVersion": 2, "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(b"{}"), "size": 2},
        "layers": [{"mediaType": "application/vnd.wardian.minisign.v1", "digest": digest(b"x"), "size": 1_000_000}],
    });
    vec![
        ("it is truncated", cut),
        ("it is not a WebAssembly component", page),
        ("this is no signature of a pack", honest.with(&tag, ok(MANIFEST_TYPE, manifest.as_bytes()))),
        ("the limit is 16384", honest.with(&tag, ok(MANIFEST_TYPE, long.to_string().as_bytes()))),
    ]
}

/// The address of the server is known only when it runs.
fn addressed(answers: BTreeMap<String, Answer>) -> Server {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a port");
    let needs_address = |answer: &Answer| matches!(answer, Answer::Whole(_, headers, _) if headers.contains("ADDRESS"));
    if !answers.values().any(needs_address) {
        return Server::start(answers);
    }
    drop(probe);
    // The token comes from a server of its own, which has the same answers.
    let tokens = Server::start(answers.clone());
    let place = |answer: Answer| match answer {
        Answer::Whole(status, headers, body) => Answer::Whole(status, headers.replace("ADDRESS", &tokens.address.to_string()), body),
        other => other,
    };
    Server::start(answers.into_iter().map(|(path, answer)| (path, place(answer))).collect())
}

#[test]
fn a_registry_that_lies_is_found_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let honest = Honest::new(&library(folder.path(), "library.wasm"));
    let empty = tempfile::tempdir().expect("a folder");
    let mut cases = lies(&honest);
    cases.extend(misbehaviour(&honest));
    cases.extend(wrong_things(&honest));
    for (reason, answers) in cases {
        let server = addressed(answers);
        let place = format!("{}/a/b:1", server.address);
        for target in [&["--out", "none.wasm"][..], &[]] {
            let args: Vec<&str> = std::iter::once(place.as_str()).chain(target.iter().copied()).collect();
            let ran = pull(empty.path(), 2, &args, &[("WARDIAN_STORE_DIR", "store")]);
            assert!(ran.stderr.contains(reason), "expected `{reason}`:\n{}", ran.stderr);
            assert!(!ran.stderr.contains("hunter2"), "what a server answers to a request for a token is not shown");
            assert_eq!(fs::read_dir(empty.path()).expect("a folder").count(), 0, "`{reason}` left something behind");
        }
    }
    let server = addressed(honest.answers());
    pull(empty.path(), 0, &[&format!("{}/a/b:1", server.address), "--out", "good.wasm"], &[]);
    assert!(fs::read(empty.path().join("good.wasm")).expect("a pack") == honest.pack, "nothing but the lies was refused");
}

#[test]
fn a_registry_may_send_us_to_where_its_blobs_lie() {
    let folder = tempfile::tempdir().expect("a folder");
    let honest = Honest::new(&library(folder.path(), "library.wasm"));
    let elsewhere = Server::start(honest.answers());
    let layer = honest.layer_path();
    let server = Server::start(honest.with(&layer, redirect(&format!("http://{}{layer}", elsewhere.address))));
    pull(folder.path(), 0, &[&format!("{}/a/b:1", server.address), "--out", "good.wasm"], &[]);
    assert!(fs::read(folder.path().join("good.wasm")).expect("a pack") == honest.pack);
}

/// A registry that wants a password and then sends us elsewhere: the password stays.
#[test]
fn passwords_do_not_follow_redirections() {
    let folder = tempfile::tempdir().expect("a folder");
    let honest = Honest::new(&library(folder.path(), "library.wasm"));
    let elsewhere = Server::start(honest.answers());
    let layer = honest.layer_path();
    let answers = honest.with(&layer, redirect(&format!("http://{}{layer}", elsewhere.address)));
    let guarded = answers.into_iter().map(|(path, answer)| (path, Answer::Guarded(Box::new(answer))));
    let server = Server::start(guarded.collect());
    let variables = [("WARDIAN_REGISTRY_USER", "ann"), ("WARDIAN_REGISTRY_PASSWORD", "opensesame")];
    pull(folder.path(), 0, &[&format!("{}/a/b:1", server.address), "--out", "good.wasm"], &variables);
    let (with, all) = server.authorized();
    assert!(with >= 3 && with + 1 == all, "the registry got the password after it had asked: {with} of {all} requests");
    assert_eq!(elsewhere.authorized(), (0, 1), "nobody else got it");
}
