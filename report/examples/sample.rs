//! Writes the report of a made-up run: `cargo run --release -p wardian-report --example sample -- PAGE.html`.
//! Without a path, prints the terminal report.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let input = sample::input();
    match std::env::args_os().nth(1) {
        Some(path) => std::fs::File::create(path)?.write_all(wardian_report::html(&input).as_bytes()),
        None => std::io::stdout().write_all(wardian_report::text(&input).as_bytes()),
    }
}
