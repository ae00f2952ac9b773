//! Guests made by hand, for the tests of the runtime: core WebAssembly as text, turned into components by the
//! same tools that authors use.
//!
//! What it is not: part of a release; only `dev-dependencies` may name it.
//! May depend on: `wardian-format`, `wardian-state`, the wasm-tools crates.

pub mod sample;
mod told;

pub use told::{text_files, trajectory};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The published contract.
pub const STATE_WIT: &str = include_str!("../../../wit/state.wit");

/// As much of WASI 0.2 as tests of the compatibility profile import.
const WASI_WIT: &str = include_str!("wasi.wit");

/// How core modules import the state.
const IMPORTS: &str = r#"
  (import "wardian:env/state@0.1.0" "[method]database.query" (func $query (param i32 i32 i32 i32 i32 i32)))
  (import "wardian:env/state@0.1.0" "[method]database.execute" (func $execute (param i32 i32 i32 i32 i32 i32)))
  (import "wardian:env/state@0.1.0" "[resource-drop]database" (func $drop (param i32)))
"#;

/// A bump allocator, and `$ok` and `$error`, which build a result at address 16.
const PRELUDE: &str = r#"
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 65536))
  (func $alloc (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32) (local $end i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (global.set $heap (local.get $end))
    (block $fits
      (br_if $fits (i32.le_u (local.get $end) (i32.shl (memory.size) (i32.const 16))))
      (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1) (i32.shr_u
        (i32.sub (local.get $end) (i32.shl (memory.size) (i32.const 16))) (i32.const 16))))))
      unreachable)
    (local.get $at))
  (func $ok (param $at i32) (param $len i32) (result i32)
    (i32.store8 (i32.const 16) (i32.const 0))
    (i32.store (i32.const 20) (local.get $at))
    (i32.store (i32.const 24) (local.get $len))
    (i32.const 16))
  (func $error (param $case i32) (param $at i32) (param $len i32) (result i32)
    (i32.store8 (i32.const 16) (i32.const 1))
    (i32.store8 (i32.const 20) (local.get $case))
    (i32.store (i32.const 24) (local.get $at))
    (i32.store (i32.const 28) (local.get $len))
    (i32.const 16))
  ;; One parameter, the argument document, as a text value at 64. Results of statements lie at 96.
  (func $params (param $args i32) (param $len i32)
    (i32.store8 (i32.const 64) (i32.const 3))
    (i32.store (i32.const 72) (local.get $args))
    (i32.store (i32.const 76) (local.get $len)))
  (func $cell (param $db i32) (param $sql i32) (param $sql_len i32) (param $args i32) (param $len i32) (result i32)
    (local $row i32)
    (call $params (local.get $args) (local.get $len))
    (call $query (local.get $db) (local.get $sql) (local.get $sql_len) (i32.const 64) (i32.const 1) (i32.const 96))
    (call $drop (local.get $db))
    (if (i32.load8_u (i32.const 96)) (then
      (return (call $error (i32.const 4) (i32.load (i32.const 104)) (i32.load (i32.const 108))))))
    (if (i32.eqz (i32.load (i32.const 112))) (then (return (call $error (i32.const 0) (i32.const 128) (i32.const 6)))))
    (local.set $row (i32.load (i32.load (i32.const 108))))
    (call $ok (i32.load offset=8 (local.get $row)) (i32.load offset=12 (local.get $row))))
  (func $change (param $db i32) (param $sql i32) (param $sql_len i32) (param $args i32) (param $len i32) (result i32)
    (call $params (local.get $args) (local.get $len))
    (call $execute (local.get $db) (local.get $sql) (local.get $sql_len) (i32.const 64) (i32.const 1) (i32.const 96))
    (call $drop (local.get $db))
    (if (i32.load8_u (i32.const 96)) (then
      (return (call $error (i32.const 4) (i32.load (i32.const 108)) (i32.load (i32.const 112))))))
    (if (i64.eqz (i64.load (i32.const 104))) (then (return (call $error (i32.const 0) (i32.const 128) (i32.const 6)))))
    (call $ok (i32.const 136) (i32.const 4)))
  (data (i32.const 128) "absent") (data (i32.const 136) "true")
"#;

/// One tool of a test component.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Name of the export.
    pub export: String,
    /// Body of `(func (param $db i32) (param $args i32) (param $len i32) (result i32) …)`, locals included.
    /// `$query`, `$execute`, `$drop`, `$alloc`, `$ok`, `$error`, `$cell` and `$change` can be called.
    pub body: String,
}

/// Static texts of a core module, from address 1024 on.
#[derive(Clone, Debug)]
pub struct Texts {
    next: usize,
    fields: String,
}

impl Guest {
    /// A tool with this body.
    pub fn new(export: &str, body: &str) -> Self {
        Self { export: export.to_owned(), body: body.to_owned() }
    }

    /// A tool that runs a query with the whole argument document as its only parameter and returns the first cell,
    /// which must be text; no row is the tool error `not-found`.
    pub fn query(export: &str, sql: &str, texts: &mut Texts) -> Self {
        let sql = texts.put(sql);
        Self::new(export, &format!("(call $cell (local.get $db) {sql} (local.get $args) (local.get $len))"))
    }

