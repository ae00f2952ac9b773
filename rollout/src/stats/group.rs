//! Groups of tasks: by pack, by length, by tools, …, or by two of these.

use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use wardian_format::task::Split;
use wardian_format::{Digest, Task};

/// What statistics need of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFacts {
    /// Name of its pack.
    pub pack: String,
    /// Digest of its pack.
    pub pack_digest: Digest,
    /// Gold calls.
    pub length: usize,
    /// Tools that the agent is offered.
    pub tools: usize,
    /// Gold calls that change the graded state.
    pub writes: usize,
    /// Its split.
    pub split: &'static str,
    /// What its gold does: [`Task::kind`].
    pub kind: &'static str,
}

impl TaskFacts {
    /// Those of `task`.
    pub fn of(task: &Task) -> Self {
        Self {
            pack: task.pack.clone(),
            pack_digest: task.pack_digest,
            length: task.gold.len(),
            tools: task.difficulty.tools,
            writes: task.difficulty.writes,
            split: match task.split {
                Split::Train => "train",
                Split::Test => "test",
            },
            kind: task.kind.word(),
        }
    }
}

/// A property of tasks that groups can be made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// The pack, which is the domain.
    Pack,
    /// Gold calls.
    Length,
    /// Tools that the agent is offered.
    Tools,
    /// Gold calls that change the graded state.
    Writes,
    /// The split.
    Split,
    /// Whether the user wants a change, an answer, or something that must be refused.
    Kind,
}

impl Axis {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Pack, Self::Length, Self::Tools, Self::Writes, Self::Split, Self::Kind];

    /// Its word on the command line and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pack => "pack",
            Self::Length => "length",
            Self::Tools => "tools",
            Self::Writes => "writes",
            Self::Split => "split",
            Self::Kind => "kind",
        }
    }

    /// The group of a task: its place among the groups, and its name.
    fn key(self, task: &TaskFacts, bins: &Bins) -> (usize, String) {
        match self {
            Self::Pack => (0, task.pack.clone()),
            Self::Length => bins.length.of(task.length),
            Self::Tools => bins.tools.of(task.tools),
            Self::Writes => bins.writes.of(task.writes),
            Self::Split => (0, task.split.to_owned()),
            Self::Kind => (0, task.kind.to_owned()),
        }
    }
}

impl FromStr for Axis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = Self::ALL.map(Self::word);
        Self::ALL.into_iter().find(|axis| axis.word() == text).ok_or_else(|| format!("there is no `{text}`; there are {}", all.join(", ")))
    }
}

/// What a table of groups is made by: one axis, or two joined by `+`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By(Vec<Axis>);

impl By {
    /// One axis.
    pub fn of(axis: Axis) -> Self {
        Self(vec![axis])
    }

    /// One or two.
    pub fn axes(&self) -> &[Axis] {
        &self.0
    }

    /// The group of a task; groups are in the order of these keys.
    pub(super) fn key(&self, task: &TaskFacts, bins: &Bins) -> Vec<(usize, String)> {
        self.0.iter().map(|axis| axis.key(task, bins)).collect()
    }
}

impl FromStr for By {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let axes = text.split('+').map(Axis::from_str).collect::<Result<Vec<_>, _>>()?;
        match axes.as_slice() {
            [_] => Ok(Self(axes)),
            [a, b] if a != b => Ok(Self(axes)),
            _ => Err(format!("`{text}`: at most two properties can be joined, and they must differ")),
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|axis| axis.word()).collect::<Vec<_>>().join("+"))
    }
}

/// Bins of counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bins {
    /// Of gold calls.
    pub length: Edges,
    /// Of tools.
    pub tools: Edges,
    /// Of gold calls that write.
    pub writes: Edges,
}

impl Default for Bins {
    fn default() -> Self {
        let edges = |firsts: &[usize]| Edges(firsts.to_vec());
        Self { length: edges(&[1, 3, 5, 7, 10]), tools: edges(&[1, 6, 11, 21, 41]), writes: edges(&[0, 1, 2, 3, 4]) }
    }
}

impl Bins {
    /// Sets the bins of one axis from `length=1,4,8`: the first count of each bin, ascending.
    pub fn set(&mut self, text: &str) -> Result<(), String> {
        let (axis, edges) = text.split_once('=').ok_or_else(|| format!("`{text}` is not like `length=1,4,8`"))?;
        let edges = edges.parse()?;
        match axis.parse()? {
            Axis::Length => self.length = edges,
            Axis::Tools => self.tools = edges,
            Axis::Writes => self.writes = edges,
            Axis::Pack | Axis::Split | Axis::Kind => return Err(format!("`{axis}` is no count and has no bins")),
        }
        Ok(())
    }
}

/// The first count of each bin, ascending. The last bin has no end; counts below the first are a bin too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edges(Vec<usize>);

impl Edges {
    /// The bin of `count`: its place, and a name such as `3-4`, `5` or `10+`.
    fn of(&self, count: usize) -> (usize, String) {
        let place = self.0.partition_point(|first| *first <= count);
        let first = if place == 0 { 0 } else { self.0[place - 1] };
        let name = match self.0.get(place) {
            None => format!("{first}+"),
            Some(next) if *next == first + 1 => first.to_string(),
            Some(next) => format!("{first}-{}", next - 1),
        };
        (place, name)
    }
}

impl FromStr for Edges {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let firsts = text.split(',').map(|first| first.trim().parse().map_err(|_| format!("`{first}` is no count")));
        let firsts: Vec<usize> = firsts.collect::<Result<_, _>>()?;
        if !firsts.is_sorted_by(|a, b| a < b) {
            return Err(format!("`{text}` does not ascend"));
        }
        Ok(Self(firsts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_has_one_bin() {
        let edges: Edges = "1,3,4,10".parse().expect("ascending");
        let names: Vec<(usize, String)> = [0, 1, 2, 3, 4, 9, 10, 99].map(|count| edges.of(count)).to_vec();
        let expected = [(0, "0"), (1, "1-2"), (1, "1-2"), (2, "3"), (3, "4-9"), (3, "4-9"), (4, "10+"), (4, "10+")];
        assert_eq!(names, expected.map(|(place, name)| (place, name.to_owned())));
        let zero: Edges = "0,5".parse().expect("ascending");
        assert_eq!((zero.of(0).1.as_str(), zero.of(5).1.as_str()), ("0-4", "5+"));
        let high: Edges = "4".parse().expect("one");
        assert_eq!((high.of(3).1.as_str(), high.of(4).1.as_str()), ("0-3", "4+"));
    }

    #[test]
    fn what_users_type() {
        assert_eq!("pack+length".parse::<By>().expect("two").to_string(), "pack+length");
        for bad in ["", "colour", "pack+", "pack+pack", "pack+length+tools"] {
            assert!(bad.parse::<By>().is_err(), "{bad}");
        }
        let mut bins = Bins::default();
        bins.set("tools=1,100").expect("a count");
        assert_eq!(bins.tools.of(99).1, "1-99");
        for bad in ["tools", "pack=1,2", "tools=2,1", "tools=1,1", "tools=", "tools=a", "colour=1"] {
            assert!(bins.set(bad).is_err(), "{bad}");
        }
    }
}
