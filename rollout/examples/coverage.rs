//! How often intervals hold the truth, by method: the table in `docs/evaluation.md`.
//!
//! `cargo run --release -p wardian-rollout --example coverage [ROUNDS]`

#[path = "../tests/stats/simulate.rs"]
mod simulate;

use simulate::{Design, Figure, POPULATIONS, coverage};
use wardian_rollout::stats::{IntervalOptions, Method};

/// Sums of one method over all cases.
#[derive(Default)]
struct Sum {
    cases: usize,
    shares: f64,
    widths: f64,
    worst: f64,
}

fn main() {
    let rounds = std::env::args().nth(1).map_or(500, |text| text.parse().expect("a number of rounds"));
    println!("share of {rounds} intervals at 0.95 that hold the truth, and their mean width\n");
    println!(
        "{:<14} {:<14} {:>5} {:>6} {:>8} {:>8} {:>8} {:>8}",
        "population", "figure", "tasks", "trials", "wilson", "width", "bca", "width"
    );
    let mut totals: std::collections::BTreeMap<(bool, usize), [Sum; 2]> = std::collections::BTreeMap::new();
    for population in POPULATIONS {
        for trials in [1, 4] {
            let figures: &[Figure] = if trials == 1 {
                &[Figure::PassHat(1), Figure::Difference(1)]
            } else {
                &[Figure::PassHat(1), Figure::PassHat(2), Figure::PassAt(2), Figure::Difference(1), Figure::Difference(2)]
            };
            for &figure in figures {
                for tasks in [10, 20, 50, 200] {
                    let design = Design { tasks, trials, pack_tasks: 1 };
                    let of =
                        |method| coverage(population, design, figure, &IntervalOptions { method, ..IntervalOptions::default() }, rounds, 1);
                    let got = [of(Method::Wilson), of(Method::Bca)];
                    let name = format!("{figure:?}");
                    print!("{:<14} {name:<14} {tasks:>5} {trials:>6}", population.name);
                    println!(" {:>8.3} {:>8.3} {:>8.3} {:>8.3}", got[0].share, got[0].width, got[1].share, got[1].width);
                    let sums = totals.entry((matches!(figure, Figure::Difference(_)), tasks)).or_default();
                    for (sum, got) in sums.iter_mut().zip(&got) {
                        sum.worst = if sum.cases == 0 { got.share } else { sum.worst.min(got.share) };
                        sum.cases += 1;
                        sum.shares += got.share;
                        sum.widths += got.width;
                    }
                }
            }
        }
    }
    println!("\n{:<12} {:>5} {:>5}   wilson: mean, worst, width   bca: mean, worst, width", "figures", "tasks", "cases");
    for ((is_difference, tasks), sums) in &totals {
        let name = if *is_difference { "differences" } else { "rates" };
        print!("{name:<12} {tasks:>5} {:>5}", sums[0].cases);
        for sum in sums {
            let cases = sum.cases as f64;
            print!("   {:>8.3} {:>8.3} {:>8.3}", sum.shares / cases, sum.worst, sum.widths / cases);
        }
        println!();
    }
}
