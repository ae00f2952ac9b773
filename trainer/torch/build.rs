//! Executables and tests find libtorch where they were linked with it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    let torch = std::env::var_os("CARGO_FEATURE_TORCH").is_some() && std::env::var_os("CARGO_FEATURE_TORCH_DOCS").is_none();
    if let Some(folder) = std::env::var_os("LIBTORCH").filter(|_| torch) {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}/lib", folder.to_string_lossy());
    }
}
