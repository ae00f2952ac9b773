//! libFuzzer on the oracle `smith`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wardian_fuzz::oracles::admit::smith(bytes));
