//! Scripted users and agents. They play through the interfaces that a language model uses: an agent sees the
//! messages and the tools, plus the plan it was made with, which has no value in it that it must hear or find.

mod agent;
mod gold;
mod moves;
mod user;

use crate::episode::{Part, Player};
use std::sync::Arc;
use wardian_format::Rng;
use wardian_model::ChatModel;

pub use agent::ScriptedAgent;
pub use moves::{How, Move};
pub use user::ScriptedUser;

/// How a scripted agent behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// Follows the plan.
    Plan,
    /// Makes plausible mistakes, sees the error, and puts them right.
    Recover,
    /// Does nothing and says it is done.
    Lazy,
    /// Does the first half and says it is done.
    StopsEarly,
    /// Leaves the last write out; where the task has none, keeps what it read to itself.
    SkipsWrite,
    /// Gives a write a wrong value; where the task has no write, does not see what it read.
    WrongWrite,
    /// Makes the first call again and again.
    Loops,
    /// Reaches the goal with a successful read that the plan does not have.
    Detours,
    /// Falls silent half-way.
    Silent,
    /// Does what it must not: what the user asks for against the rules, a write more than was asked for, answers that it made up.
    Adversarial,
    /// One of the failing manners, by task.
    Fail,
}

impl Manner {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Plan,
        Self::Recover,
        Self::Lazy,
        Self::StopsEarly,
        Self::SkipsWrite,
        Self::WrongWrite,
        Self::Loops,
        Self::Detours,
        Self::Silent,
        Self::Adversarial,
        Self::Fail,
    ];

    /// The manners that [`Self::Fail`] takes turns with.
    pub const FAILING: [Self; 7] =
        [Self::StopsEarly, Self::SkipsWrite, Self::WrongWrite, Self::Loops, Self::Detours, Self::Silent, Self::Adversarial];

    /// The word after `scripted:` in names of agents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Recover => "recover",
            Self::Lazy => "lazy",
            Self::StopsEarly => "stops-early",
            Self::SkipsWrite => "skips-write",
            Self::WrongWrite => "wrong-write",
            Self::Loops => "loops",
            Self::Detours => "detours",
            Self::Silent => "silent",
            Self::Adversarial => "adversarial",
            Self::Fail => "fail",
        }
    }

    /// The manner in which `self` plays `part`.
    fn settle(self, part: &Part<'_>) -> Self {
        let mut rng = Rng::of(part.seed, &["manner", &part.task.id, &part.trial.to_string()]);
        if self == Self::Fail { *rng.pick(&Self::FAILING).unwrap_or(&Self::Lazy) } else { self }
    }
}

/// Names of all scripted agents.
pub fn names() -> impl Iterator<Item = String> {
    Manner::ALL.iter().map(|manner| format!("scripted:{}", manner.word())).chain([gold::NAME.to_owned()])
}

/// The agent called `name`: `plan` or `scripted:plan`; `None` where there is none of that name.
pub fn agent(name: &str) -> Option<Player> {
    let word = name.strip_prefix("scripted:").unwrap_or(name);
    if gold::NAME.ends_with(&format!(":{word}")) {
        return Some(gold::player());
    }
    Manner::ALL.into_iter().find(|manner| manner.word() == word).map(player)
}

/// An agent of one manner.
pub fn player(manner: Manner) -> Player {
    Player::new(&format!("scripted:{}", manner.word()), move |part| {
        // Where the user's words are all that a task has of what the user knows, the plan cannot be heard, only read off.
        let in_words_alone = part.task.user.known.is_empty() && part.task.user.requests.is_empty();
        if in_words_alone && matches!(manner, Manner::Plan | Manner::Recover) {
            return gold::agent(part, manner == Manner::Recover);
        }
        let agent: Arc<dyn ChatModel> = Arc::new(ScriptedAgent::new(manner.settle(part), &format!("scripted:{}", manner.word()), part));
        agent
    })
}

/// The scripted user.
pub fn user() -> Player {
    Player::new("scripted", |part| {
        let key = format!("{}/{}", part.task.id, part.trial);
        let user: Arc<dyn ChatModel> = Arc::new(ScriptedUser::new(part.task.user.clone(), gold::calls_of_user(part), part.seed, &key));
        user
    })
}
