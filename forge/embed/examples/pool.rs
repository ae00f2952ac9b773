//! How long embedding a catalogue takes, first and cached, and finding neighbours; and how often neighbours share a service or provider.
//! `cargo run --release -p wardian-embed --example pool -- MODEL_FOLDER CATALOG.jsonl[.zst] CACHE_FOLDER [TOOLS]`

use cpu_time::ProcessTime;
use std::path::Path;
use std::time::Instant;
use wardian_catalog::{Document, ImportOptions, import};
use wardian_embed::{Cache, Embedder, Embeddings, LocalModel, ModelFiles, embed_all, nearest, text};
use wardian_format::CatalogTool;

#[expect(clippy::disallowed_methods, reason = "an example is an executable: it may open files and look at the clock")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, catalog, folder, rest @ ..] = arguments.as_slice() else {
        return Err("usage: pool MODEL_FOLDER CATALOG.jsonl[.zst] CACHE_FOLDER [TOOLS]".into());
    };
    let mut bytes = std::fs::read(catalog)?;
    if catalog.ends_with(".zst") {
        bytes = zstd::decode_all(&bytes[..])?;
    }
    let mut tools = import(&[Document::new(catalog, bytes)], &ImportOptions::default()).tools;
    tools.truncate(rest.first().map_or(Ok(usize::MAX), |count| count.parse())?);
    let texts: Vec<String> = timed("texts", || tools.iter().map(text).collect());
    let mut different: Vec<&String> = texts.iter().collect();
    different.sort();
    different.dedup();
    println!("{} tools, {} different texts, {} characters on average", tools.len(), different.len(), average(&different));
    let model = timed("model", || LocalModel::new("minilm-l6", &ModelFiles::read(Path::new(model))?))?;
    for round in ["embed, first", "embed, cached"] {
        let mut cache = timed("cache", || Cache::open(Path::new(folder), model.model(), model.dimensions()))?;
        let embeddings = timed(round, || embed_all(&model, &mut cache, &texts, &mut |_, _| ()))?;
        println!("{} in the cache, {} damaged, digest {}", cache.len(), cache.damaged(), embeddings.digest());
        if round.ends_with("cached") {
            report(&tools, &embeddings);
        }
    }
    Ok(())
}

fn average(texts: &[&String]) -> usize {
    texts.iter().map(|text| text.chars().count()).sum::<usize>() / texts.len().max(1)
}

fn report(tools: &[CatalogTool], embeddings: &Embeddings) {
    let neighbours = timed("neighbours", || nearest(embeddings, 10, 1));
    let pairs = (tools.len() as f64).powi(2) * embeddings.dimensions() as f64;
    println!("{:.0} G multiplications", pairs / 1e9);
    let share = |same: &dyn Fn(&CatalogTool, &CatalogTool) -> bool| {
        let hits = neighbours.iter().zip(tools).flat_map(|(row, a)| row.iter().map(move |&(j, _)| same(a, &tools[j as usize])));
        let (mut yes, mut all) = (0, 0);
        hits.for_each(|hit| {
            yes += usize::from(hit);
            all += 1;
        });
        yes as f64 / f64::from(all.max(1))
    };
    println!(
        "of 10 neighbours, {:.3} of the same service, {:.3} of the same provider",
        share(&|a, b| (&a.origin.provider, &a.origin.service) == (&b.origin.provider, &b.origin.service)),
        share(&|a, b| a.origin.provider == b.origin.provider),
    );
}

#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let result = work();
    println!("{what}: {:.2} s, {:.2} CPU-s", wall.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
    result
}
