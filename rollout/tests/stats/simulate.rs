//! Made-up runs whose truth is known, to see how often intervals hold it.

use wardian_format::trajectory::EndReason;
use wardian_format::{Digest, Rng};
use wardian_rollout::stats::compare::{RateKind, Side};
use wardian_rollout::stats::{
    CompareOptions, Comparison, Grade, Interval, IntervalOptions, ScoreOptions, Tally, TaskFacts, Tasks, compare, score,
};

/// A kind of task: how common it is, and in how many of 100 trials A and B pass it.
pub(crate) type Kind = (usize, usize, usize);

/// Tasks to sample from.
pub(crate) struct Population {
    pub(crate) name: &'static str,
    pub(crate) kinds: &'static [Kind],
}

/// Populations of every shape: spread, split, easy with rare failures, and pairs of sides that hardly differ.
pub(crate) const POPULATIONS: &[Population] = &[
    Population { name: "every chance", kinds: &[(2, 5, 10), (2, 25, 40), (2, 50, 60), (2, 75, 85), (2, 95, 95)] },
    Population { name: "all or none", kinds: &[(70, 100, 100), (20, 0, 0), (6, 0, 100), (4, 100, 0)] },
    Population { name: "one chance", kinds: &[(1, 60, 80)] },
    Population { name: "easy", kinds: &[(80, 98, 99), (15, 85, 90), (5, 40, 60)] },
    Population { name: "hard", kinds: &[(85, 2, 2), (10, 20, 30), (5, 70, 80)] },
    Population { name: "rare failures", kinds: &[(97, 100, 100), (2, 0, 100), (1, 100, 0)] },
];

/// What is estimated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Figure {
    PassHat(usize),
    PassAt(usize),
    Difference(usize),
}

/// How a run is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Design {
    pub(crate) tasks: usize,
    pub(crate) trials: usize,
    /// Tasks of a pack, which are of one kind.
    pub(crate) pack_tasks: usize,
}

/// What intervals came to.
pub(crate) struct Coverage {
    /// Share of them that hold the truth.
    pub(crate) share: f64,
    /// Their mean width.
    pub(crate) width: f64,
}

impl Population {
    pub(crate) fn truth(&self, figure: Figure) -> f64 {
        let all = |p: usize, k: usize| (p as f64 / 100.0).powi(k as i32);
        let of = |(_, a, b): &Kind| match figure {
            Figure::PassHat(k) => all(*a, k),
            Figure::PassAt(k) => 1.0 - all(100 - a, k),
            Figure::Difference(k) => all(*b, k) - all(*a, k),
        };
        let weight: usize = self.kinds.iter().map(|kind| kind.0).sum();
        self.kinds.iter().map(|kind| kind.0 as f64 * of(kind)).sum::<f64>() / weight as f64
    }

    fn draw(&self, rng: &mut Rng) -> Kind {
        let weights: Vec<usize> = self.kinds.iter().map(|kind| kind.0).collect();
        self.kinds[rng.weighted(&weights).expect("weights")]
    }
}

/// Tasks with ids in order, `pack_tasks` a pack.
pub(crate) fn tasks(design: Design) -> Tasks {
    let facts = |i: usize| TaskFacts {
        pack: format!("pack-{:04}", i / design.pack_tasks),
        pack_digest: Digest::of(b""),
        length: 1 + i % 4,
        tools: 10,
        writes: i % 2,
        split: "train",
        kind: "change",
    };
    (0..design.tasks).map(|i| (format!("{}/{i:05}", facts(i).pack), facts(i))).collect()
}

/// A run of the agents `a` and `b`.
pub(crate) fn play<'t>(population: &Population, design: Design, tasks: &'t Tasks, rng: &mut Rng) -> Tally<'t> {
    let mut tally = Tally::new(tasks);
    let mut kind = population.draw(rng);
    for (i, task) in tasks.keys().enumerate() {
        if i % design.pack_tasks == 0 {
            kind = population.draw(rng);
        }
        for _ in 0..design.trials {
            for (agent, percent) in [("a", kind.1), ("b", kind.2)] {
                let passed = rng.chance(percent);
                assert!(tally.add(agent, task, &EndReason::UserDone, Some(Grade { passed, state: passed, calls: passed })));
            }
        }
    }
    tally
}

pub(crate) fn compared(tally: &Tally<'_>, k: usize, intervals: &IntervalOptions) -> Comparison {
    let options = CompareOptions { k, intervals: *intervals, ..CompareOptions::default() };
    compare(Side { tally, agent: "a" }, Side { tally, agent: "b" }, &options).expect("tasks on both sides")
}

fn estimate(tally: &Tally<'_>, figure: Figure, intervals: &IntervalOptions) -> Interval {
    let rate = |k: usize| {
        let options = ScoreOptions { k_max: Some(k), intervals: *intervals, ..ScoreOptions::default() };
        score(tally, &options)[0].figures.rates[k - 1]
    };
    match figure {
        Figure::PassHat(k) => rate(k).pass_hat,
        Figure::PassAt(k) => rate(k).pass_at,
        Figure::Difference(k) => {
            let comparison = compared(tally, k, intervals);
            let found = comparison.rates.iter().find(|row| row.k == k && row.rate == RateKind::PassHat);
            found.expect("the rate that was asked for").difference
        }
    }
}

/// Plays `rounds` runs and looks how often the interval holds the truth.
pub(crate) fn coverage(
    population: &Population,
    design: Design,
    figure: Figure,
    intervals: &IntervalOptions,
    rounds: usize,
    seed: u64,
) -> Coverage {
    let (tasks, truth) = (tasks(design), population.truth(figure));
    let mut rng = Rng::of(seed, &["coverage", population.name, &format!("{design:?} {figure:?}")]);
    let (mut held, mut width) = (0, 0.0);
    for _ in 0..rounds {
        let tally = play(population, design, &tasks, &mut rng);
        let got = estimate(&tally, figure, intervals);
        // The ends are rounded to six decimals.
        held += usize::from(got.low - 1e-6 <= truth && truth <= got.high + 1e-6);
        width += got.high - got.low;
    }
    Coverage { share: held as f64 / rounds as f64, width: width / rounds as f64 }
}