    /// A tool that runs a statement with the whole argument document as its only parameter and returns `true`; no
    /// row changed is the tool error `not-found`.
    pub fn change(export: &str, sql: &str, texts: &mut Texts) -> Self {
        let sql = texts.put(sql);
        Self::new(export, &format!("(call $change (local.get $db) {sql} (local.get $args) (local.get $len))"))
    }

    /// A tool that returns `text`, whatever it is.
    pub fn returns(export: &str, text: &[u8], texts: &mut Texts) -> Self {
        let text = texts.put_bytes(text);
        Self::new(export, &format!("(call $drop (local.get $db)) (call $ok {text})"))
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self { next: 1024, fields: String::new() }
    }
}

impl Texts {
    /// Puts `text` somewhere and gives the two instructions that push its address and length.
    pub fn put(&mut self, text: &str) -> String {
        self.put_bytes(text.as_bytes())
    }

    /// As [`Texts::put`], for bytes that need not be text.
    pub fn put_bytes(&mut self, bytes: &[u8]) -> String {
        let at = self.next;
        self.next += bytes.len();
        assert!(self.next <= 65_536, "the heap starts at 65536");
        self.fields += &format!("(data (i32.const {at}) \"{}\")", escape(bytes));
        format!("(i32.const {at}) (i32.const {})", bytes.len())
    }
}

/// A component of `guests`. `fields` are further fields of the core module.
pub fn component(guests: &[Guest], texts: &Texts, fields: &str) -> Vec<u8> {
    component_of_core(&core(guests, texts, "", fields), &exports(guests), "")
}

/// As [`component`], whose world also imports what `world_items` says (WIT) and whose module begins with `imports` (text), which
/// may end in functions.
pub fn component_importing(guests: &[Guest], world_items: &str, imports: &str) -> Vec<u8> {
    component_of_core(&core(guests, &Texts::default(), imports, ""), &exports(guests), world_items)
}

/// The core module of `guests` as text, for tests that change what the other functions here take for granted.
pub fn core(guests: &[Guest], texts: &Texts, imports: &str, fields: &str) -> String {
    let functions: String = guests.iter().map(function).collect();
    format!("(module {IMPORTS} {imports} {PRELUDE} {} {fields} {functions})", texts.fields)
}

/// A component of the core module `core`, which exports the tools `exports`; its world has `world_items` besides.
pub fn component_of_core(core: &str, exports: &[&str], world_items: &str) -> Vec<u8> {
    encode(core, &world(exports, world_items))
}

/// A component from text, as it stands.
pub fn component_text(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the test's text is WebAssembly")
}

/// Fields of a core module that admission lets through and that take a compiler some 0.2 s of CPU time for each of `functions`: a long
/// chain of conditions over as many locals as allowed.
pub fn slow_to_compile(functions: usize) -> String {
    let set = |i: usize| format!("(local.set {} (i64.add (local.get {}) (local.get {})))", i % 120, (i * 7 + 1) % 120, (i * 13 + 5) % 120);
    let step = |i: usize| format!("(if (i64.eqz (local.get {})) (then {} {}))", i % 120, set(i), set(i + 60));
    let body: String = (0..1_900).map(step).collect();
    let function = |n: usize| format!("(func (export \"slow{n}\") (result i64) (local {}) {body} (local.get 7))", "i64 ".repeat(120));
    (0..functions).map(function).collect()
}

/// `bytes` as the inside of a string of the text format.
fn escape(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}

fn function(guest: &Guest) -> String {
    let Guest { export, body } = guest;
    format!(
        r#"(func (export "{export}") (param $db i32) (param $args i32) (param $len i32) (result i32) {body})
           (func (export "cabi_post_{export}") (param i32) (global.set $heap (i32.const 65536)))"#
    )
}

fn exports(guests: &[Guest]) -> Vec<&str> {
    guests.iter().map(|guest| guest.export.as_str()).collect()
}

fn world(exports: &[&str], items: &str) -> String {
    let export = |name: &&str| format!("export {name}: func(db: borrow<database>, args: string) -> result<string, tool-error>;\n");
    let exports: String = exports.iter().map(export).collect();
    let state = "wardian:env/state@0.1.0";
    format!("package test:guest;\nworld pack {{ import {state}; use {state}.{{database, tool-error}};\n{items}\n{exports} }}")
}

fn encode(core: &str, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(core).unwrap_or_else(|error| panic!("{error}"));
    let mut resolve = Resolve::default();
    resolve.push_str("state.wit", STATE_WIT).expect("the contract parses");
    if world.contains("wasi:") {
        resolve.push_str("wasi.wit", WASI_WIT).expect("the test's part of WASI parses");
    }
    let package = resolve.push_str("guest.wit", world).unwrap_or_else(|error| panic!("{error:#}"));
    let world = resolve.select_world(&[package], Some("pack")).expect("the world is there");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata is embedded");
    let encoder = ComponentEncoder::default().module(&module).unwrap_or_else(|error| panic!("{error:#}"));
    encoder.validate(true).encode().unwrap_or_else(|error| panic!("{error:#}"))
}
