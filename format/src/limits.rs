//! Every limit on a call, in one place.
//!
//! A limit is *certifiable* when the same call trips it on any machine: host-side counters of statements,
//! virtual-machine operations, rows and bytes. Fuel, memory, stack and wall time depend on the code
//! generator or on the machine; a stop by one of those makes a trajectory uncertifiable (design, decision 6).
//! Deterministic budgets are set to trip first.

use crate::{Digest, json};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Limits on one call of a tool. There is no `Default`: choose a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Which profile these came from.
    pub profile: Profile,
    /// Argument document, bytes of canonical JSON. Certifiable.
    pub arguments_bytes_max: usize,
    /// Result document, bytes as the guest returned it. Certifiable.
    pub result_bytes_max: usize,
    /// Statements a call may run. Certifiable.
    pub statements_max: u64,
    /// SQLite virtual-machine operations of all statements of a call. Certifiable.
    pub vm_ops_max: u64,
    /// Rows that all queries of a call may return. Certifiable.
    pub rows_max: u64,
    /// Bytes of all values returned by queries of a call. Certifiable.
    pub row_bytes_max: u64,
    /// Longest string or blob that SQLite handles, bytes (`SQLITE_LIMIT_LENGTH`). Certifiable.
    pub value_bytes_max: usize,
    /// Longest statement, bytes. Certifiable.
    pub sql_bytes_max: usize,
    /// Memory that SQLite holds at once for a call's statements, bytes. Not certifiable.
    pub heap_bytes_max: usize,
    /// Bytes of all allocations of 8 KiB and more that SQLite makes for a call: work that no operation counts. Not certifiable.
    pub heap_total_bytes_max: usize,
    /// Pages of 4 KiB that the database may grow to beyond its image. Certifiable.
    pub growth_pages_max: u32,
    /// Wasm fuel, including what host calls charge. Not certifiable.
    pub fuel_max: u64,
    /// Linear memory of all instances of a call together, bytes. Not certifiable.
    pub memory_bytes_max: usize,
    /// Elements of all tables together. Not certifiable.
    pub table_elements_max: usize,
    /// Wasm stack, bytes. Not certifiable. A property of the engine, not of one call.
    pub stack_bytes_max: usize,
    /// Backstop in milliseconds of wall time. Not certifiable.
    pub wall_ms_max: u64,
}

/// Named sets of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Output of our own compiler.
    Sql,
    /// A component that somebody else wrote.
    Guest,
    /// A component that carries a language runtime (JavaScript, Python).
    LanguageRuntime,
    /// A component that insists on WASI 0.2. It gets a clock that stands still, seeded random bytes, and nothing else.
    Compatibility,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sql, Self::Guest, Self::LanguageRuntime, Self::Compatibility];

    /// Its name, as manifests spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Guest => "guest",
            Self::LanguageRuntime => "language-runtime",
            Self::Compatibility => "compatibility",
        }
    }

    /// True where admission alone does not bound what compiling costs, so that it must happen in a process of its own.
    pub fn needs_bounded_compiler(self) -> bool {
        matches!(self, Self::LanguageRuntime | Self::Compatibility)
    }
}

impl Limits {
    /// Digest of the profile and the certifiable limits, which decide what a call comes to on any machine.
    pub fn digest(&self) -> Digest {
        let counted = json!({
            "arguments_bytes_max": self.arguments_bytes_max,
            "growth_pages_max": self.growth_pages_max,
            "profile": self.profile,
            "result_bytes_max": self.result_bytes_max,
            "row_bytes_max": self.row_bytes_max,
            "rows_max": self.rows_max,
            "sql_bytes_max": self.sql_bytes_max,
            "statements_max": self.statements_max,
            "value_bytes_max": self.value_bytes_max,
            "vm_ops_max": self.vm_ops_max,
        });
        json::digest(&counted).expect("limits are whole numbers below 2^53")
    }

