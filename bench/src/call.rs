//! Calls of tools through the sandbox, digests included, against the same SQL on the state alone; whole episodes.

use crate::clock::Plan;
use crate::figure::Figure;
use crate::rival;
use crate::world::{Documents, library, pack};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::hint::black_box;
use std::sync::Arc;
use wardian_env::{EpisodeContext, LoadedPack, Runtime};
use wardian_format::limits::{Limits, Profile};
use wardian_format::pack::{Effect, Role, Statements};
use wardian_format::{SqlValue, json as canonical};
use wardian_sandbox::{Compile as _, Engine, InProcess, Program, Reuse};

const NAME: &str = "call";
/// One SELECT, one UPDATE; each with the arguments of two calls that take turns.
const TOOLS: [(&str, &str, Role); 2] = [("SELECT", "get_member", Role::Agent), ("UPDATE", "suspend_member", Role::Setup)];

pub(crate) fn context() -> EpisodeContext {
    EpisodeContext { seed: 1, now: "2026-01-31T12:00:00Z".to_owned() }
}

/// All figures.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let runtime = Runtime::new()?;
    let bytes = pack(&library()?)?;
    let (kept, fresh) = (runtime.load_own(bytes.clone(), "library")?, runtime.load(bytes, "library")?);
    let mut figures = Vec::new();
    for (kind, tool, role) in TOOLS {
        let mut add = |how: &str, samples: Vec<f64>| figures.push(Figure::alone(NAME, format!("{kind} ({tool}): {how}"), "µs", &samples));
        add("call, instance kept", calls(&kept, tool, role, plan)?);
        add("call, fresh instance", calls(&fresh, tool, role, plan)?);
        add("on the state alone", natively(&kept, tool, plan)?);
    }
    let documents = Documents::find()?;
    let rival = rival::python(&documents, &["episode"], plan)?;
    let bytes = pack(&documents.sources()?)?;
    let orders = documents.orders()?;
    figures.extend(one_step(&bytes, &orders, plan)?);
    for (how, pack) in [("instance kept", runtime.load_own(bytes.clone(), "shop")?), ("fresh instance", runtime.load(bytes, "shop")?)] {
        let figure = format!("{}: episode of 10 writes, {how}", documents.label);
        figures.push(Figure::against(NAME, figure, "µs", &episodes(&pack, &orders, plan)?, rival.get("episode")));
    }
    Ok(figures)
}

/// What the sandbox adds to one statement: the same transaction and statement, with its result parsed and digested,
/// called through WebAssembly and made directly; and whole calls of that tool with check of arguments, record and digests.
fn one_step(bytes: &[u8], orders: &[String], plan: Plan) -> Result<Vec<Figure>> {
    let parts = wardian_pack::open(bytes, "shop")?.parts;
    let (engine, limits) = (Engine::new()?, Limits::of(Profile::Sql));
    let export = parts.manifest.tools.iter().position(|tool| tool.name == "get_order").context("the tool is there")?;
    let spec = &parts.manifest.tools[export];
    let Statements::Closed { sql } = &spec.statements else { bail!("`get_order` has no closed set") };
    let set: Arc<[String]> = sql.as_slice().into();
    let exports: Vec<&str> = parts.manifest.tools.iter().map(|tool| tool.export.as_str()).collect();
    let code = InProcess.compile(&engine, &parts.component, Profile::Sql)?;
    let program = Program::new(&engine, &code, &exports, Profile::Sql, Reuse::OwnCompiler)?;
    let pack = Runtime::new()?.load_own(bytes.to_vec(), "shop")?;
    let texts: Vec<String> = orders.iter().take(100).map(|id| json!({"order_id": id}).to_string()).collect();
    let mut state = Some(pack.env(&context())?.state()?.clone());
    let mut n = 0;
    let through = plan.each_us(50_000, || {
        n += 1;
        let tx = state.take().context("the state is here")?.begin(&limits, Some(Arc::clone(&set)))?;
        let reply = program.call(export, tx, texts[n % texts.len()].clone(), &limits);
        ensure!(reply.outcome?.is_ok(), "`get_order` fails");
        state = Some(reply.tx.context("the state comes back")?.rollback());
        Ok(())
    })?;
    let params: Vec<SqlValue> = texts.iter().map(|text| SqlValue::Text(text.clone())).collect();
    let native = plan.each_us(50_000, || {
        n += 1;
        let mut tx = state.take().context("the state is here")?.begin(&limits, Some(Arc::clone(&set)))?;
        let rows = tx.query(&set[0], std::slice::from_ref(&params[n % params.len()]))?;
        let Some([SqlValue::Text(text)]) = rows.values.first().map(Vec::as_slice) else { bail!("there is no row") };
        // As every call does with its result.
        let result = canonical::parse(text)?;
        black_box((canonical::digest(&result)?, result));
        state = Some(tx.rollback());
        Ok(())
    })?;
    let arguments: Vec<Value> = orders.iter().take(100).map(|id| json!({"order_id": id})).collect();
    let mut env = pack.env(&context())?;
    let whole = plan.each_us(50_000, || {
        n += 1;
        ensure!(env.call(Role::Agent, "get_order", &arguments[n % arguments.len()])?.outcome.is_ok(), "`get_order` fails");
        Ok(())
    })?;
    let above: Vec<f64> = through.iter().zip(&native).map(|(through, native)| (through - native).max(0.0)).collect();
    let rate: Vec<f64> = whole.iter().map(|us| 1e6 / us).collect();
    let figure = |what: &str, unit, samples: &[f64]| Figure::alone(NAME, format!("one-step tool (get_order): {what}"), unit, samples);
    Ok(vec![
        figure("statement natively, same guards", "µs", &native),
        figure("statement through Wasm, same guards", "µs", &through),
        figure("Wasm above native", "µs", &above),
        figure("whole call: arguments checked, recorded, digested", "µs", &whole),
        figure("whole calls", "1/s", &rate),
    ])
}

