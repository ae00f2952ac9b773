//! What the tests share.

use std::path::{Path, PathBuf};

/// The root of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("cli/ lies in the root")
}

/// The file or folder `name` of the shared test data, or `None` with a printed reason. A clone of the project
/// alone does not have that data; tests that need it say so and pass.
pub(crate) fn shared_data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("WARDIAN_SHARED_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: `{}` is not there; set WARDIAN_SHARED_DATA to the folder with the shared test data", path.display());
    None
}
