//! How well two partitions agree: adjusted mutual information (AMI) and adjusted Rand index (ARI). `bench` has it too.

use std::collections::BTreeMap;

/// A contingency table of two labelings.
pub(crate) struct Table {
    items: f64,
    cells: BTreeMap<(usize, usize), f64>,
    rows: BTreeMap<usize, f64>,
    columns: BTreeMap<usize, f64>,
}

impl Table {
    /// Of the labels that each item has in two partitions.
    pub(crate) fn new(a: &[usize], b: &[usize]) -> Self {
        let mut table = Self { items: a.len() as f64, cells: BTreeMap::new(), rows: BTreeMap::new(), columns: BTreeMap::new() };
        for (&x, &y) in a.iter().zip(b) {
            *table.cells.entry((x, y)).or_default() += 1.0;
            *table.rows.entry(x).or_default() += 1.0;
            *table.columns.entry(y).or_default() += 1.0;
        }
        table
    }

    fn entropy(&self, counts: &BTreeMap<usize, f64>) -> f64 {
        counts.values().map(|n| -(n / self.items) * (n / self.items).ln()).sum()
    }

    /// Vinh, Epps and Bailey, "Information theoretic measures for clusterings comparison", 2010; arithmetic mean of the entropies.
    pub(crate) fn ami(&self) -> f64 {
        let n = self.items;
        let shared: f64 = self.cells.iter().map(|((x, y), v)| v / n * (v * n / (self.rows[x] * self.columns[y])).ln()).sum();
        let mut factorial = vec![0.0; n as usize + 1];
        for i in 1..factorial.len() {
            factorial[i] = factorial[i - 1] + (i as f64).ln();
        }
        let sizes = |counts: &BTreeMap<usize, f64>| {
            let mut sizes: BTreeMap<usize, f64> = BTreeMap::new();
            counts.values().for_each(|&size| *sizes.entry(size as usize).or_default() += 1.0);
            sizes
        };
        let mut expected = 0.0;
        for (&a, times_a) in &sizes(&self.rows) {
            for (&b, times_b) in &sizes(&self.columns) {
                let total = n as usize;
                let fixed = factorial[a] + factorial[b] + factorial[total - a] + factorial[total - b] - factorial[total];
                for both in 1.max((a + b).saturating_sub(total))..=a.min(b) {
                    let v = both as f64;
                    let term = v / n * (n * v / (a as f64 * b as f64)).ln();
                    let chance = fixed - factorial[both] - factorial[a - both] - factorial[b - both] - factorial[total + both - a - b];
                    expected += times_a * times_b * term * chance.exp();
                }
            }
        }
        (shared - expected) / ((self.entropy(&self.rows) + self.entropy(&self.columns)) / 2.0 - expected)
    }

    /// Hubert and Arabie, "Comparing partitions", 1985.
    pub(crate) fn ari(&self) -> f64 {
        let pairs = |n: f64| n * (n - 1.0) / 2.0;
        let both: f64 = self.cells.values().map(|&n| pairs(n)).sum();
        let (a, b): (f64, f64) = (self.rows.values().map(|&n| pairs(n)).sum(), self.columns.values().map(|&n| pairs(n)).sum());
        let expected = a * b / pairs(self.items);
        (both - expected) / ((a + b) / 2.0 - expected)
    }
}
