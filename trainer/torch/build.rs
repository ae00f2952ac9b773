//! Compiles what tch does not bind, and lets executables and tests find libtorch where they were linked with it.

use std::path::PathBuf;

const SHIM: &str = "native/shim.cpp";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={SHIM}");
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    let torch = std::env::var_os("CARGO_FEATURE_TORCH").is_some() && std::env::var_os("CARGO_FEATURE_TORCH_DOCS").is_none();
    let Some(folder) = std::env::var_os("LIBTORCH").filter(|_| torch).map(PathBuf::from) else { return };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.join("lib").display());
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .file(SHIM)
        .include(folder.join("include"))
        .include(folder.join("include/torch/csrc/api/include"))
        // The headers are not ours.
        .warnings(false)
        .flag("-fvisibility=hidden")
        .compile("wardian_torch_shim");
    println!("cargo:rustc-link-lib=dylib=torch_cpu");
    println!("cargo:rustc-link-lib=dylib=c10");
}
