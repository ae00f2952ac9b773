//! Starting a consumer. `tests/exports.rs` of the whole project has this file too.

use std::path::Path;
use std::process::Command;

/// The output of the script at `path`, or why there is none.
pub(crate) fn script(path: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(path).args(arguments).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Lets the consumer `name` read `folder`; `scripts` is `rollout/export/tests/consumers`. Only under `./test --full`. A consumer that cannot
/// be installed is left out, loudly; one that finds fault is a failure.
pub(crate) fn consume(scripts: &Path, name: &str, folder: &Path) {
    if std::env::var("NEXTEST_PROFILE").as_deref() != Ok("full") {
        println!("SKIPPED: `{name}` reads exports under `./test --full`");
        return;
    }
    let found = script(&scripts.join("environment"), &[name])
        .and_then(|python| Ok((python, script(&scripts.join("../../../../build/tokenizer-qwen3"), &[])?)));
    let (python, tokenizer) = match found {
        Ok(found) => found,
        Err(reason) => {
            println!("SKIPPED: no environment for `{name}`: {reason}");
            return;
        }
    };
    let check = scripts.join(format!("check_{name}.py"));
    let ran = Command::new(python).arg(check).arg(folder).arg(tokenizer).current_dir(folder).output().expect("it starts");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{name}: {said}");
    println!("{said}");
}
