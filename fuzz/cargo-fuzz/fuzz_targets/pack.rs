//! libFuzzer on the oracle `pack`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wardian_fuzz::oracles::pack::pack(bytes));
