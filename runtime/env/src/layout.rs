//! A pack's component as programs: the compiled tools are one, and each guest is one of its own. A guest is lifted out of
//! the composition so that only the calls of its own tools pay for its instance and its memory.

use crate::Runtime;
use crate::loaded::{Follower, Place};
use std::sync::Arc;
use wardian_format::limits::Profile;
use wardian_format::pack::Statements;
use wardian_format::{Manifest, ToolSpec};
use wardian_sandbox::{Program, Reuse};

/// Which tool is where.
pub(crate) struct Layout {
    /// One a tool, in the order of the manifest.
    pub(crate) places: Vec<Place>,
    /// Exports of each program. The compiled tools come first, if there are any, then the guests by name.
    programs: Vec<(Option<String>, Vec<String>)>,
}

impl Layout {
    pub(crate) fn of(manifest: &Manifest) -> Self {
        let mut programs: Vec<(Option<String>, Vec<String>)> = Vec::new();
        if manifest.guests.is_empty() || manifest.tools.iter().any(|tool| tool.guest.is_none()) {
            programs.push((None, Vec::new()));
        }
        programs.extend(manifest.guests.iter().map(|guest| (Some(guest.name.clone()), Vec::new())));
        let mut places = Vec::new();
        for tool in &manifest.tools {
            let program = programs.iter().position(|(name, _)| *name == tool.guest).expect("the pack's checks know every guest");
            places.push(Place { program, export: programs[program].1.len() });
            programs[program].1.push(tool.export.clone());
        }
        Self { places, programs }
    }

    /// Compiles and links the programs.
    pub(crate) fn programs(&self, component: &[u8], manifest: &Manifest, runtime: &Runtime, reuse: Reuse) -> Result<Vec<Program>, String> {
        let split = wardian_pack::split(component, manifest)?;
        let program = |(guest, exports): &(Option<String>, Vec<String>)| {
            let part = guest.as_ref().map_or(split.own, |name| split.guests.get(name).copied());
            let part = part.ok_or_else(|| "a part of the component is missing".to_owned())?;
            // Beside guests, the compiled tools keep the profile of their own.
            let profile = if guest.is_none() && !manifest.guests.is_empty() { Profile::Sql } else { manifest.profile };
            let exports: Vec<&str> = exports.iter().map(String::as_str).collect();
            let code = runtime.code(part, profile).and_then(|code| Program::new(&runtime.engine, &code, &exports, profile, reuse));
            code.map_err(|error| match guest {
                Some(name) => format!("guest `{name}`: {error}"),
                None => format!("component: {error}"),
            })
        };
        self.programs.iter().map(program).collect()
    }

    /// What runs after a call of `tool`.
    pub(crate) fn after(&self, tool: &ToolSpec, manifest: &Manifest) -> Vec<Follower> {
        let follower = |after: &ToolSpec| {
            let index = manifest.tools.iter().position(|tool| tool.name == after.name)?;
            // What is not closed cannot follow; the compiler makes no other.
            let Statements::Closed { sql } = &after.statements else { return None };
            Some(Follower { code: self.places[index], effect: after.effect, statements: Arc::from(sql.as_slice()) })
        };
        manifest.after(tool).filter_map(follower).collect()
    }
}
