//! `wardian limits`

use crate::{Verdict, ui::Ui};
use anyhow::Result;
use serde_json::{Value, json};
use wardian_format::limits::{AdmissionLimits, Limits, Profile};

/// Prints every limit in force, per profile.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, ui: &Ui) -> Result<Verdict> {
    let profiles = [Profile::Sql, Profile::Guest, Profile::LanguageRuntime];
    let call: Vec<Value> = profiles.iter().map(|p| serde_json::to_value(Limits::of(*p))).collect::<Result<_, _>>()?;
    let admission: Vec<Value> = profiles.iter().map(|p| serde_json::to_value(AdmissionLimits::of(*p))).collect::<Result<_, _>>()?;
    let document = json!({"call": call, "admission": admission});
    ui.result(&document, || format!("{}\n{}", table("one call", &call), table("before compilation", &admission)))?;
    Ok(Verdict::Well)
}

/// One line a limit, one column a profile.
fn table(title: &str, profiles: &[Value]) -> String {
    let mut out = format!("{title:<22}{:>16}{:>16}{:>18}\n", "sql", "guest", "language-runtime");
    let Some(Value::Object(first)) = profiles.first() else { return out };
    for name in first.keys().filter(|name| *name != "profile") {
        let cell = |i: usize| profiles[i][name].to_string();
        out.push_str(&format!("{name:<22}{:>16}{:>16}{:>18}\n", cell(0), cell(1), cell(2)));
    }
    out
}
