//! libFuzzer on the oracle `trajectory`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wardian_fuzz::oracles::trajectory::trajectory(bytes));
