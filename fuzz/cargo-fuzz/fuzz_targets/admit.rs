//! libFuzzer on the oracle `admit`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wardian_fuzz::oracles::admit::admit(bytes));
