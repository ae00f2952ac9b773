//! Why a trajectory has no row, and what stops an export.

/// Why a form cannot carry a trajectory. Nothing of it is written then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The form wants objects.
    #[error("the arguments of call `{call}` are no JSON object")]
    Arguments {
        /// Id of the call.
        call: String,
    },
    /// The form wants turns of user and agent by turns.
    #[error("message {message} ({role}) does not alternate with the one before it")]
    Alternation {
        /// Index of the message.
        message: usize,
        /// Whose it is.
        role: &'static str,
    },
    /// A tool message that answers no call of the turn before it, or a call without an answer.
    #[error("message {message}: {reason}")]
    Answers {
        /// Index of the message.
        message: usize,
        /// What does not fit.
        reason: String,
    },
    /// A turn of the agent without text and without calls.
    #[error("message {message} of the agent is empty")]
    EmptyTurn {
        /// Index of the message.
        message: usize,
    },
    /// The agent wrote nothing that is learned.
    #[error("nothing of it would be learned")]
    NothingLearned,
    /// The form has no place for reasoning.
    #[error("message {message} has reasoning, which the form has no place for")]
    Reasoning {
        /// Index of the message.
        message: usize,
    },
    /// The form cannot leave a single turn out of the loss.
    #[error("message {message} has a failed call, and the form cannot leave one turn out of the loss")]
    MaskedTurn {
        /// Index of the message.
        message: usize,
    },
    /// Whether a call failed is not known.
    #[error("message {message}: there is no record of the call that it answers, so whether it failed is not known")]
    Unrecorded {
        /// Index of the message.
        message: usize,
    },
    /// Text that the consumer would take for its own marks.
    #[error("message {message} contains `{word}`, which the consumer takes for a mark of its own")]
    ReservedWord {
        /// Index of the message.
        message: usize,
        /// The mark.
        word: &'static str,
    },
    /// Only a state that was graded as right can be the ground truth.
    #[error("it did not pass, so its state is no ground truth")]
    NotPassed,
    /// The form has one row a task.
    #[error("task `{task}` has a row already")]
    SameTask {
        /// Id of the task.
        task: String,
    },
}

impl Refusal {
    /// A word for counting.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Arguments { .. } => "arguments",
            Self::Alternation { .. } => "alternation",
            Self::Answers { .. } => "answers",
            Self::EmptyTurn { .. } => "empty_turn",
            Self::NothingLearned => "nothing_learned",
            Self::Reasoning { .. } => "reasoning",
            Self::MaskedTurn { .. } => "masked_turn",
            Self::Unrecorded { .. } => "unrecorded",
            Self::ReservedWord { .. } => "reserved_word",
            Self::NotPassed => "not_passed",
            Self::SameTask { .. } => "same_task",
        }
    }
}

/// What stops an export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The file cannot be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Parquet cannot be written.
    #[error(transparent)]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Arrow refuses a batch.
    #[error(transparent)]
    Arrow(#[from] arrow_schema::ArrowError),
    /// A row does not fit the columns of its form: the error is in this crate.
    #[error("row does not fit column `{column}`: {reason}")]
    Column {
        /// The column, with the path below it.
        column: String,
        /// What does not fit.
        reason: String,
    },
    /// The form is not read from such files.
    #[error("form `{form}` is not read from `.{extension}` files")]
    Container {
        /// The form.
        form: &'static str,
        /// How the names of such files end.
        extension: &'static str,
    },
}
