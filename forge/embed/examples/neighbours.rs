//! How fast exact neighbours are found: `cargo run --release -p wardian-embed --example neighbours -- VECTORS [DIMENSIONS]`

use cpu_time::ProcessTime;
use wardian_embed::{Embeddings, nearest};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().ok_or("usage: neighbours VECTORS [DIMENSIONS]")?.parse()?;
    let dimensions: usize = arguments.next().map_or(Ok(384), |text| text.parse())?;
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % 41) as i8 - 20
    };
    let embeddings = Embeddings::new("random", dimensions, (0..count * dimensions).map(|_| next()).collect())?;
    let start = ProcessTime::now();
    let found = nearest(&embeddings, 10, 1);
    let seconds = start.elapsed().as_secs_f64();
    let products = (count as f64).powi(2) * dimensions as f64 / 1e9;
    let pairs: usize = found.iter().map(Vec::len).sum();
    println!("{count} × {dimensions}: {pairs} pairs, {seconds:.2} CPU-s, {:.0} G multiply-adds a CPU-s", products / seconds);
    Ok(())
}
