//! What a case cost the process: resident memory at its peak, and CPU time.

use cpu_time::ProcessTime;
use std::fs;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Resident memory in KiB as `/proc/self/status` names it, or 0 where there is no such file.
fn status_kib(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Runs `f` and says by how many MiB the resident memory was higher at its peak than before.
pub(crate) fn peak_mib<R>(f: impl FnOnce() -> R) -> (R, u64) {
    // 5 resets the peak (proc(5)). Where that is not allowed, the peak of the whole process is an upper bound
    // for cases that grow beyond it, and memory that is kept is seen still.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let before = status_kib("VmRSS");
    let result = f();
    (result, status_kib("VmHWM").saturating_sub(before) >> 10)
}

/// Runs `f` on a thread of its own. Fails when it panics, or when the process has spent `cpu_s_max` on it: then it
/// still runs, and only the end of the process will stop it.
pub(crate) fn guarded<R: Send + 'static>(cpu_s_max: u64, f: impl FnOnce() -> R + Send + 'static) -> Result<R, String> {
    let start = ProcessTime::now();
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name("case".to_owned()).spawn(move || drop(sender.send(f()))).expect("a thread");
    loop {
        match receiver.recv_timeout(Duration::from_millis(200)) {
            Ok(result) => {
                // Ends the thread's pool of connections before the next case is measured.
                let _ = thread.join();
                return Ok(result);
            }
            Err(RecvTimeoutError::Disconnected) => return Err("it panicked".to_owned()),
            Err(RecvTimeoutError::Timeout) if start.elapsed() > Duration::from_secs(cpu_s_max) => {
                return Err(format!("it has run for {cpu_s_max} s of CPU time and goes on"));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
