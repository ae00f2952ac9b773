//! What the tests share.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

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

/// Variables that the executable heeds, and that a test sets itself or not at all. Empty ones count as none.
const STRANGERS: &[&str] = &[
    "WARDIAN_CACHE_DIR",
    "WARDIAN_STORE_DIR",
    "WARDIAN_KEY_PASSWORD",
    "WARDIAN_REGISTRY_USER",
    "WARDIAN_REGISTRY_PASSWORD",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
];

/// What a run of the executable gave.
pub(crate) struct Ran {
    /// Exit status.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

/// Runs `wardian` in `folder`, without colour. All tests share one cache, which lies in Cargo's folder for such things.
pub(crate) fn wardian(folder: &Path, args: &[&str]) -> Ran {
    wardian_with(folder, args, &[("WARDIAN_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"))])
}

/// As [`wardian`], where of the variables that say where the cache lies only `variables` are set.
pub(crate) fn wardian_with(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    ran(command(folder, args, variables).output().expect("the executable runs"))
}

/// As [`wardian`], with `input` on standard input.
pub(crate) fn wardian_fed(folder: &Path, args: &[&str], input: &str) -> Ran {
    let mut child = command(folder, args, &[CACHE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the executable runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        // It may end before it has read everything.
        scope.spawn(move || stdin.write_all(input.as_bytes()));
        ran(child.wait_with_output().expect("the executable ends"))
    })
}

/// The executable, ready to run.
pub(crate) fn command(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wardian"));
    command
        .args(args)
        .current_dir(folder)
        .envs(STRANGERS.iter().map(|name| (name, "")))
        .env_remove("HOME")
        .envs(variables.iter().copied())
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100");
    command
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// As [`wardian`]; the command must exit with `code`.
pub(crate) fn expect(folder: &Path, code: i32, args: &[&str]) -> Ran {
    let ran = wardian(folder, args);
    assert_eq!(ran.code, code, "wardian {}\nstdout:\n{}\nstderr:\n{}", args.join(" "), ran.stdout, ran.stderr);
    ran
}

/// Compares `text` with `tests/golden/NAME`. `WARDIAN_GOLDEN=write` rewrites the file instead.
pub(crate) fn golden(name: &str, text: &str) {
    let path = root().join("tests/golden").join(name);
    if std::env::var_os("WARDIAN_GOLDEN").is_some_and(|v| v == "write") {
        fs::create_dir_all(path.parent().expect("a folder")).expect("can make the folder");
        fs::write(&path, text).expect("can write");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}; WARDIAN_GOLDEN=write makes it", path.display()));
    assert!(expected == text, "{} differs; WARDIAN_GOLDEN=write rewrites it\n--- expected\n{expected}\n--- actual\n{text}", path.display());
}

/// The folder of all tests' cache.
pub(crate) const CACHE: (&str, &str) = ("WARDIAN_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"));

/// As [`expect`], with more variables beside the cache's.
pub(crate) fn expect_with(folder: &Path, code: i32, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    let variables: Vec<(&str, &str)> = std::iter::once(CACHE).chain(variables.iter().copied()).collect();
    let ran = wardian_with(folder, args, &variables);
    assert_eq!(ran.code, code, "wardian {}\nstdout:\n{}\nstderr:\n{}", args.join(" "), ran.stdout, ran.stderr);
    ran
}

/// Builds the library pack as `folder`/NAME and gives its bytes.
pub(crate) fn library(folder: &Path, name: &str) -> Vec<u8> {
    let sources = root().join("packs/library");
    expect(folder, 0, &["pack", "build", &sources.display().to_string(), "-o", name]);
    fs::read(folder.join(name)).expect("a pack")
}

/// True under `./test --full`, which runs what is too heavy, or needs the network.
pub(crate) fn is_full() -> bool {
    std::env::var("NEXTEST_PROFILE").is_ok_and(|profile| profile == "full")
}

/// The executable `name` of Debian packages, or `None` with a printed reason. It is fetched once into Cargo's folder for such things.
pub(crate) fn debian(packages: &[&str], name: &str) -> Option<Command> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("debian").join(name);
    let output = Command::new(root().join("tests/fetch-debian")).arg(&folder).args(packages).output();
    let reason = match output {
        Ok(output) if output.status.success() => {
            let mut command = Command::new(folder.join("usr/bin").join(name));
            let libraries = fs::read_dir(folder.join("usr/lib")).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
            command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries).expect("paths without colons"));
            return Some(command);
        }
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    println!("SKIPPED: cannot fetch {name} from Debian: {reason}");
    None
}
