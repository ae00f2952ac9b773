//! What one looks at: a tool graph as a page, as files for other programs, and in figures.
//!
//! What it is: pure functions from tools, edges and domains to text. The same input gives the same bytes, on any machine.
//! What it is not: it builds no graph, reads no files and prints nothing.
//! May depend on: `wardian-format`, the text cleaning of `wardian-report`, serde_json, and codecs.
//!
//! [`page()`] writes one HTML file that works from `file://`: its content security policy allows no network and no other script
//! than its own, and all text of a catalogue travels as compressed data that the script shows as text, never as markup.
//! [`export()`] writes GraphML, GEXF and Graphviz. [`stats()`] and [`table()`] count.

mod describe;
mod error;
mod export;
mod indexed;
mod map;
mod page;
mod stats;
mod table;

pub use error::ViewError;
pub use export::{Format, export};
pub use indexed::{Indexed, Link, Selection};
pub use page::{BYTES_MAX, Detail, Page, PageOptions, TOOLS_MAX, page};
pub use stats::{Degrees, Hub, ProviderStats, Quantiles, Stats, stats};
pub use table::{DomainRow, table};