    /// The limits of `profile`. This is the only place where they are built.
    pub fn of(profile: Profile) -> Self {
        let sql = Self {
            profile,
            arguments_bytes_max: 256 << 10,
            result_bytes_max: 1 << 20,
            statements_max: 10_000,
            vm_ops_max: 20_000_000,
            rows_max: 100_000,
            row_bytes_max: 16 << 20,
            value_bytes_max: 1 << 20,
            sql_bytes_max: 64 << 10,
            heap_bytes_max: 128 << 20,
            heap_total_bytes_max: 4 << 30,
            growth_pages_max: 8_192,
            fuel_max: 1_000_000_000,
            memory_bytes_max: 64 << 20,
            table_elements_max: 10_000,
            stack_bytes_max: 512 << 10,
            wall_ms_max: 5_000,
        };
        match profile {
            Profile::Sql => sql,
            Profile::Guest => sql,
            Profile::LanguageRuntime | Profile::Compatibility => {
                Self { memory_bytes_max: 256 << 20, fuel_max: 10_000_000_000, wall_ms_max: 20_000, ..sql }
            }
        }
    }
}

/// Limits on a component before it is compiled. A compiler is not a sandbox: small hostile modules can cost
/// minutes and gigabytes, so structure is bounded first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdmissionLimits {
    /// Whole pack file, bytes.
    pub file_bytes_max: usize,
    /// All code sections together, bytes.
    pub code_bytes_max: usize,
    /// All data sections together, bytes.
    pub data_bytes_max: usize,
    /// One function body, bytes.
    pub body_bytes_max: usize,
    /// Blocks, loops and ifs in one function.
    pub blocks_max: u32,
    /// Nesting of blocks in one function.
    pub depth_max: u32,
    /// Locals of one function.
    pub locals_max: u32,
    /// Functions of all modules together.
    pub functions_max: u32,
    /// Types of all modules and components together.
    pub types_max: u32,
    /// Exports of the component, which is to say tools.
    pub exports_max: u32,
    /// Longest import or export name, bytes.
    pub name_bytes_max: usize,
    /// May import the interfaces of WASI 0.2 that [`crate::pack::WASI_IMPORTS`] lists.
    pub wasi_imports: bool,
    /// Core modules in the component.
    pub modules_max: u32,
    /// Upper bound on the core instances that one instantiation makes: nested components multiply.
    pub instances_max: u32,
    /// Decompressed size of the state image, bytes.
    pub image_bytes_max: usize,
    /// Decompressed size of the sources, bytes: with the rows of a large world as text.
    pub sources_bytes_max: usize,
    /// Decompressed size of any other section, bytes.
    pub section_bytes_max: usize,
}

impl AdmissionLimits {
    /// The admission limits of `profile`.
    pub fn of(profile: Profile) -> Self {
        let sql = Self {
            file_bytes_max: 256 << 20,
            code_bytes_max: 4 << 20,
            data_bytes_max: 16 << 20,
            body_bytes_max: 192 << 10,
            blocks_max: 2_000,
            depth_max: 64,
            locals_max: 128,
            functions_max: 10_000,
            types_max: 4_096,
            exports_max: 4_096,
            name_bytes_max: 256,
            wasi_imports: profile == Profile::Compatibility,
            modules_max: 64,
            instances_max: 256,
            image_bytes_max: 1 << 30,
            sources_bytes_max: 1 << 30,
            section_bytes_max: 64 << 20,
        };
        match profile {
            Profile::Sql | Profile::Guest => sql,
            Profile::LanguageRuntime | Profile::Compatibility => Self {
                code_bytes_max: 32 << 20,
                data_bytes_max: 64 << 20,
                body_bytes_max: 1 << 20,
                blocks_max: 50_000,
                // The bytecode loop of CPython is one switch of some 700 cases, each a block around the last.
                depth_max: 1_024,
                locals_max: 4_096,
                functions_max: 100_000,
                types_max: 20_000,
                ..sql
            },
        }
    }
}

/// Limits on the process that compiles one component, or looks at one state image first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompileLimits {
    /// Which profile these came from.
    pub profile: Profile,
    /// CPU time, seconds.
    pub cpu_s_max: u64,
    /// Address space, bytes. Not enforced on macOS.
    pub memory_bytes_max: u64,
    /// Wall time in milliseconds, after which the process is killed: a backstop on loaded machines.
    pub wall_ms_max: u64,
    /// What the process may answer, bytes.
    pub answer_bytes_max: u64,
}

