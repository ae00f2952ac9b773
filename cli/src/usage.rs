//! What the process used: the numbers that long commands print.

use cpu_time::ProcessTime;

/// Processor time of the process so far, of all threads, in seconds.
pub(crate) fn cpu_s() -> f64 {
    ProcessTime::now().as_duration().as_secs_f64()
}

/// Most memory that the process had resident, in MB; `None` where the system does not say. Linux says it, in kibibytes.
pub(crate) fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some((kibibytes * 1024.0 / 1e5).round() / 10.0)
}
