//! Modules that wasm-smith makes from bytes, bare and inside a component.

use arbitrary::{Arbitrary, Unstructured};
use wardian_format::rng::Rng;

/// Bytes that one module is made from.
const ENTROPY_BYTES: usize = 2_048;

/// A valid core module; with all proposals that wasm-smith knows, or with only those that tools may use.
pub fn module(entropy: &[u8], plain: bool) -> Option<Vec<u8>> {
    let mut input = Unstructured::new(entropy);
    let mut config = wasm_smith::Config::arbitrary(&mut input).ok()?;
    if plain {
        restrict(&mut config);
    }
    config.max_memories = config.max_memories.min(4);
    config.max_instructions = 200;
    config.max_funcs = config.max_funcs.min(50);
    wasm_smith::Module::new(config, &mut input).ok().map(|module| module.to_bytes())
}

/// `module` as the only part of a component, so that admission and compilation look into it.
pub fn wrap(module: &[u8]) -> Vec<u8> {
    let mut out = b"\0asm\x0d\0\x01\0\x01".to_vec();
    let mut length = module.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(module);
    out
}

/// The bytes that module number `seed` is made from.
pub fn entropy(seed: u64) -> Vec<u8> {
    let mut rng = Rng::of(seed, &["smith"]);
    (0..ENTROPY_BYTES / 8).flat_map(|_| rng.next_u64().to_le_bytes()).collect()
}

fn restrict(config: &mut wasm_smith::Config) {
    config.threads_enabled = false;
    config.shared_everything_threads_enabled = false;
    config.memory64_enabled = false;
    config.gc_enabled = false;
    config.exceptions_enabled = false;
    config.relaxed_simd_enabled = false;
    config.custom_page_sizes_enabled = false;
    config.custom_descriptors_enabled = false;
    config.wide_arithmetic_enabled = false;
    config.max_memories = 1;
    config.max_tables = config.max_tables.min(4);
}
