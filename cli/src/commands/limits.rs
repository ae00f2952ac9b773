//! `wardian limits`

use crate::{Verdict, ui::Ui};
use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wardian_format::Digest;
use wardian_format::limits::{AdmissionLimits, CompileLimits, FIXED, Limits, Profile};

/// Prints every limit in force, per profile.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, ui: &Ui) -> Result<Verdict> {
    let call = of_each(Limits::of)?;
    let admission = of_each(AdmissionLimits::of)?;
    let compile = of_each(CompileLimits::of)?;
    // What a certificate names.
    let digests: BTreeMap<&str, Digest> = Profile::ALL.into_iter().map(|profile| (profile.name(), Limits::of(profile).digest())).collect();
    let document = json!({"digests": digests, "call": call, "admission": admission, "compile": compile, "fixed": FIXED});
    ui.result(&document, || {
        let tables = [table("one call", &call), table("before compilation", &admission), table("compilation", &compile)];
        let digests: String = digests.iter().map(|(profile, digest)| format!("{profile:<22}{digest}\n")).collect();
        format!("{}\n{}\ndigest in certificates\n{digests}", tables.join("\n"), fixed(&document["fixed"]))
    })?;
    Ok(Verdict::Well)
}

/// The limits of every profile.
fn of_each<T: Serialize>(limits: impl Fn(Profile) -> T) -> Result<Vec<Value>> {
    Profile::ALL.into_iter().map(|profile| Ok(serde_json::to_value(limits(profile))?)).collect()
}

/// The limits that are the same for every profile, one a line.
fn fixed(limits: &Value) -> String {
    let rows = limits.as_object().into_iter().flatten().map(|(name, value)| format!("{name:<22}{:>18}\n", value.to_string()));
    format!("{:<22}{:>18}\n{}", "fixed", "", rows.collect::<String>())
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
