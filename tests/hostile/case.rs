//! What a file of the corpus says. `README.md` beside it describes each member.

use serde::Deserialize;
use std::collections::BTreeMap;

/// One case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What is tried, in one sentence.
    pub(crate) title: String,
    /// Where it belongs; every class is one test.
    pub(crate) class: Class,
    /// How much resident memory the case may take at its peak, above what was there before.
    #[serde(default = "memory_mib_max")]
    pub(crate) memory_mib_max: u64,
    /// CPU time after which the case counts as hanging: a backstop, no measurement.
    #[serde(default = "cpu_s_max")]
    pub(crate) cpu_s_max: u64,
    /// The calls succeed and change the state.
    #[serde(default)]
    pub(crate) changes: bool,
    /// The whole case is played a second time and must give the same records.
    #[serde(default)]
    pub(crate) replay: bool,
    /// The hostile tool as a body in WebAssembly text.
    pub(crate) guest: Option<Guest>,
    /// The hostile tool as statements that it runs in order.
    pub(crate) sql: Option<Sql>,
    /// A whole component instead.
    pub(crate) component: Option<Component>,
    /// The database instead of the sample's.
    pub(crate) image: Option<Image>,
    /// Changes to the manifest: JSON pointer → value; `null` removes.
    #[serde(default)]
    pub(crate) manifest: BTreeMap<String, toml::Value>,
    /// JSON Schema of the hostile tool's arguments; an object of any kind where it is absent.
    pub(crate) schema: Option<Text>,
    /// What the manifest says of the hostile tool: `read` or `write`.
    #[serde(default = "effect")]
    pub(crate) effect: String,
    /// The closed set of statements of the hostile tool; free where it is absent.
    pub(crate) closed: Option<Vec<String>>,
    /// Sections of the pack instead of, or after, those that belong there.
    #[serde(default, rename = "section")]
    pub(crate) sections: Vec<Section>,
    /// Changes to the finished file.
    #[serde(default)]
    pub(crate) file: File,
    /// A part of the message with which the pack must be refused.
    pub(crate) refused: Option<String>,
    /// The calls, in order, where it is not refused.
    #[serde(default, rename = "call")]
    pub(crate) calls: Vec<Call>,
}

/// Classes of cases.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Class {
    EndlessLoops,
    Memory,
    Recursion,
    HostCalls,
    Strings,
    Handles,
    SqlBombs,
    ForbiddenSql,
    Transactions,
    Text,
    Traps,
    Malformed,
    Imports,
    Features,
    CompileBombs,
    Sections,
    Manifests,
    Determinism,
    Leaks,
    Images,
    Schemas,
    Arguments,
}

/// A text, or pieces of which some are repeated.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
pub(crate) enum Text {
    Plain(String),
    Pieces(Vec<Piece>),
}

/// A piece of a generated text.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
pub(crate) enum Piece {
    Plain(String),
    /// `repeat`, `times` times. `{i}` in it counts from 1, `{h}` is one less.
    Repeated {
        repeat: String,
        times: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guest {
    /// Body of the tool `hostile`, as `wardian_testkit::Guest` takes it. `@NAME@` pushes address and length of a text.
    pub(crate) body: Text,
    /// Further fields of the core module.
    pub(crate) fields: Option<Text>,
    /// Static texts by name.
    #[serde(default)]
    pub(crate) texts: BTreeMap<String, Text>,
    /// Static bytes by name, in hexadecimal.
    #[serde(default)]
    pub(crate) bytes: BTreeMap<String, String>,
    /// Replacements in the finished core module: each must occur.
    #[serde(default)]
    pub(crate) replace: Vec<(String, String)>,
    /// Further items of the world, in WIT, and the core imports for them.
    pub(crate) imports: Option<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sql {
    /// The statements. The tool returns the first cell of the last one if that is text, and `true` otherwise.
    pub(crate) statements: Vec<Text>,
    /// The tool goes on after a statement that fails, instead of returning its message.
    #[serde(default)]
    pub(crate) stubborn: bool,
    /// The whole list is run this many times.
    #[serde(default = "once")]
    pub(crate) rounds: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Component {
    /// In the text format.
    pub(crate) wat: Option<Text>,
    /// As bytes, in hexadecimal.
    pub(crate) hex: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Image {
    /// Statements for plain SQLite, without any of our rules.
    pub(crate) sql: Option<Text>,
    /// Bytes that are overwritten: offset (from the end where it is negative) and hexadecimal.
    #[serde(default)]
    pub(crate) overwrite: Vec<(i64, String)>,
    /// What is kept of it, bytes.
    pub(crate) cut: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) name: String,
    /// As it stands.
    pub(crate) text: Option<Text>,
    /// As it stands, in hexadecimal.
    pub(crate) hex: Option<String>,
    /// In a zstd frame.
    pub(crate) compressed: Option<Text>,
    /// A zstd frame of so many MiB of line feeds, some bytes a MiB.
    pub(crate) bomb_mib: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Bytes that are kept (from the end where it is negative).
    pub(crate) cut: Option<i64>,
    /// Bytes that are overwritten: offset and hexadecimal.
    #[serde(default)]
    pub(crate) overwrite: Vec<(i64, String)>,
    /// Bytes after the end, in hexadecimal.
    pub(crate) append: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    #[serde(default = "hostile")]
    pub(crate) tool: String,
    /// The arguments as the agent wrote them.
    #[serde(default = "no_arguments")]
    pub(crate) arguments: Text,
    /// Where the call is made: on the environment of the call before, on a fork of it, or in a new episode.
    #[serde(default)]
    pub(crate) on: On,
    /// How often it is made, with the same outcome each time.
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// The outcome.
    pub(crate) expect: Expect,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum On {
    #[default]
    Same,
    Fork,
    NewEpisode,
}

/// An outcome; texts are parts of a message.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Expect {
    /// The result, as JSON text.
    Ok(String),
    /// One of these limits, by the names in a certificate.
    Limit(Vec<String>),
    Denied(String),
    Trap(String),
    ToolError(String),
    Invalid(String),
    Malformed(String),
    UnknownTool(bool),
    /// Any of these, where the machine decides how far a call comes.
    Any(Vec<Expect>),
}

impl Text {
    /// The text, with the repetitions made.
    pub(crate) fn make(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Pieces(pieces) => pieces.iter().map(Piece::make).collect(),
        }
    }
}

impl Piece {
    fn make(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Repeated { repeat, times } if repeat.contains("{i}") || repeat.contains("{h}") => {
                (1..=*times).map(|i| repeat.replace("{i}", &i.to_string()).replace("{h}", &(i - 1).to_string())).collect()
            }
            Self::Repeated { repeat, times } => repeat.repeat(*times),
        }
    }
}

fn memory_mib_max() -> u64 {
    48
}

fn cpu_s_max() -> u64 {
    60
}

fn effect() -> String {
    "write".to_owned()
}

fn hostile() -> String {
    "hostile".to_owned()
}

fn no_arguments() -> Text {
    Text::Plain("{}".to_owned())
}

fn once() -> u32 {
    1
}
