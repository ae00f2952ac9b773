//! The catalogue: one record a tool, as imported from an API description.

use crate::schema::Schema;
use serde::{Deserialize, Serialize};

/// One operation of an API, normalised. A catalogue is a file of these, one JSON object a line, sorted by id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogTool {
    /// Unique in the catalogue: `provider/service/name`.
    pub id: String,
    /// What a chat API is shown: `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// One to a few sentences.
    #[serde(default)]
    pub description: String,
    /// JSON Schema of the argument object. Self-contained: no `$ref`, cycles cut.
    pub parameters: Schema,
    /// JSON Schema of the result; absent where the description says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Schema>,
    /// Where the tool came from and how it is called there.
    pub origin: Origin,
}

/// Provenance and call style. Never among the features of the graph (design, decision 17), but for
/// `method`, `path` and the schema names, which the materializer reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Kind of description: `openapi`, `aws`, `google`, `mcp`, `function`, `jsonl`.
    pub source: String,
    /// Who offers the API, such as `github.com`.
    pub provider: String,
    /// The API of that provider, such as `calendar`; the label of the graph's quality measure.
    pub service: String,
    /// SPDX identifier of the description's licence, if stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// HTTP method in upper case, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Path template, such as `/repos/{owner}/{repo}/issues`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where each parameter travels: `path`, `query`, `header`, `body`; in the order of the description.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<ParameterLocation>,
    /// Name of the schema of the result, before it was inlined, such as `issue` or `Event`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns_schema: Option<String>,
    /// True where the result is a list of `returns_schema` (bare, or in an envelope).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub returns_list: bool,
    /// Name of the schema of the request body, before it was inlined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_schema: Option<String>,
    /// HTTP status codes of the declared errors, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<u16>,
    /// What the bodies of declared errors look like, as far as it matters here; each schema once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub error_schemas: Vec<ErrorSchema>,
    /// Tags of the description.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Places of the descriptions that say the same and were merged into this tool: the end of the file's path, `#` and a pointer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

/// The body of declared errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorSchema {
    /// The answers that have it: a status (`404`), a class of statuses (`4XX`), or `default`; in the order of the description.
    pub statuses: Vec<String>,
    /// Its JSON Schema, without the optional members that neither hold the sentence nor say what kind of error it is, and without
    /// descriptions.
    pub schema: Schema,
}

/// Where one parameter travels in the real API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterLocation {
    /// Name in `parameters.properties`.
    pub name: String,
    /// `path`, `query`, `header` or `body`.
    pub place: Place,
}

/// Part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A segment of the path: names a resource.
    Path,
    /// The query string: filters and pages.
    Query,
    /// A header.
    Header,
    /// A member of the body: a field of a resource.
    Body,
}

/// A description, or a part of one, that was left out of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// File, and place in it (a line, or a JSON pointer).
    pub at: String,
    /// Why, for people.
    pub reason: String,
}
