//! libFuzzer on the oracle `sql`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wardian_fuzz::oracles::sql::sql(bytes));
