//! There is a build script only so that the features of build dependencies are unified too.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
