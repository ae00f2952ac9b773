//! libFuzzer on the oracle `arguments`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wardian_fuzz::oracles::arguments::arguments(bytes));
