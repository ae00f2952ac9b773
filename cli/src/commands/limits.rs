//! `wardian limits`

use crate::{Verdict, ui::Ui};
use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};
use wardian_format::limits::{AdmissionLimits, CompileLimits, Limits, Profile};

/// Prints every limit in force, per profile.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, ui: &Ui) -> Result<Verdict> {
    let call = of_each(Limits::of)?;
    let admission = of_each(AdmissionLimits::of)?;
    let compile = of_each(CompileLimits::of)?;
    let document = json!({"call": call, "admission": admission, "compile": compile});
    ui.result(&document, || {
        let tables = [table("one call", &call), table("before compilation", &admission), table("compilation", &compile)];
        tables.join("\n")
    })?;
    Ok(Verdict::Well)
}

/// The limits of every profile.
fn of_each<T: Serialize>(limits: impl Fn(Profile) -> T) -> Result<Vec<Value>> {
    Profile::ALL.into_iter().map(|profile| Ok(serde_json::to_value(limits(profile))?)).collect()
}

/// One line a limit, one column a profile.
fn table(title: &str, profiles: &[Value]) -> String {
    let row = |name: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:>18}")).collect();
        format!("{name:<22}{cells}\n")
    };
    let mut out = row(title, Profile::ALL.iter().map(|profile| profile.name().to_owned()).collect());
    let Some(Value::Object(first)) = profiles.first() else { return out };
    for name in first.keys().filter(|name| *name != "profile") {
        out.push_str(&row(name, profiles.iter().map(|limits| limits[name].to_string()).collect()));
    }
    out
}
