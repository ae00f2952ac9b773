//! The helper process and the cache, with a helper executable as an embedder would write it.

mod cache;
mod child;
mod image;

use wardian_compile::Child;
use wardian_format::limits::{CompileLimits, Profile};
use wardian_testkit::{Guest, Texts, component, slow_to_compile};

/// The compiler in a child, with the limits of the profiles.
fn child() -> Child {
    Child::new(env!("CARGO_BIN_EXE_wardian-compile-helper"), [""; 0])
}

/// The compiler in a child with other limits.
fn limited(change: impl FnOnce(&mut CompileLimits)) -> Child {
    let mut limits = CompileLimits::of(Profile::Sql);
    change(&mut limits);
    child().with_limits(limits)
}

/// A component of one tool that returns `true`.
fn small() -> Vec<u8> {
    component(&[Guest::new("tool", BODY)], &Texts::default(), "")
}

const BODY: &str = "(call $drop (local.get $db)) (call $ok (i32.const 136) (i32.const 4))";

/// A component that is admitted and keeps the compiler busy for about `functions` times 0.2 s.
fn heavy(functions: usize) -> Vec<u8> {
    component(&[Guest::new("tool", BODY)], &Texts::default(), &slow_to_compile(functions))
}
