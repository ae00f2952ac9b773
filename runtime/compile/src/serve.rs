//! The helper's side: limit yourself, read one request, answer, end.

use crate::frame::{self, Header, Job, Status, TEXT_BYTES_MAX};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{self, Read, Write};
use std::process::ExitCode;
use wardian_format::limits::{AdmissionLimits, CompileLimits};
use wardian_sandbox::{Precompiler, SandboxError};
use wardian_state::Base;

/// An answer that is on its way.
type Reply = (Status, Vec<u8>);

/// Serves one request of a [`Child`](crate::Child): reads it from standard input and answers on standard output.
///
/// For the `main` of a helper executable, before it starts a thread or opens a file. The limits of the request bind the
/// whole process from then on, so nothing else can be done in it.
pub fn serve_child() -> ExitCode {
    match serve(&mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is the only way left to say something; where it is closed there is none.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

fn serve(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let header = Header::read(from)?;
    confine(&header.limits)?;
    let (status, mut bytes) = work(&header, from);
    if status != Status::Done {
        bytes.truncate(TEXT_BYTES_MAX as usize);
    }
    frame::write_answer(to, status, &bytes)
}

/// Sets the limits of this process. None of them can be raised again.
fn confine(limits: &CompileLimits) -> io::Result<()> {
    // One second more until the kill that nobody can catch.
    limit(Resource::Cpu, limits.cpu_s_max, limits.cpu_s_max.saturating_add(1))?;
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Fsize, 0, 0)?;
    // Standard input, output and error stay open; nothing else can be opened.
    limit(Resource::Nofile, 3, 3)?;
    // macOS has the name but does not enforce it.
    #[cfg(not(target_os = "macos"))]
    limit(Resource::As, limits.memory_bytes_max, limits.memory_bytes_max)?;
    Ok(())
}

fn limit(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let allowed = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    setrlimit(resource, Rlimit { current: Some(soft.min(allowed)), maximum: Some(hard.min(allowed)) })?;
    Ok(())
}

fn work(header: &Header, from: &mut impl Read) -> Reply {
    let names = match read(from, header.names_bytes) {
        Ok(names) => names,
        Err(reply) => return reply,
    };
    let body = match read(from, header.body_bytes) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    match header.job {
        Job::Compile => compile(header, &body),
        Job::Image => image(body, &names),
    }
}

/// Reads exactly `bytes`, whose room is asked for first: too little of it is an answer and no abort.
fn read(from: &mut impl Read, bytes: u64) -> Result<Vec<u8>, Reply> {
    let mut out = Vec::new();
    let room = usize::try_from(bytes).is_ok_and(|bytes| out.try_reserve_exact(bytes).is_ok());
    if !room {
        return Err((Status::Memory, Vec::new()));
    }
    match from.take(bytes).read_to_end(&mut out) {
        Ok(read) if read as u64 == bytes => Ok(out),
        Ok(_) => Err((Status::Unable, b"the request ended early".to_vec())),
        Err(error) => Err((Status::Unable, error.to_string().into_bytes())),
    }
}

fn compile(header: &Header, component: &[u8]) -> Reply {
    // The pack was admitted as a whole, exports included, or was not opened. Here it is about what compiling may cost.
    if let Err(error) = wardian_admit::check_part(component, &AdmissionLimits::of(header.limits.profile)) {
        return (Status::Refused, error.to_string().into_bytes());
    }
    let compiler = match Precompiler::with(header.codegen) {
        Ok(compiler) => compiler,
        Err(error) => return (Status::Unable, error.to_string().into_bytes()),
    };
    if compiler.fingerprint() != header.fingerprint {
        return (Status::Unable, b"the helper executable is of another version or has other settings".to_vec());
    }
    match compiler.compile(component) {
        Ok(native) => (Status::Done, native),
        Err(SandboxError::Compile(reason)) if is_out_of_memory(&reason) => (Status::Memory, Vec::new()),
        Err(SandboxError::Compile(reason)) => (Status::Compile, reason.into_bytes()),
        Err(error) => (Status::Unable, error.to_string().into_bytes()),
    }
}

fn image(image: Vec<u8>, names: &[u8]) -> Reply {
    let Some(ungraded) = frame::unpack_names(names) else {
        return (Status::Unable, b"the names of what is not graded are garbled".to_vec());
    };
    match Base::open(image, &ungraded) {
        Ok(_) => (Status::Done, Vec::new()),
        Err(error) => {
            let reason = error.to_string();
            if is_out_of_memory(&reason) { (Status::Memory, Vec::new()) } else { (Status::Refused, reason.into_bytes()) }
        }
    }
}

/// True where a library found no memory and said so instead of aborting.
fn is_out_of_memory(reason: &str) -> bool {
    ["Cannot allocate memory", "out of memory"].iter().any(|words| reason.contains(words))
}
