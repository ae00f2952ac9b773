//! What k trials of a task come to, estimated from n trials of which c passed.

/// pass^k of one task: the chance that k trials all pass, C(c, k) / C(n, k). Yao et al., τ-bench, 2024. Without bias for 1 ≤ k ≤ n.
pub fn chance_of_all(c: usize, n: usize, k: usize) -> f64 {
    // As a product, so that nothing overflows.
    (0..k).map(|i| c.saturating_sub(i) as f64 / (n - i) as f64).product()
}

/// pass@k of one task: the chance that one of k trials passes, 1 − C(n − c, k) / C(n, k). Chen et al., Evaluating large language models
/// trained on code, 2021. Without bias for 1 ≤ k ≤ n.
pub fn chance_of_any(c: usize, n: usize, k: usize) -> f64 {
    // One of one trial is all of it, to the last bit.
    if k == 1 { chance_of_all(c, n, 1) } else { 1.0 - chance_of_all(n - c, n, k) }
}

/// pass^k for tasks with (passed, trials): the mean of [`chance_of_all`] over tasks with at least k trials; `None`
/// where there is no such task.
pub fn pass_hat(tasks: &[(usize, usize)], k: usize) -> Option<f64> {
    let rates: Vec<f64> = tasks.iter().filter(|(_, n)| *n >= k && k > 0).map(|(c, n)| chance_of_all(*c, *n, k)).collect();
    if rates.is_empty() { None } else { Some(rates.iter().sum::<f64>() / rates.len() as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of the subsets of k of n trials, of which the first c passed, that `is_good` of the number of passed ones in it.
    fn share(c: usize, n: usize, k: usize, is_good: impl Fn(usize) -> bool) -> f64 {
        let (mut all, mut good) = (0, 0);
        for bits in 0u32..1 << n {
            if bits.count_ones() as usize == k {
                all += 1;
                good += u32::from(is_good((bits & ((1 << c) - 1)).count_ones() as usize));
            }
        }
        f64::from(good) / f64::from(all)
    }

    #[test]
    fn both_are_shares_of_subsets() {
        for n in 1..=8 {
            for c in 0..=n {
                for k in 1..=n {
                    let (all, any) = (chance_of_all(c, n, k), chance_of_any(c, n, k));
                    assert!((all - share(c, n, k, |passed| passed == k)).abs() < 1e-12, "pass^{k} c={c} n={n}: {all}");
                    assert!((any - share(c, n, k, |passed| passed > 0)).abs() < 1e-12, "pass@{k} c={c} n={n}: {any}");
                }
            }
        }
    }

    /// The mean over all outcomes of n trials, each weighed by its chance, is p^k and 1 − (1 − p)^k: without bias.
    #[test]
    fn both_are_without_bias() {
        let p: f64 = 0.3;
        for n in 1..=8usize {
            for k in 1..=n {
                let weigh = |of: fn(usize, usize, usize) -> f64| {
                    let chance = |c: usize| p.powi(c as i32) * (1.0 - p).powi((n - c) as i32);
                    (0u32..1 << n).map(|bits| bits.count_ones() as usize).map(|c| chance(c) * of(c, n, k)).sum::<f64>()
                };
                assert!((weigh(chance_of_all) - p.powi(k as i32)).abs() < 1e-12, "pass^{k} n={n}");
                assert!((weigh(chance_of_any) - (1.0 - (1.0 - p).powi(k as i32))).abs() < 1e-12, "pass@{k} n={n}");
            }
        }
    }

    #[test]
    fn tasks_with_fewer_trials_do_not_count() {
        assert_eq!(pass_hat(&[(4, 4), (0, 4)], 2), Some(0.5));
        assert_eq!(pass_hat(&[(4, 4), (0, 1)], 2), Some(1.0));
        assert_eq!(pass_hat(&[(1, 1)], 2), None);
    }
}
