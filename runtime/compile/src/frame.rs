//! What goes over the pipes: one request, one answer. Both sides are usually one executable, so there is one version, in
//! the magic bytes; numbers are little-endian.

use std::io::{self, Read, Write};
use wardian_format::Digest;
use wardian_format::limits::{CompileLimits, Profile};
use wardian_sandbox::Codegen;

const REQUEST: [u8; 8] = *b"WRDNREQ1";
const ANSWER: [u8; 8] = *b"WRDNANS1";

/// Longest text of an answer that is no success, bytes.
pub(crate) const TEXT_BYTES_MAX: u64 = 16 << 10;

/// What the helper shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Job {
    /// Admit and compile the body.
    Compile = 1,
    /// Open the body as a state image.
    Image = 2,
}

/// The fixed part of a request. After it come the names of what is not graded, and the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) job: Job,
    pub(crate) limits: CompileLimits,
    /// How code shall be made; means nothing for an image.
    pub(crate) codegen: Codegen,
    /// That of the engine which shall run the code; zero for an image.
    pub(crate) fingerprint: Digest,
    pub(crate) names_bytes: u64,
    pub(crate) body_bytes: u64,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Status {
    /// The bytes are native code, or nothing for an image.
    Done = 0,
    /// The input is not acceptable; the bytes say why.
    Refused = 1,
    /// The compiler refuses it.
    Compile = 2,
    /// The memory limit was met where it did not end the process.
    Memory = 3,
    /// The helper cannot serve this request.
    Unable = 4,
}

impl Header {
    /// Bytes of the fixed part.
    const BYTES: usize = 8 + 3 + 6 * 8 + 32;

    pub(crate) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut out = Vec::with_capacity(Self::BYTES);
        out.extend(REQUEST);
        out.extend([self.job as u8, self.limits.profile as u8, self.codegen as u8]);
        let CompileLimits { cpu_s_max, memory_bytes_max, wall_ms_max, answer_bytes_max, .. } = self.limits;
        let numbers = [cpu_s_max, memory_bytes_max, wall_ms_max, answer_bytes_max, self.names_bytes, self.body_bytes];
        numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
        out.extend(self.fingerprint.0);
        to.write_all(&out)
    }

    pub(crate) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut bytes = [0; Self::BYTES];
        from.read_exact(&mut bytes)?;
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("the request {what}"));
        if bytes[..8] != REQUEST {
            return Err(bad("is of another version"));
        }
        let job = match bytes[8] {
            1 => Job::Compile,
            2 => Job::Image,
            _ => return Err(bad("has an unknown job")),
        };
        let profile = Profile::ALL.into_iter().find(|profile| *profile as u8 == bytes[9]).ok_or_else(|| bad("has an unknown profile"))?;
        let codegen = [Codegen::Speed, Codegen::Plain].into_iter().find(|codegen| *codegen as u8 == bytes[10]);
        let codegen = codegen.ok_or_else(|| bad("asks for unknown code"))?;
        let number = |i: usize| {
            let at = 11 + 8 * i;
            u64::from_le_bytes(std::array::from_fn(|j| bytes[at + j]))
        };
        let limits = CompileLimits {
            profile,
            cpu_s_max: number(0),
            memory_bytes_max: number(1),
            wall_ms_max: number(2),
            answer_bytes_max: number(3),
        };
        let fingerprint = Digest(std::array::from_fn(|i| bytes[59 + i]));
        Ok(Self { job, limits, codegen, fingerprint, names_bytes: number(4), body_bytes: number(5) })
    }
}

/// Names as one block of bytes.
pub(crate) fn pack_names(names: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    for name in names {
        out.extend((name.len() as u64).to_le_bytes());
        out.extend(name.as_bytes());
    }
    out
}

/// The other side of [`pack_names`]. `None` where that did not write it.
pub(crate) fn unpack_names(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<8>()?;
        let (name, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        names.push(String::from_utf8(name.to_vec()).ok()?);
        bytes = rest;
    }
    Some(names)
}

/// Writes an answer whole.
pub(crate) fn write_answer(to: &mut impl Write, status: Status, bytes: &[u8]) -> io::Result<()> {
    to.write_all(&ANSWER)?;
    to.write_all(&[status as u8])?;
    to.write_all(&(bytes.len() as u64).to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

/// What was read of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// All of it.
    Whole(Status, Vec<u8>),
    /// More than `bytes_max` was announced.
    TooLong,
    /// It ended early, or is none.
    Broken,
}

/// Reads an answer of at most `bytes_max`.
pub(crate) fn read_answer(from: &mut impl Read, bytes_max: u64) -> Answer {
    let mut head = [0; 17];
    if from.read_exact(&mut head).is_err() || head[..8] != ANSWER {
        return Answer::Broken;
    }
    let status = match head[8] {
        0 => Status::Done,
        1 => Status::Refused,
        2 => Status::Compile,
        3 => Status::Memory,
        4 => Status::Unable,
        _ => return Answer::Broken,
    };
    let length = u64::from_le_bytes(std::array::from_fn(|i| head[9 + i]));
    if length > if status == Status::Done { bytes_max } else { TEXT_BYTES_MAX } {
        return Answer::TooLong;
    }
    let mut bytes = Vec::new();
    match from.take(length).read_to_end(&mut bytes) {
        Ok(read) if read as u64 == length => Answer::Whole(status, bytes),
        _ => Answer::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_comes_back_as_it_was() {
        for profile in Profile::ALL {
            let limits = CompileLimits::of_image(profile, 12_345_678);
            let header = Header {
                job: Job::Image,
                limits,
                codegen: Codegen::Plain,
                fingerprint: Digest::of(b"x"),
                names_bytes: 7,
                body_bytes: 1 << 40,
            };
            let mut bytes = Vec::new();
            header.write(&mut bytes).expect("a vector takes it");
            assert_eq!(Header::read(&mut bytes.as_slice()).expect("reads"), header);
            assert!(Header::read(&mut &bytes[..bytes.len() - 1]).is_err());
        }
        let names = ["a.b".to_owned(), String::new(), "ü\n".to_owned()];
        assert_eq!(unpack_names(&pack_names(&names)).expect("names"), names);
        assert!(unpack_names(&[1, 0, 0, 0, 0, 0, 0, 0]).is_none() && unpack_names(&[255; 9]).is_none());
    }

    #[test]
    fn answers_are_bounded_before_they_are_read() {
        let mut bytes = Vec::new();
        write_answer(&mut bytes, Status::Done, b"code").expect("a vector takes it");
        assert_eq!(read_answer(&mut bytes.as_slice(), 4), Answer::Whole(Status::Done, b"code".to_vec()));
        assert_eq!(read_answer(&mut bytes.as_slice(), 3), Answer::TooLong);
        assert_eq!(read_answer(&mut &bytes[..bytes.len() - 1], 4), Answer::Broken);
        bytes[9..17].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(read_answer(&mut bytes.as_slice(), 1 << 40), Answer::TooLong);
        assert_eq!(read_answer(&mut b"warning: something".as_slice(), 4), Answer::Broken);
    }
}
