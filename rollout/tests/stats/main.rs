//! Statistics of made-up runs: intervals that hold the truth, groups that add up, comparisons that can be turned round.

mod simulate;

use simulate::{Design, Figure, POPULATIONS, Population, compared, coverage, play, tasks};
use std::collections::BTreeMap;
use wardian_format::Rng;
use wardian_format::trajectory::{EndReason, Site};
use wardian_rollout::stats::interval::wilson;
use wardian_rollout::stats::rate::{chance_of_all, chance_of_any};
use wardian_rollout::stats::score::Figures;
use wardian_rollout::stats::significance::Counting;
use wardian_rollout::stats::{
    AgentScore, Axis, Bins, Cluster, Grade, Interval, IntervalOptions, Method, ScoreOptions, Tally, Tasks, score,
};

const SEED: u64 = 11;

fn grade(passed: bool) -> Option<Grade> {
    Some(Grade { passed, state: passed, calls: false })
}

/// A run of agent `a` in which task i passed `outcomes[i].0` of `outcomes[i].1` trials.
fn run<'t>(tasks: &'t Tasks, outcomes: &[(usize, usize)]) -> Tally<'t> {
    let mut tally = Tally::new(tasks);
    for (task, (passed, trials)) in tasks.keys().zip(outcomes) {
        (0..*trials).for_each(|trial| assert!(tally.add("a", task, &EndReason::UserDone, grade(trial < *passed))));
    }
    tally
}

fn plain(count: usize) -> Tasks {
    tasks(Design { tasks: count, trials: 1, pack_tasks: 5 })
}

fn scored(tally: &Tally<'_>, options: &ScoreOptions) -> AgentScore {
    score(tally, options).remove(0)
}

fn intervals(cluster: Cluster, method: Method) -> IntervalOptions {
    IntervalOptions { cluster, method, ..IntervalOptions::default() }
}

fn with(cluster: Cluster, method: Method) -> ScoreOptions {
    ScoreOptions { intervals: intervals(cluster, method), ..ScoreOptions::default() }
}

fn near(interval: Interval, low: f64, high: f64) -> bool {
    (interval.low - low).abs() < 2e-6 && (interval.high - high).abs() < 2e-6
}

/// Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3.
#[test]
fn wilsons_interval_as_published() {
    for (passed, all, low, high) in
        [(81.0, 263.0, 0.2553, 0.3662), (15.0, 148.0, 0.0624, 0.1605), (0.0, 20.0, 0.0, 0.1611), (1.0, 29.0, 0.0061, 0.1718)]
    {
        let got = wilson(passed / all, all, 0.95);
        assert!((got.0 - low).abs() < 5e-5 && (got.1 - high).abs() < 5e-5, "{passed} of {all}: {got:?}");
    }
}

/// With one trial a task, and wherever k is the number of trials, the interval is Wilson's own.
#[test]
fn passed_or_not_is_wilsons_interval() {
    for (outcomes, k) in
        [(vec![(1, 1), (0, 1), (1, 1), (1, 1), (0, 1), (1, 1)], 1), (vec![(3, 3), (2, 3), (3, 3), (3, 3), (0, 3), (3, 3)], 3)]
    {
        let tasks = plain(6);
        for method in [Method::Wilson, Method::Bca] {
            let rate = scored(&run(&tasks, &outcomes), &with(Cluster::Task, method)).figures.rates[k - 1];
            let (low, high) = wilson(4.0 / 6.0, 6.0, 0.95);
            assert!(near(rate.pass_hat, low, high) && rate.pass_hat.method == Method::Wilson, "{rate:?}");
        }
    }
}

