//! A pack with guests: the compiled tools and the guests' components, composed into one component that exports the
//! tools alone. What else a guest exports is left out.

use std::collections::BTreeMap;
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};

/// The components could not be composed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// A guest is not what it should be.
    #[error("guest `{guest}`: {reason}")]
    Guest {
        /// Its name.
        guest: String,
        /// What is wrong, with its causes.
        reason: String,
    },
    /// The composition as a whole failed.
    #[error("cannot compose the guests: {0}")]
    Encode(String),
}

/// A tool of the composed component.
pub(crate) struct Export<'e> {
    /// Name of the export, here and in the part that has the code.
    pub(crate) name: &'e str,
    /// The guest with the code; none: the compiled tools.
    pub(crate) guest: Option<&'e str>,
}

/// Composes `own` and `guests`. Without tools of our own `own` is not part of it.
pub(crate) fn compose(own: Option<Vec<u8>>, guests: &BTreeMap<String, Vec<u8>>, exports: &[Export<'_>]) -> Result<Vec<u8>, ComposeError> {
    let mut graph = CompositionGraph::new();
    let own = own.map(|bytes| instantiate(&mut graph, "wardian:tools", bytes).map_err(ComposeError::Encode)).transpose()?;
    let mut instances = BTreeMap::new();
    for (name, bytes) in guests {
        let package = format!("guest:{}", wardian_format::names::kebab(name));
        let instance = instantiate(&mut graph, &package, bytes.clone());
        instances.insert(name.as_str(), instance.map_err(|reason| ComposeError::Guest { guest: name.clone(), reason })?);
    }
    for export in exports {
        let (part, instance) = match export.guest {
            Some(guest) => (guest, instances.get(guest).copied()),
            None => ("the compiled tools", own),
        };
        let refused = |reason: String| ComposeError::Guest { guest: part.to_owned(), reason };
        let instance = instance.ok_or_else(|| refused("it is not there".to_owned()))?;
        let alias = graph.alias_instance_export(instance, export.name);
        let node = alias.map_err(|_| refused(format!("it exports no function `{}`", export.name)))?;
        graph.export(node, export.name).map_err(|error| refused(chain(&error)))?;
    }
    let options = EncodeOptions { define_components: true, validate: true, processor: None };
    graph.encode(options).map_err(|error| ComposeError::Encode(chain(&error)))
}

fn instantiate(graph: &mut CompositionGraph, name: &str, bytes: Vec<u8>) -> Result<NodeId, String> {
    let package = Package::from_bytes(name, None, bytes, graph.types_mut()).map_err(|error| format!("{error:#}"))?;
    let package = graph.register_package(package).map_err(|error| chain(&error))?;
    Ok(graph.instantiate(package))
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source()).map(|cause| format!(": {cause}"));
    std::iter::once(error.to_string()).chain(causes).collect()
}