/// Arguments that change something every time.
fn arguments(tool: &str) -> Result<[Value; 2]> {
    Ok(match tool {
        "get_member" => [json!({"member_id": "M-1001"}), json!({"member_id": "M-1002"})],
        "suspend_member" => [json!({"member_id": "M-1001", "suspended": true}), json!({"member_id": "M-1001", "suspended": false})],
        _ => bail!("no arguments for `{tool}`"),
    })
}

fn calls(pack: &Arc<LoadedPack>, tool: &str, role: Role, plan: Plan) -> Result<Vec<f64>> {
    let mut env = pack.env(&context())?;
    let arguments = arguments(tool)?;
    let mut n = 0;
    plan.each_us(20_000, || {
        n += 1;
        let record = env.call(role, tool, &arguments[n % 2])?;
        ensure!(record.outcome.is_ok(), "`{tool}` gave {:?}", record.outcome);
        Ok(())
    })
}

/// Begin, the statement that does the tool's work (its others make messages for failures), keep or undo, and the
/// digest where it writes.
fn natively(pack: &Arc<LoadedPack>, tool: &str, plan: Plan) -> Result<Vec<f64>> {
    let spec = pack.manifest().tool(tool).context("the tool is there")?;
    let Statements::Closed { sql } = &spec.statements else { bail!("`{tool}` has no closed set") };
    let set: Arc<[String]> = sql.as_slice().into();
    let limits = Limits::of(Profile::Sql);
    let writes = spec.effect == Effect::Write;
    let work = sql.iter().find(|sql| !writes || sql.starts_with("UPDATE")).context("the tool has a statement")?;
    let texts = arguments(tool)?.iter().map(|a| Ok(SqlValue::Text(canonical::canonical(a)?))).collect::<Result<Vec<_>>>()?;
    let mut state = Some(pack.env(&context())?.state()?.clone());
    let mut n = 0;
    plan.each_us(20_000, || {
        n += 1;
        let mut tx = state.take().context("the state is here")?.begin(&limits, Some(Arc::clone(&set)))?;
        if writes {
            ensure!(tx.execute(work, &texts[n % 2..=n % 2])? == 1, "a row changes");
            let (mut after, kept) = tx.commit();
            kept?;
            after.digests()?;
            state = Some(after);
        } else {
            ensure!(tx.query(work, &texts[n % 2..=n % 2])?.values.len() == 1, "there is a row");
            state = Some(tx.rollback());
        }
        Ok(())
    })
}

/// Fork, ten calls that each change an order and are digested, comparison with the digest expected, drop.
fn episodes(pack: &Arc<LoadedPack>, orders: &[String], plan: Plan) -> Result<Vec<f64>> {
    let start = pack.env(&context())?;
    let arguments: Vec<Value> = orders.iter().take(10).map(|id| json!({"order_id": id, "status": "changed"})).collect();
    let episode = || {
        let mut env = start.clone();
        for arguments in &arguments {
            let record = env.call(Role::Agent, "set_status", arguments)?;
            ensure!(record.outcome.is_ok(), "`set_status` gave {:?}", record.outcome);
        }
        Ok(env.digests()?)
    };
    let expected = episode()?;
    plan.each_us(2_000, || {
        ensure!(episode()? == expected, "an episode ended elsewhere");
        Ok(())
    })
}
