//! How long and how large: CPU time and resident memory of this process.

use anyhow::{Context, Result};
use cpu_time::ProcessTime;

/// Size of a measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Samples behind a median.
    pub(crate) runs: usize,
    /// Sizes that are there to see that everything runs.
    pub(crate) quick: bool,
}

/// States that are made ready before the clock starts.
const BATCH: u32 = 100;

impl Plan {
    /// `times`, or a fiftieth of it where this is no measurement.
    pub(crate) fn times(self, times: u32) -> u32 {
        if self.quick { (times / 50).max(2) } else { times }
    }

    /// CPU time of `run` in microseconds: a sample a run, each the mean of `times`.
    pub(crate) fn each_us(self, times: u32, mut run: impl FnMut() -> Result<()>) -> Result<Vec<f64>> {
        self.in_batches_us(u32::MAX, times, || Ok(()), |()| run())
    }

    /// As [`Plan::each_us`] of `run`, with what it works on made ready and dropped outside of the clock.
    pub(crate) fn batched_us<T>(
        self,
        times: u32,
        ready: impl FnMut() -> Result<T>,
        run: impl FnMut(&mut T) -> Result<()>,
    ) -> Result<Vec<f64>> {
        self.in_batches_us(BATCH, times, ready, run)
    }

    fn in_batches_us<T>(
        self,
        batch: u32,
        times: u32,
        mut ready: impl FnMut() -> Result<T>,
        mut run: impl FnMut(&mut T) -> Result<()>,
    ) -> Result<Vec<f64>> {
        let times = self.times(times);
        let mut sample = |times: u32| -> Result<f64> {
            let (mut spent, mut left) = (0.0, times);
            while left > 0 {
                let now = left.min(batch);
                let mut batch = (0..now).map(|_| ready()).collect::<Result<Vec<T>>>()?;
                let start = ProcessTime::try_now()?;
                batch.iter_mut().try_for_each(&mut run)?;
                spent += start.try_elapsed()?.as_secs_f64();
                left -= now;
            }
            Ok(spent * 1e6 / f64::from(times))
        };
        sample(times.min(BATCH))?;
        (0..self.runs).map(|_| sample(times)).collect()
    }
}

/// CPU time of `run`, of all threads, in seconds, with what it gives.
pub(crate) fn once_s<T>(run: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let start = ProcessTime::try_now()?;
    let made = run()?;
    Ok((made, start.try_elapsed()?.as_secs_f64()))
}

/// A line of `/proc/self/status` in KiB: `VmRSS` is what is resident, `VmHWM` the most that ever was.
pub(crate) fn status_kib(line: &str) -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/status").context("memory is read from /proc, which Linux has")?;
    let found = text.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':')?.split_whitespace().next()?.parse().ok());
    found.with_context(|| format!("`{line}` is not in /proc/self/status"))
}