impl CompileLimits {
    /// The limits on compiling a component of `profile`.
    pub fn of(profile: Profile) -> Self {
        let sql = Self { profile, cpu_s_max: 10, memory_bytes_max: 1 << 30, wall_ms_max: 60_000, answer_bytes_max: 128 << 20 };
        if profile.needs_bounded_compiler() {
            return Self { cpu_s_max: 60, memory_bytes_max: 2 << 30, wall_ms_max: 300_000, answer_bytes_max: 256 << 20, ..sql };
        }
        sql
    }

    /// The limits on looking at a state image of `image_bytes`: a fixed part, and what reading it once costs.
    pub fn of_image(profile: Profile, image_bytes: u64) -> Self {
        Self {
            cpu_s_max: 10 + image_bytes / IMAGE_BYTES_A_SECOND,
            memory_bytes_max: (512 << 20) + 3 * image_bytes,
            wall_ms_max: 60_000 + image_bytes / IMAGE_BYTES_A_MS,
            answer_bytes_max: 64 << 10,
            profile,
        }
    }
}

/// Bytes of an image for which the process that looks at it gets another second of CPU time.
const IMAGE_BYTES_A_SECOND: u64 = 16 << 20;

/// Bytes of an image for which it gets another millisecond of wall time.
const IMAGE_BYTES_A_MS: u64 = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_manifests() {
        for profile in Profile::ALL {
            assert_eq!(serde_json::to_value(profile).expect("a name"), profile.name());
        }
    }
}

/// Limits that are the same for every profile: on single statements and instances, and on what a process keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FixedLimits {
    /// Columns of a table, a result or an index.
    pub columns_max: u32,
    /// Depth of an expression.
    pub expression_depth_max: u32,
    /// Terms of a compound SELECT.
    pub compound_selects_max: u32,
    /// Instructions of a statement's program.
    pub program_ops_max: u32,
    /// Arguments of an SQL function.
    pub function_arguments_max: u32,
    /// Pattern of LIKE or GLOB, bytes.
    pub pattern_bytes_max: u32,
    /// Parameters of a statement.
    pub parameters_max: u32,
    /// Triggers that set off triggers.
    pub trigger_depth_max: u32,
    /// Steps of SQLite's compiler for one statement.
    pub compile_ops_max: u64,
    /// Bytes that may be copied from a guest to the host at once: parameters of a statement, a result.
    pub copy_bytes_max: usize,
    /// Core instances of one call.
    pub core_instances_max: usize,
    /// Tables of one call.
    pub tables_max: usize,
    /// Memories of one call.
    pub memories_max: usize,
    /// Closed sets that a connection remembers.
    pub statement_sets_kept_max: usize,
    /// Savepoints that are open at once in a transaction of the host.
    pub savepoints_max: u32,
    /// What `randomblob` makes at once, bytes.
    pub random_blob_bytes_max: usize,
    /// Bytes of a pattern times bytes of the text that LIKE or GLOB compares it with.
    pub pattern_product_max: usize,
    /// Tables and views of a database.
    pub schema_tables_max: usize,
    /// Text of a schema that an image is built from, bytes.
    pub schema_bytes_max: usize,
    /// Copies of views and common table expressions that one statement expands to.
    pub view_copies_max: u64,
    /// Views in views.
    pub view_depth_max: usize,
    /// Operations that checking an image may take whatever its size.
    pub image_check_ops_min: u64,
    /// Operations beyond that for each byte of the image.
    pub image_check_ops_per_byte: u64,
    /// The manifest of a pack, bytes.
    pub manifest_bytes_max: usize,
    /// Description of a tool, bytes.
    pub description_bytes_max: usize,
    /// Source files in a pack.
    pub source_files_max: usize,
    /// What any section may decompress to, within its limit, bytes.
    pub section_free_bytes: usize,
    /// How many times its stored size a section may have beyond that.
    pub section_ratio_max: usize,
    /// Window of a compressed section, as a power of two.
    pub section_window_log_max: u32,
    /// Nesting of a JSON Schema.
    pub schema_depth_max: usize,
    /// Values in a JSON Schema.
    pub schema_values_max: usize,
    /// A regular expression in a JSON Schema, bytes.
    pub schema_pattern_bytes_max: usize,
    /// A compiled regular expression, and its cache, bytes.
    pub compiled_pattern_bytes_max: usize,
    /// Values of a schema times values of the arguments that it checks.
    pub schema_work_max: u64,
    /// Resources of WASI that a call holds at once.
    pub wasi_resources_max: usize,
    /// Work of WASI for a call: bytes moved, and 64 a call.
    pub wasi_work_max: u64,
    /// Message of a tool error, characters.
    pub tool_error_chars_max: usize,
    /// Message of SQLite that a guest gets to see, characters.
    pub sql_error_chars_max: usize,
    /// Instances of components in a process.
    pub instances_max: u32,
    /// Instances in a process that wait for reuse.
    pub instances_idle_max: usize,
    /// Components of a runtime whose native code is kept in memory.
    pub codes_max: usize,
    /// Memory of the packs that a shelf keeps ready, bytes.
    pub packs_bytes_max: usize,
    /// Warm connections that a thread keeps.
    pub connections_idle_max: usize,
    /// Prepared statements that a connection keeps, of guests and of the host each.
    pub statements_kept_max: usize,
    /// Native code in the cache on disk, bytes.
    pub cache_bytes_max: u64,
    /// Packs in the local store, bytes.
    pub store_bytes_max: u64,
    /// Tags in the local store.
    pub store_tags_max: usize,
    /// A tag of the local store, or a reference to a registry, bytes.
    pub reference_bytes_max: usize,
    /// A detached signature, or a key, bytes.
    pub signature_bytes_max: usize,
    /// A manifest, a configuration, a token or an error from a registry, bytes.
    pub registry_document_bytes_max: usize,
    /// Redirections that are followed for one request to a registry.
    pub registry_redirects_max: usize,
    /// How long a registry may be silent, milliseconds.
    pub registry_silence_ms_max: u64,
    /// How long a push or a pull may take in all, milliseconds.
    pub registry_transfer_ms_max: u64,
}

