//! Where an episode begins that goes on from another: the dialogue so far, and the state that its calls lead to.

use std::sync::Arc;
use wardian_env::{Env, LoadedPack};
use wardian_format::pack::Role;
use wardian_format::{CallRecord, Message, Trajectory};

/// A trajectory, and how much of it is kept.
#[derive(Clone, Debug)]
pub struct Start {
    pub(super) trajectory: Arc<Trajectory>,
    pub(super) messages: usize,
    calls: usize,
}

/// Why a trajectory cannot be taken up at a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It ends before.
    #[error("trajectory `{trajectory}` has {messages} messages and {calls} calls of the agent")]
    TooShort {
        /// Its id.
        trajectory: String,
        /// How many messages it has.
        messages: usize,
        /// How many calls of the agent it has.
        calls: usize,
    },
    /// A call would be left without an answer.
    #[error("message {message} of trajectory `{trajectory}` is followed by answers to calls of the same turn")]
    OpenCalls {
        /// Its id.
        trajectory: String,
        /// The last message that would be kept, from 1.
        message: usize,
    },
    /// The user made calls of its own, of which the dialogue does not tell when.
    #[error("in trajectory `{trajectory}` the user makes calls before that, which a fork cannot carry")]
    UsersCalls {
        /// Its id.
        trajectory: String,
    },
}

impl Start {
    /// After the first `messages` messages of `trajectory`.
    ///
    /// # Errors
    /// Where there are fewer, or calls would be left open.
    pub fn after_messages(trajectory: Arc<Trajectory>, messages: usize, pack: &LoadedPack) -> Result<Self, StartError> {
        let id = || trajectory.id.clone();
        let is_answer = |message: &Message| matches!(message, Message::Tool { .. });
        if messages > trajectory.messages.len() || messages == 0 {
            return Err(Self::too_short(&trajectory));
        }
        let (kept, rest) = trajectory.messages.split_at(messages);
        if rest.first().is_some_and(is_answer) {
            return Err(StartError::OpenCalls { trajectory: id(), message: messages });
        }
        let calls = kept.iter().filter(|message| is_answer(message)).count();
        let is_users = |call: &CallRecord| pack.manifest().tool(&call.tool).is_some_and(|tool| tool.role == Role::User);
        let later = trajectory.messages.len() > messages;
        if trajectory.calls.iter().take(if later { calls + 1 } else { usize::MAX }).any(is_users) {
            return Err(StartError::UsersCalls { trajectory: id() });
        }
        Ok(Self { trajectory, messages, calls })
    }

    /// After the answer to the agent's call number `calls`, from 1; 0: before the first message.
    ///
    /// # Errors
    /// As [`Self::after_messages`].
    pub fn after_calls(trajectory: Arc<Trajectory>, calls: usize, pack: &LoadedPack) -> Result<Self, StartError> {
        let is_answer = |(_, message): &(usize, &Message)| matches!(message, Message::Tool { .. });
        let before = usize::from(matches!(trajectory.messages.first(), Some(Message::System { .. })));
        let messages = match calls.checked_sub(1) {
            None => Some(before),
            Some(index) => trajectory.messages.iter().enumerate().filter(is_answer).nth(index).map(|(at, _)| at + 1),
        };
        match messages {
            Some(messages) => Self::after_messages(trajectory, messages, pack),
            None => Err(Self::too_short(&trajectory)),
        }
    }

    fn too_short(trajectory: &Trajectory) -> StartError {
        let calls = trajectory.messages.iter().filter(|message| matches!(message, Message::Tool { .. })).count();
        StartError::TooShort { trajectory: trajectory.id.clone(), messages: trajectory.messages.len(), calls }
    }

    /// Makes the kept calls once more.
    pub(super) fn calls_again(&self, env: &mut Env) -> Result<Vec<CallRecord>, crate::RolloutError> {
        let mut made = Vec::with_capacity(self.calls);
        for recorded in self.trajectory.calls.iter().take(self.calls) {
            let record = match &recorded.arguments {
                serde_json::Value::String(text) => env.call_text(Role::Agent, &recorded.tool, text)?,
                arguments => env.call(Role::Agent, &recorded.tool, arguments)?,
            };
            if record.result_digest != recorded.result_digest || record.state != recorded.state {
                return Err(crate::RolloutError::Fork { trajectory: self.trajectory.id.clone(), call: made.len() });
            }
            made.push(record);
        }
        Ok(made)
    }
}
