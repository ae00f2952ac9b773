//! libFuzzer on the oracle `image`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wardian_fuzz::oracles::image::image(bytes));
