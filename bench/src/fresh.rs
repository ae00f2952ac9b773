//! What an instance of its own costs a call: packs that nobody vouches for get one for every call.

use crate::call::context;
use crate::clock::Plan;
use crate::figure::Figure;
use crate::world::{fifty_tools, pack};
use anyhow::{Result, ensure};
use serde_json::json;
use std::sync::Arc;
use wardian_compiler::{Sources, Validation, compile_tool};
use wardian_env::{LoadedPack, Runtime};
use wardian_format::pack::Role;

const NAME: &str = "compile";

/// All figures.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let runtime = Runtime::new()?;
    let plain = pack(&fifty_tools())?;
    let composed = pack(&with_guest()?)?;
    let kept = calls(&runtime.load_own(plain.clone(), "fifty")?, plan)?;
    let fresh = calls(&runtime.load(plain, "fifty")?, plan)?;
    let beside = calls(&runtime.load(composed, "fifty and a guest")?, plan)?;
    let above = |samples: &[f64]| samples.iter().zip(&kept).map(|(fresh, kept)| fresh - kept).collect::<Vec<_>>();
    let figure = |what: &str, samples: &[f64]| Figure::alone(NAME, format!("50 tools, pooling allocator: {what}"), "µs", samples);
    Ok(vec![
        figure("a read, instance kept", &kept),
        figure("a read, fresh instance", &fresh),
        figure("to instantiate and to end", &above(&fresh)),
        figure("to instantiate and to end, a guest beside it", &above(&beside)),
    ])
}

/// The fifty tools and one more, whose code is a component of its own.
fn with_guest() -> Result<Sources> {
    let mut sources = fifty_tools();
    let guest = sources.texts["tools.sql"].replacen("@tool get_order_0", "@tool look_up", 1);
    let mut alone = sources.clone();
    alone.insert("tools.sql", guest);
    let component = compile_tool(&alone, "look_up", Validation::Trusted)?;
    sources.guests.insert("reader".to_owned(), component);
    let tool = "-- @tool look_up\n-- @doc Show an order, in a guest.\n-- @param order_id text ref(orders.order_id)\n-- @guest reader\n-- @effect read\n";
    sources.insert("guests/reader.sql", tool);
    Ok(sources)
}

/// Times of a tool of one statement, microseconds.
fn calls(pack: &Arc<LoadedPack>, plan: Plan) -> Result<Vec<f64>> {
    let mut env = pack.env(&context())?;
    let arguments = json!({"order_id": "#1"});
    plan.each_us(5_000, || {
        let called = env.call(Role::Agent, "get_order_7", &arguments)?;
        ensure!(called.outcome.is_ok(), "`get_order_7` gave {:?}", called.outcome);
        Ok(())
    })
}
