//! The compiler and the loader: from sources to components, and from pack files to packs that are ready.

use crate::clock::{Plan, once_s};
use crate::figure::Figure;
use crate::world::{Documents, fifty_tools, generated, library, pack};
use crate::{cold, fresh};
use anyhow::Result;
use std::hint::black_box;
use wardian_compiler::{Emitter, Sources, Validation};
use wardian_env::Runtime;

const NAME: &str = "compile";

/// All figures.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let sources = library()?;
    let bytes = pack(&sources)?;
    let mut figures = of("library", &sources, &bytes, plan)?;
    let (sources, bytes) = generated(!plan.quick)?;
    figures.extend(of("largest generated", &sources, &bytes, plan)?);
    figures.extend(against_tau2(plan)?);
    figures.extend(cold::run(plan)?);
    figures.extend(fresh::run(plan)?);
    Ok(figures)
}

/// Fifty tools against the schema of a τ²-bench domain, without its rows.
fn against_tau2(plan: Plan) -> Result<Vec<Figure>> {
    let documents = Documents::find()?;
    let mut sources = documents.sources()?;
    sources.texts.retain(|path, _| !path.starts_with("data/"));
    sources.insert("tools.sql", fifty_tools().texts["tools.sql"].clone());
    let bytes = pack(&sources)?;
    of(&format!("schema of {}", documents.label), &sources, &bytes, plan)
}

fn of(name: &str, sources: &Sources, bytes: &[u8], plan: Plan) -> Result<Vec<Figure>> {
    let checked = wardian_compiler::check(sources)?;
    let tools = checked.tools.len();
    let whole = plan.each_us(20, || {
        black_box(wardian_compiler::compile_pack(sources, Validation::Trusted)?);
        Ok(())
    })?;
    let emitter = Emitter::new();
    let emit = plan.each_us(50, || {
        black_box(emitter.component(&checked.tools, Validation::Trusted)?);
        Ok(())
    })?;
    let mut cold = Vec::new();
    for _ in 0..plan.runs {
        let (_, s) = once_s(|| {
            black_box(Runtime::new()?.load_own(bytes.to_vec(), name)?);
            Ok(())
        })?;
        cold.push(s * 1e3);
    }
    let rate = |us: Vec<f64>| us.into_iter().map(|us| tools as f64 * 1e6 / us).collect::<Vec<_>>();
    let figure = |what: &str, unit, samples: &[f64]| Figure::alone(NAME, format!("{name} ({tools} tools): {what}"), unit, samples);
    Ok(vec![
        figure("sources → pack parts", "tools/s", &rate(whole)),
        figure("IR → component", "tools/s", &rate(emit)),
        figure("start the engine and load, compiling in the process", "ms", &cold),
    ])
}
