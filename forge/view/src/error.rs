//! What can be wrong with a graph or with what is asked of it.

/// Why nothing could be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// Two tools share an id; the places are one-based records.
    #[error("tools {first} and {second} have the same id `{id}`")]
    TwiceATool {
        /// The id.
        id: String,
        /// Record of the first.
        first: usize,
        /// Record of the second.
        second: usize,
    },
    /// An edge names a tool that is not there.
    #[error("edge {place} names `{id}`, which is no tool of this graph")]
    EdgeToNowhere {
        /// The missing id.
        id: String,
        /// One-based record of the edge.
        place: usize,
    },
    /// A domain lists a tool that is not there.
    #[error("domain `{domain}` lists `{id}`, which is no tool of this graph")]
    DomainOfNothing {
        /// The missing id.
        id: String,
        /// Name of the domain.
        domain: String,
    },
    /// A tool is in two domains, or twice in one.
    #[error("tool `{id}` is in domain `{first}` and again in `{second}`")]
    TwiceInDomains {
        /// The tool.
        id: String,
        /// The domain that lists it first.
        first: String,
        /// The one that lists it again.
        second: String,
    },
    /// Two domains share a name.
    #[error("two domains are named `{name}`")]
    TwiceADomain {
        /// The name.
        name: String,
    },
    /// A domain that nobody defined.
    #[error("there is no domain `{name}`{}", like_it(.near))]
    NoSuchDomain {
        /// What was asked for.
        name: String,
        /// Names like it.
        near: Vec<String>,
    },
    /// More tools than a page can hold.
    #[error("a page shows at most {tools_max} tools; this graph has {tools}")]
    TooManyTools {
        /// Tools of the graph.
        tools: usize,
        /// The bound.
        tools_max: usize,
    },
    /// The page does not fit its bound at the detail asked for.
    #[error("the page would have {bytes} bytes at detail `{detail}`; the bound is {bytes_max}")]
    TooLarge {
        /// What the page would have.
        bytes: usize,
        /// The bound.
        bytes_max: usize,
        /// The detail tried last.
        detail: &'static str,
    },
    /// The writer failed.
    #[error("cannot write the export")]
    Write(#[from] std::io::Error),
}

fn like_it(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    format!("; like it: {}", names.join(", "))
}
