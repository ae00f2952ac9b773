//! The model author: a language model works on the world that the rules made of a domain, in the same sources.
//!
//! It is asked for relations between tables, for tools that the rules left out (with their tables, and calls that must succeed and must
//! fail), for texts that look like the domain, and for the policy of the agent. Answers are data: each piece is validated, compiled and
//! checked in the sandbox, and taken only if no tool loses a check by it. What is wrong goes back to the model a bounded number of
//! times. The rules' world is always there to fall back to.
//!
//! What it is not: it opens no socket and no file, knows no endpoint, and keeps no answers. Whoever calls it brings something to ask.
//! May depend on: `wardian-format`, `wardian-model`, `wardian-materialize`, `wardian-compiler`, `wardian-state`, `wardian-pack`, `wardian-env`.
//!
//! ```text
//! Materialized → questions → answers → pieces → sources → pack → checks → Materialized
//!                    ↑__________ what is wrong __________________|
//! ```

mod answer;
mod calls;
mod check;
mod data;
mod drive;
mod policy;
mod prompts;
mod relations;
mod sql;
mod tools;
mod trial;
mod vocabulary;
mod world;

pub use drive::author;
pub use prompts::{PromptError, Prompts, VERSIONS};
pub use trial::{Trial, trials};

use wardian_model::{ChatReply, ChatRequest, ModelError};

/// What to ask for, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AuthorOptions {
    /// Times that what is wrong with the answer to a question goes back to the model.
    pub repairs_max: usize,
    /// Tools in one question.
    pub tools_max: usize,
    /// Questions about tools; what is left out beyond them stays left out.
    pub tool_questions_max: usize,
    /// Relations in one answer.
    pub relations_max: usize,
    /// Columns that get a vocabulary.
    pub columns_max: usize,
    /// Values, or templates, of a column.
    pub values_max: usize,
    /// Characters of a value.
    pub value_chars_max: usize,
    /// Sentences of a policy.
    pub sentences_max: usize,
    /// Characters of a sentence.
    pub sentence_chars_max: usize,
    /// Tables in one answer.
    pub tables_max: usize,
    /// Rows of a table.
    pub rows_max: usize,
    /// Characters of the SQL of a table or tool, and of the arguments of a call.
    pub sql_chars_max: usize,
    /// Characters of a question. What does not fit is left out of it.
    pub prompt_chars_max: usize,
}

impl Default for AuthorOptions {
    /// Two repairs; six tools a question, and at most eight such questions; answers of a size that a person would read.
    fn default() -> Self {
        Self {
            repairs_max: 2,
            tools_max: 6,
            tool_questions_max: 8,
            relations_max: 20,
            columns_max: 24,
            values_max: 60,
            value_chars_max: 240,
            sentences_max: 40,
            sentence_chars_max: 300,
            tables_max: 6,
            rows_max: 40,
            sql_chars_max: 8_000,
            prompt_chars_max: 60_000,
        }
    }
}

/// Who is asked. The caller decides about threads, caches and budgets.
pub struct Desk<'a> {
    /// The model, for records: `openai:…`.
    pub name: &'a str,
    /// Gives one answer, or why there is none. After a failure the work on the domain ends.
    pub ask: &'a (dyn Fn(&ChatRequest) -> Result<ChatReply, ModelError> + Sync),
}
