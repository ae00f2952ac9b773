//! The caller's side of the helper: start it, write, read, and end it when it takes too long.

use crate::frame::{self, Answer, Header, Job, Status};
use rustix::process::Signal;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{self, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use wardian_format::limits::{CompileLimits, Profile};
use wardian_format::{Digest, names};
use wardian_sandbox::{Code, Codegen, Compile, Engine, Exceeded, SandboxError, Trusted};

/// How much of the helper's standard error is kept, bytes.
const NOISE_BYTES_MAX: u64 = 4 << 10;

/// How much of it an error shows, characters.
const NOISE_CHARS_MAX: usize = 300;

/// Compiles in a helper process, one for each component, under the limits of the pack's profile.
///
/// There is no way back into this process: where the helper does not start, compiling fails.
#[derive(Clone, Debug)]
pub struct Child {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: Option<CompileLimits>,
}

/// What one process is asked.
struct Request<'a> {
    header: Header,
    names: &'a [u8],
    body: &'a [u8],
}

/// How a process ended.
struct Ended {
    answer: Answer,
    status: ExitStatus,
    timed_out: bool,
    noise: String,
}

impl Child {
    /// `program` with `arguments` must call [`serve_child`](crate::serve_child) in its `main`. Its environment is empty.
    pub fn new(program: impl Into<PathBuf>, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self { program: program.into(), arguments: arguments.into_iter().map(Into::into).collect(), limits: None }
    }

    /// With `limits` whatever the profile, instead of [`CompileLimits::of`].
    pub fn with_limits(self, limits: CompileLimits) -> Self {
        Self { limits: Some(limits), ..self }
    }

    /// Has `request` done and gives the bytes of the answer.
    fn ask(&self, what: &'static str, request: &Request<'_>) -> Result<Vec<u8>, SandboxError> {
        let limits = &request.header.limits;
        let exceeded = |which: Exceeded| SandboxError::Exceeded { what, which, limit: which.describe(limits) };
        let ended = self.run(request).map_err(|error| SandboxError::Helper(format!("`{}`: {error}", self.program.display())))?;
        let text = |bytes: Vec<u8>| names::untrusted(&String::from_utf8_lossy(&bytes), 400);
        match ended.answer {
            Answer::Whole(Status::Done, bytes) => Ok(bytes),
            Answer::Whole(Status::Refused, bytes) => Err(SandboxError::Refused(text(bytes))),
            Answer::Whole(Status::Compile, bytes) => Err(SandboxError::Compile(text(bytes))),
            Answer::Whole(Status::Memory, _) => Err(exceeded(Exceeded::Memory)),
            Answer::Whole(Status::Unable, bytes) => Err(SandboxError::Helper(text(bytes))),
            Answer::TooLong => Err(exceeded(Exceeded::Answer)),
            Answer::Broken => Err(ended.cause().map_or_else(|| SandboxError::Helper(ended.describe()), exceeded)),
        }
    }

    fn run(&self, request: &Request<'_>) -> io::Result<Ended> {
        let mut process = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for us: we end after what is being compiled.
            .process_group(0)
            .spawn()?;
        let pipes = (process.stdin.take(), process.stdout.take(), process.stderr.take());
        let (Some(mut to), Some(mut from), Some(errors)) = pipes else { return Err(io::Error::other("it has no pipes")) };
        let process = Mutex::new(process);
        let wall = Duration::from_millis(request.header.limits.wall_ms_max);
        thread::scope(|scope| {
            let (done, over) = mpsc::channel::<()>();
            let watched = &process;
            let killer = scope.spawn(move || kill_after(wall, &over, watched));
            let noise = scope.spawn(|| noise_of(errors));
            // A helper that ends before it has read everything has answered, or died; either is seen below.
            let _ = request.write(&mut to);
            drop(to);
            let answer = frame::read_answer(&mut from, request.header.limits.answer_bytes_max);
            // Nothing more is wanted of it. Where it has ended already this does nothing, and its status stays.
            let status = kill_and_wait(&process)?;
            drop(done);
            let timed_out = killer.join().unwrap_or(false);
            let noise = noise.join().unwrap_or_default();
            Ok(Ended { answer, status, timed_out, noise })
        })
    }

