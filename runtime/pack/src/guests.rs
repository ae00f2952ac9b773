//! The guests inside of a composed component.

use std::collections::BTreeMap;
use wardian_format::limits::{AdmissionLimits, Profile};
use wardian_format::{Digest, Manifest};
use wasmparser::{Parser, Payload};

/// A composed component, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split<'c> {
    /// The component of the compiled tools. A pack may have guests alone.
    pub own: Option<&'c [u8]>,
    /// The guests by name.
    pub guests: BTreeMap<String, &'c [u8]>,
}

/// Takes `component` apart. A pack without guests is its own whole.
///
/// # Errors
/// When the components inside are not those that the manifest names.
pub fn split<'c>(component: &'c [u8], manifest: &Manifest) -> Result<Split<'c>, String> {
    if manifest.guests.is_empty() {
        return Ok(Split { own: Some(component), guests: BTreeMap::new() });
    }
    let mut inside: BTreeMap<Digest, &[u8]> = nested(component)?.into_iter().map(|bytes| (Digest::of(bytes), bytes)).collect();
    let mut guests = BTreeMap::new();
    for guest in &manifest.guests {
        let bytes = inside.remove(&guest.digest).ok_or_else(|| format!("the component does not hold the guest `{}`", guest.name))?;
        guests.insert(guest.name.clone(), bytes);
    }
    let mut rest = inside.into_values();
    let own = rest.next();
    let has_own = manifest.tools.iter().any(|tool| tool.guest.is_none());
    match (own, has_own, rest.next()) {
        (Some(_), true, None) | (None, false, None) => Ok(Split { own, guests }),
        _ => Err("the component holds other components than its guests and the compiled tools".to_owned()),
    }
}

/// The least profile whose admission limits `component` keeps: guests in a compiled language, or those that bring the
/// runtime of theirs.
///
/// # Errors
/// When it keeps neither; the reason is that of the wider one.
pub fn least_profile(component: &[u8]) -> Result<Profile, String> {
    let admits = |profile| wardian_admit::check(component, &AdmissionLimits::of(profile)).map(|_| profile);
    admits(Profile::Guest).or_else(|_| admits(Profile::LanguageRuntime)).map_err(|error| error.to_string())
}

/// The components that stand directly inside of `component`, in order.
fn nested(component: &[u8]) -> Result<Vec<&[u8]>, String> {
    let mut out = Vec::new();
    let mut parser = Parser::new(0);
    let mut at = 0;
    loop {
        let rest = component.get(at..).unwrap_or_default();
        let (consumed, payload) = match parser.parse(rest, true).map_err(|error| error.to_string())? {
            wasmparser::Chunk::Parsed { consumed, payload } => (consumed, payload),
            wasmparser::Chunk::NeedMoreData(_) => return Err("the component ends early".to_owned()),
        };
        at += consumed;
        match payload {
            Payload::ComponentSection { unchecked_range, .. } => {
                out.push(component.get(unchecked_range.clone()).ok_or("a component inside ends early")?);
                at = unchecked_range.end;
            }
            // The parser goes on behind what is nested; so must its input.
            Payload::ModuleSection { unchecked_range, .. } => at = unchecked_range.end,
            Payload::End(_) => return Ok(out),
            _ => {}
        }
    }
}
