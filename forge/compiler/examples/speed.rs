//! How fast the compiler is: `cargo run --release -p wardian-compiler --example speed [FOLDER]`. Prints CPU-bound
//! wall time on one thread; `bench/run` has the figures that the README quotes.

use std::path::Path;
use std::time::Instant;
use wardian_compiler::{Emitter, Sources, Validation};

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/library").to_owned());
    let sources = read(Path::new(&folder));
    let checked = match wardian_compiler::check(&sources) {
        Ok(checked) => checked,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    };
    eprintln!("{}", wardian_compiler::diagnostic::render(&checked.warnings));
    let tools = checked.tools.len();
    let rate = |name: &str, rounds: usize, each: usize, run: &dyn Fn()| {
        run();
        let start = Instant::now();
        (0..rounds).for_each(|_| run());
        let seconds = start.elapsed().as_secs_f64();
        println!("{name}: {:.0} tools/s ({:.1} µs a tool)", (rounds * each) as f64 / seconds, seconds * 1e6 / (rounds * each) as f64);
    };
    rate("sources → parts, whole pack", 40, tools, &|| drop(wardian_compiler::compile_pack(&sources, Validation::Trusted)));
    rate("sources → ir, checked", 40, tools, &|| drop(wardian_compiler::check(&sources)));
    let emitter = Emitter::new();
    rate("ir → component, whole pack", 200, tools, &|| drop(emitter.component(&checked.tools, Validation::Trusted)));
    rate("ir → component, one a tool", 100, tools, &|| {
        for tool in &checked.tools {
            drop(emitter.component(std::slice::from_ref(tool), Validation::Trusted));
        }
    });
    let pack = emitter.component(&checked.tools, Validation::Checked).expect("emits").len();
    let one = emitter.component(&checked.tools[..1], Validation::Checked).expect("emits").len();
    println!("component bytes: {pack} for {tools} tools; {one} for the first alone");
}

fn read(folder: &Path) -> Sources {
    let mut sources = Sources::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("the folder can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside").to_string_lossy().replace('\\', "/");
                sources.insert(name, std::fs::read_to_string(&path).expect("a text file"));
            }
        }
    }
    sources
}