    fn limits(&self, profile: Profile) -> CompileLimits {
        self.limits.clone().unwrap_or_else(|| CompileLimits::of(profile))
    }
}

impl Compile for Child {
    fn compile(&self, engine: &Engine, component: &[u8], profile: Profile) -> Result<Code, SandboxError> {
        let limits = CompileLimits { profile, ..self.limits(profile) };
        let body_bytes = component.len() as u64;
        let header =
            Header { job: Job::Compile, limits, codegen: engine.codegen(), fingerprint: engine.fingerprint(), names_bytes: 0, body_bytes };
        let native = self.ask("compiling the component", &Request { header, names: &[], body: component })?;
        // SAFETY: they came through the pipe of a process that we started for this, from its call of the compiler.
        #[expect(unsafe_code, reason = "the promise of `Trusted::vouch`")]
        let native = unsafe { Trusted::vouch(native) };
        Code::deserialize(engine, &native)
    }

    fn is_bounded(&self) -> bool {
        true
    }

    fn check_image(&self, image: &[u8], ungraded: &[String], profile: Profile) -> Result<(), SandboxError> {
        let body_bytes = image.len() as u64;
        let limits = self.limits.clone().unwrap_or_else(|| CompileLimits::of_image(profile, body_bytes));
        let names = frame::pack_names(ungraded);
        let header = Header {
            job: Job::Image,
            limits,
            codegen: Codegen::Speed,
            fingerprint: Digest([0; 32]),
            names_bytes: names.len() as u64,
            body_bytes,
        };
        self.ask("looking at the state image", &Request { header, names: &names, body: image }).map(|_| ())
    }
}

impl Request<'_> {
    fn write(&self, to: &mut impl Write) -> io::Result<()> {
        self.header.write(to)?;
        to.write_all(self.names)?;
        to.write_all(self.body)?;
        to.flush()
    }
}

impl Ended {
    /// The limit that ended it, if one did.
    fn cause(&self) -> Option<Exceeded> {
        if self.timed_out {
            return Some(Exceeded::Wall);
        }
        let signal = self.status.signal()?;
        if [Signal::XCPU, Signal::KILL].iter().any(|cpu| cpu.as_raw() == signal) {
            return Some(Exceeded::Cpu);
        }
        // What Rust's allocator says before it aborts.
        let memory = signal == Signal::ABORT.as_raw() && self.noise.contains("memory allocation of");
        memory.then_some(Exceeded::Memory)
    }

    fn describe(&self) -> String {
        let noise = names::untrusted(self.noise.trim(), NOISE_CHARS_MAX);
        let colon = if noise.is_empty() { "" } else { ": " };
        format!("it ended without an answer ({}){colon}{noise}", self.status)
    }
}

/// Kills `process` unless the caller is done within `wall`; true where it did.
fn kill_after(wall: Duration, over: &mpsc::Receiver<()>, process: &Mutex<process::Child>) -> bool {
    let late = over.recv_timeout(wall) == Err(RecvTimeoutError::Timeout);
    // An error means that it has ended meanwhile.
    late && process.lock().unwrap_or_else(PoisonError::into_inner).kill().is_ok()
}

fn kill_and_wait(process: &Mutex<process::Child>) -> io::Result<ExitStatus> {
    let mut process = process.lock().unwrap_or_else(PoisonError::into_inner);
    // An error means that it has ended already, which is what we want.
    let _ = process.kill();
    process.wait()
}

/// The first bytes of standard error. The rest is read too, so that the helper never waits for us.
fn noise_of(mut errors: ChildStderr) -> String {
    let mut kept = Vec::new();
    let _ = errors.by_ref().take(NOISE_BYTES_MAX).read_to_end(&mut kept);
    let _ = io::copy(&mut errors, &mut io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}