/// The limits that are the same for every profile. This is the only place where they are set.
pub const FIXED: FixedLimits = FixedLimits {
    columns_max: 500,
    expression_depth_max: 100,
    compound_selects_max: 50,
    program_ops_max: 25_000,
    function_arguments_max: 500,
    pattern_bytes_max: 256,
    parameters_max: 512,
    trigger_depth_max: 16,
    compile_ops_max: 100_000,
    copy_bytes_max: 4 << 20,
    core_instances_max: 256,
    tables_max: 64,
    memories_max: 64,
    statement_sets_kept_max: 256,
    savepoints_max: 64,
    random_blob_bytes_max: 1 << 20,
    pattern_product_max: 1 << 24,
    schema_tables_max: 4_096,
    schema_bytes_max: 4 << 20,
    view_copies_max: 20_000,
    view_depth_max: 100,
    image_check_ops_min: 20_000_000,
    image_check_ops_per_byte: 8,
    manifest_bytes_max: 16 << 20,
    description_bytes_max: 64 << 10,
    source_files_max: 10_000,
    section_free_bytes: 64 << 20,
    section_ratio_max: 256,
    section_window_log_max: 27,
    schema_depth_max: 32,
    schema_values_max: 20_000,
    schema_pattern_bytes_max: 512,
    compiled_pattern_bytes_max: 1 << 20,
    schema_work_max: 10_000_000,
    wasi_resources_max: 256,
    wasi_work_max: 16 << 20,
    tool_error_chars_max: 4_096,
    sql_error_chars_max: 1_000,
    instances_max: 1_000,
    instances_idle_max: 500,
    codes_max: 64,
    packs_bytes_max: 512 << 20,
    connections_idle_max: 64,
    statements_kept_max: 1_024,
    cache_bytes_max: 1 << 30,
    store_bytes_max: 16 << 30,
    store_tags_max: 10_000,
    reference_bytes_max: 512,
    signature_bytes_max: 16 << 10,
    registry_document_bytes_max: 1 << 20,
    registry_redirects_max: 5,
    registry_silence_ms_max: 30_000,
    registry_transfer_ms_max: 1_800_000,
};