/// A bootstrap would give a width of zero.
#[test]
fn equal_tasks_leave_room() {
    let tasks = plain(20);
    for method in [Method::Wilson, Method::Bca] {
        let first =
            |outcome: (usize, usize), cluster| scored(&run(&tasks, &[outcome; 20]), &with(cluster, method)).figures.rates[0].pass_hat;
        let (low, _) = wilson(1.0, 20.0, 0.95);
        assert!(near(first((4, 4), Cluster::Task), low, 1.0) && near(first((0, 4), Cluster::Task), 0.0, 1.0 - low));
        let half = first((2, 4), Cluster::Task);
        assert!(half.value == 0.5 && half.low < 0.48 && half.high > 0.52 && half.high - half.low < 0.2, "{half:?}");
        // Four packs say less than twenty tasks.
        let (low, _) = wilson(1.0, 4.0, 0.95);
        assert!(near(first((4, 4), Cluster::Pack), low, 1.0));
    }
    let one = plain(1);
    let alone = scored(&run(&one, &[(1, 2)]), &ScoreOptions::default()).figures.rates[0].pass_hat;
    assert!(alone.low < 0.15 && alone.high > 0.85, "{alone:?}");
}

/// The shares are fixed by the seed. Wilson's own interval falls to 0.84 where nearly all pass (Brown, Cai and DasGupta, Interval estimation
/// for a binomial proportion, 2001), and the mean is what it promises.
#[test]
fn intervals_hold_the_truth_about_as_often_as_they_say() {
    let figures = [Figure::PassHat(1), Figure::PassHat(2), Figure::PassAt(2), Figure::Difference(1)];
    let mut shares = Vec::new();
    for population in POPULATIONS {
        for tasks in [8, 20, 60, 200] {
            for figure in figures {
                let design = Design { tasks, trials: 4, pack_tasks: 1 };
                let rounds = if matches!(figure, Figure::Difference(_)) { 80 } else { 200 };
                let got = coverage(population, design, figure, &IntervalOptions::default(), rounds, SEED);
                let case = format!("seed {SEED}: {} {design:?} {figure:?}: {}", population.name, got.share);
                assert!(got.share >= if tasks < 60 { 0.83 } else { 0.88 }, "{case}");
                shares.push(got.share);
            }
        }
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!((0.94..=0.98).contains(&mean), "seed {SEED}: {mean}");
}

/// Four times as many tasks halve the width.
#[test]
fn widths_shrink_with_the_root_of_the_tasks() {
    let width = |tasks| {
        let design = Design { tasks, trials: 4, pack_tasks: 1 };
        coverage(&POPULATIONS[0], design, Figure::PassHat(1), &IntervalOptions::default(), 100, SEED).width
    };
    let ratio = width(100) / width(400);
    assert!((1.9..2.15).contains(&ratio), "seed {SEED}: {ratio}");
}

#[test]
fn other_levels_hold_as_well() {
    let design = Design { tasks: 60, trials: 3, pack_tasks: 1 };
    for (level, least, most) in [(0.5, 0.42, 0.58), (0.8, 0.74, 0.86), (0.99, 0.97, 1.0)] {
        let options = IntervalOptions { level, ..IntervalOptions::default() };
        let got = coverage(&POPULATIONS[0], design, Figure::PassHat(2), &options, 400, SEED).share;
        assert!((least..=most).contains(&got), "seed {SEED}, level {level}: {got}");
    }
}

#[test]
fn the_bootstrap_holds_where_it_has_enough_tasks() {
    let options = intervals(Cluster::Task, Method::Bca);
    for figure in [Figure::PassHat(1), Figure::PassHat(2), Figure::Difference(1)] {
        let design = Design { tasks: 60, trials: 4, pack_tasks: 1 };
        let got = coverage(&POPULATIONS[0], design, figure, &options, 80, SEED).share;
        assert!((0.88..=1.0).contains(&got), "seed {SEED}: {figure:?}: {got}");
    }
}

/// Where the tasks of a pack are alike, tasks as units promise too much and packs do not.
#[test]
fn packs_as_units_hold_for_new_packs() {
    let design = Design { tasks: 240, trials: 2, pack_tasks: 8 };
    let of = |population, figure, cluster| coverage(population, design, figure, &intervals(cluster, Method::Wilson), 300, SEED).share;
    for population in &POPULATIONS[..2] {
        let [task, pack] = [Cluster::Task, Cluster::Pack].map(|cluster| of(population, Figure::PassHat(1), cluster));
        assert!(task < 0.8 && (0.9..=0.99).contains(&pack), "seed {SEED}: {}: {task} {pack}", population.name);
    }
    let [task, pack] = [Cluster::Task, Cluster::Pack].map(|cluster| of(&POPULATIONS[1], Figure::Difference(1), cluster));
    assert!(task < 0.8 && (0.9..=0.99).contains(&pack), "seed {SEED}: differences: {task} {pack}");
}

#[test]
fn the_two_methods_agree_on_many_tasks() {
    let design = Design { tasks: 1_500, trials: 4, pack_tasks: 3 };
    let tasks = tasks(design);
    let tally = play(&POPULATIONS[0], design, &tasks, &mut Rng::of(SEED, &["agree"]));
    for cluster in [Cluster::Task, Cluster::Pack] {
        let (a, b) = (scored(&tally, &with(cluster, Method::Wilson)), scored(&tally, &with(cluster, Method::Bca)));
        for (a, b) in a.figures.rates.iter().zip(&b.figures.rates) {
            assert_eq!((a.pass_hat.method, a.pass_hat.value), (Method::Wilson, b.pass_hat.value));
            for (a, b) in [(a.pass_hat, b.pass_hat), (a.pass_at, b.pass_at)] {
                assert!((a.low - b.low).abs() < 0.004 && (a.high - b.high).abs() < 0.004, "{cluster:?} {a:?} {b:?}");
            }
        }
        assert!(a.figures.rates[0].pass_hat != b.figures.rates[0].pass_hat, "the methods are two");
    }
}

/// Under the hypothesis p is at most 0.05 in about 5 of 100 runs; where B is better it nearly always is.
#[test]
fn the_permutation_test_errs_as_often_as_it_says() {
    let same = Population { name: "same", kinds: &[(1, 30, 30), (1, 60, 60), (1, 90, 90)] };
    let design = Design { tasks: 30, trials: 2, pack_tasks: 1 };
    let tasks = tasks(design);
    let small = |population: &Population, cluster| {
        let mut rng = Rng::of(SEED, &["small", population.name]);
        let p =
            (0..200).map(|_| compared(&play(population, design, &tasks, &mut rng), 1, &intervals(cluster, Method::Wilson)).rates[0].test.p);
        p.filter(|p| *p <= 0.05).count()
    };
    let wrong = small(&same, Cluster::Task);
    assert!((2..=18).contains(&wrong), "seed {SEED}: {wrong} of 200");
    let right = small(&Population { name: "better", kinds: &[(1, 30, 70), (1, 50, 90)] }, Cluster::Task);
    assert!(right >= 190, "seed {SEED}: {right} of 200");
}

/// Figures by a slow way: lists of outcomes, no sums that are shared.
fn naive(tally_of: &BTreeMap<&str, (usize, usize)>, k: usize) -> (usize, f64, f64) {
    let counted: Vec<(usize, usize)> = tally_of.values().copied().filter(|(_, n)| *n >= k).collect();
    let mean = |of: fn(usize, usize, usize) -> f64| counted.iter().map(|(c, n)| of(*c, *n, k)).sum::<f64>() / counted.len() as f64;
    (counted.len(), mean(chance_of_all), mean(chance_of_any))
}

#[test]
fn groups_are_their_tasks_alone() {
    let design = Design { tasks: 60, trials: 1, pack_tasks: 7 };
    let tasks = tasks(design);
    let mut rng = Rng::of(SEED, &["groups"]);
    let outcomes: Vec<(usize, usize)> = (0..60).map(|_| (rng.below(3), 2 + rng.below(3))).collect();
    let tally = run(&tasks, &outcomes);
    let mut bins = Bins::default();
    bins.set("length=1,2,4").expect("a count");
    let by = ["pack", "length", "pack+writes", "split", "kind"].map(|text| text.parse().expect("an axis")).to_vec();
    let got = scored(&tally, &ScoreOptions { k_max: Some(4), by, bins, ..ScoreOptions::default() });
    let of = |axes: &[Axis]| got.groups.iter().filter(|g| g.by == axes).collect::<Vec<_>>();
    assert_eq!(of(&[Axis::Length]).iter().map(|g| g.key[0].as_str()).collect::<Vec<_>>(), ["1", "2-3", "4+"]);
    assert_eq!((of(&[Axis::Pack]).len(), of(&[Axis::Split]).len(), of(&[Axis::Kind])[0].key[0].as_str()), (9, 1, "change"));
    for axes in [vec![Axis::Pack], vec![Axis::Length], vec![Axis::Pack, Axis::Writes]] {
        let sum = |of_figures: fn(&Figures) -> usize| of(&axes).iter().map(|g| of_figures(&g.figures)).sum::<usize>();
        assert_eq!(sum(|f| f.tasks), 60, "{axes:?}");
        assert_eq!(sum(|f| f.counts.passed), got.figures.counts.passed, "{axes:?}");
        assert_eq!(sum(|f| f.episodes), got.figures.episodes, "{axes:?}");
    }
    for group in of(&[Axis::Pack, Axis::Writes]) {
        let is_in = |facts: &wardian_rollout::stats::TaskFacts| facts.pack == group.key[0] && facts.writes.to_string() == group.key[1];
        let mine = tasks.iter().zip(&outcomes).filter(|((_, facts), _)| is_in(facts)).map(|((id, _), outcome)| (id.as_str(), *outcome));
        let mine: BTreeMap<&str, (usize, usize)> = mine.collect();
        for rate in &group.figures.rates {
            let (count, all, any) = naive(&mine, rate.k);
            assert_eq!(rate.tasks, count);
            assert!((rate.pass_hat.value - all).abs() < 1e-12 && (rate.pass_at.value - any).abs() < 1e-12, "{group:?}");
        }
    }
}

#[test]
fn trials_may_differ_and_some_do_not_count() {
    let tasks = plain(4);
    let mut tally = run(&tasks, &[(2, 3), (1, 2), (0, 0), (0, 0)]);
    let failed = EndReason::Infrastructure { site: Site::Agent, message: "endpoint".to_owned() };
    let ids: Vec<&String> = tasks.keys().collect();
    assert!(tally.add("a", ids[0], &failed, grade(true)), "a verdict of a failed episode is not believed");
    assert!(tally.add("a", ids[2], &failed, None) && tally.add("a", ids[2], &EndReason::UserDone, None));
    assert!(!tally.add("a", "elsewhere/1", &EndReason::UserDone, grade(true)), "an unknown task");
    let got = scored(&tally, &ScoreOptions::default());
    let f = &got.figures;
    assert_eq!((f.tasks, f.tasks_unscored, got.tasks_unplayed, f.episodes), (2, 1, 1, 8));
    assert_eq!((f.counts.scored, f.counts.passed, f.counts.infrastructure, f.counts.ungraded), (5, 3, 2, 1));
    assert_eq!((f.trials.min, f.trials.max, f.rates.len()), (2, 3, 2), "k goes to the fewest trials");
    assert!((f.rates[0].pass_hat.value - (2.0 / 3.0 + 0.5) / 2.0).abs() < 1e-12, "tasks weigh the same");
    let more = scored(&tally, &ScoreOptions { k_max: Some(5), ..ScoreOptions::default() }).figures.rates;
    assert_eq!(more.iter().map(|r| (r.k, r.tasks)).collect::<Vec<_>>(), [(1, 2), (2, 2), (3, 1)], "larger k have fewer tasks");
}

/// The order of episodes, and the tasks of other agents, change nothing.
#[test]
fn nothing_depends_on_order() {
    let design = Design { tasks: 45, trials: 3, pack_tasks: 4 };
    let tasks = tasks(design);
    let mut episodes: Vec<(&str, bool)> = Vec::new();
    let mut rng = Rng::of(SEED, &["order"]);
    tasks.keys().for_each(|task| (0..3).for_each(|_| episodes.push((task, rng.chance(60)))));
    let of = |episodes: &[(&str, bool)], seed| {
        let mut tally = Tally::new(&tasks);
        episodes.iter().for_each(|(task, passed)| assert!(tally.add("a", task, &EndReason::UserDone, grade(*passed))));
        let intervals = IntervalOptions { seed, ..intervals(Cluster::Pack, Method::Bca) };
        scored(&tally, &ScoreOptions { by: vec!["pack".parse().expect("an axis")], intervals, ..ScoreOptions::default() })
    };
    let first = of(&episodes, 0);
    assert_eq!(first.figures.rates[0].pass_hat.method, Method::Bca, "twelve packs are enough");
    assert!((1..9).any(|seed| of(&episodes, seed) != first), "other seeds draw other samples");
    rng.shuffle(&mut episodes);
    assert_eq!(of(&episodes, 0), first);
}

#[test]
fn a_comparison_can_be_turned_round() {
    let design = Design { tasks: 40, trials: 3, pack_tasks: 4 };
    let tasks = tasks(design);
    let tally = play(&POPULATIONS[0], design, &tasks, &mut Rng::of(SEED, &["turn"]));
    let side = |agent| wardian_rollout::stats::compare::Side { tally: &tally, agent };
    let options = wardian_rollout::stats::CompareOptions { k: 3, changed_max: 100, ..Default::default() };
    let of = |a, b| wardian_rollout::stats::compare(side(a), side(b), &options).expect("tasks on both sides");
    let (there, back) = (of("a", "b"), of("b", "a"));
    assert_eq!((there.better, there.worse, there.equal), (back.worse, back.better, back.equal));
    assert_eq!(there.better + there.worse + there.equal, 40);
    assert_eq!(there.rates.len(), 3);
    for (x, y) in there.rates.iter().zip(&back.rates) {
        assert_eq!((x.a, x.b, x.test), (y.b, y.a, y.test));
        assert!((x.difference.value - (x.b.value - x.a.value)).abs() < 1e-12 && (x.difference.value + y.difference.value).abs() < 1e-12);
        assert!(near(x.difference, -y.difference.high, -y.difference.low), "{x:?} {y:?}");
    }
    assert_eq!(there.mcnemar, None, "three trials a task");
    assert_eq!(there.changed.len(), there.better + there.worse);
    assert!(
        there
            .changed
            .is_sorted_by(|x, y| x.difference.abs() > y.difference.abs() || (x.difference.abs() - y.difference.abs()).abs() < 1e-12)
    );
    let none = of("a", "a");
    assert_eq!((none.equal, none.rates[0].difference.value, none.rates[0].test.p, none.changed.len()), (40, 0.0, 1.0, 0));
    let room = none.rates[0].difference;
    assert!(room.low < -0.05 && room.high > 0.05, "no difference seen is not no difference: {room:?}");
}

#[test]
fn single_trials_are_mcnemars() {
    let tasks = plain(30);
    let mut tally = Tally::new(&tasks);
    for (i, task) in tasks.keys().enumerate() {
        // 2 tasks that only A passed, 9 that only B passed, 10 both, 8 neither; the last one A alone played.
        let (a, b) = (i < 12, (2..21).contains(&i));
        assert!(tally.add("a", task, &EndReason::UserDone, grade(a)));
        let end = if i == 29 { EndReason::Infrastructure { site: Site::Agent, message: String::new() } } else { EndReason::UserDone };
        assert!(tally.add("b", task, &end, grade(b)));
    }
    let got = compared(&tally, 1, &IntervalOptions::default());
    let test = got.mcnemar.expect("one trial a task");
    assert_eq!((test.only_a, test.only_b, got.better, got.worse, got.tasks), (2, 9, 9, 2, 29));
    assert_eq!((got.only_a.len(), got.only_b.len()), (1, 0));
    assert!((test.p - 134.0 / 2048.0).abs() < 1e-12, "2 · (1 + 11 + 55) / 2^11: {}", test.p);
    let flip = got.rates[0].test;
    assert_eq!((flip.counting, flip.differences), (Counting::Exact, 11));
    assert!((flip.p - test.p).abs() < 1e-12);
    assert_eq!(compared(&tally, 1, &intervals(Cluster::Pack, Method::Wilson)).mcnemar, None, "tasks of a pack are not independent");
}
