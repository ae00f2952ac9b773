//! Calls of tools through the sandbox, digests included, against the same SQL on the state alone; whole episodes.

use crate::clock::Plan;
use crate::figure::Figure;
use crate::rival;
use crate::world::{Documents, library, pack};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::sync::Arc;
use wardian_env::{EpisodeContext, LoadedPack, Runtime};
use wardian_format::limits::{Limits, Profile};
use wardian_format::pack::{Effect, Role, Statements};
use wardian_format::{SqlValue, json as canonical};

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
    for (how, pack) in [("instance kept", runtime.load_own(bytes.clone(), "shop")?), ("fresh instance", runtime.load(bytes, "shop")?)] {
        let figure = format!("{}: episode of 10 writes, {how}", documents.label);
        figures.push(Figure::against(NAME, figure, "µs", &episodes(&pack, &orders, plan)?, rival.get("episode")));
    }
    Ok(figures)
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
    let mut state = Some(pack.env(&context())?.state().clone());
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
