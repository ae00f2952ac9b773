//! SQL functions that the host gives every connection, and those it takes away.
//!
//! `now()`, also called `wardian_now()`, is the episode's time as text. `wardian_id(table, n, doc)` and `wardian_id_int(table, n, doc)` are
//! ids: a keyed hash of the episode's seed and the arguments, so that the same call gives the same id whatever else
//! happened before it (design, decision 1). `round_half_even(x, digits)` and `round_half_away(x, digits)` say by their name what
//! becomes of a tie (design, decision 10); `real_text(x)` is the fewest digits that read back as `x`. `random()` and `randomblob(n)` are for guests with free SQL alone: a stream
//! that starts anew with each call and follows from the seed and the call.

use crate::guard::{DENIED, Shared};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, ffi};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Letters of generated ids (RFC 4648, lowercase).
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Characters of a generated id.
const ID_CHARS: usize = 20;
/// Longest random blob, bytes.
const BLOB_BYTES_MAX: i64 = wardian_format::limits::FIXED.random_blob_bytes_max as i64;
/// Bytes of random blobs that count as one operation.
const BYTES_PER_OP: u64 = 64;
/// The first generated integer id, and how many there are.
const INT_RANGE: (u64, u64) = (100_000_000, 900_000_000);

/// Registers the functions on `connection`.
pub(crate) fn install(connection: &Connection, shared: &Arc<Shared>) -> Result<(), Error> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    let s = Arc::clone(shared);
    connection.create_scalar_function("wardian_now", 0, pure, move |_| Ok(rfc3339(s.now.load(Relaxed))))?;
    let s = Arc::clone(shared);
    connection.create_scalar_function("now", 0, pure, move |_| Ok(rfc3339(s.now.load(Relaxed))))?;
    let s = Arc::clone(shared);
    connection.create_scalar_function("wardian_id", 3, pure, move |c| Ok(text_id(&hash_of(&s, c)?)))?;
    let s = Arc::clone(shared);
    connection.create_scalar_function("wardian_id_int", 3, pure, move |c| Ok(int_id(&hash_of(&s, c)?)))?;
    connection.create_scalar_function("round_half_even", 2, pure, |c| round(c, half_even))?;
    connection.create_scalar_function("round_half_away", 2, pure, |c| round(c, half_away))?;
    connection.create_scalar_function("real_text", 1, pure, real_text)?;
    connection.create_scalar_function("real_text", 2, pure, real_text)?;
    connection.create_scalar_function("unicode_lower", 1, pure, unicode_lower)?;
    install_random(connection, shared)?;
    for &name in DENIED {
        let s = Arc::clone(shared);
        connection.create_scalar_function(name, -1, FunctionFlags::SQLITE_UTF8, move |_| -> Result<i64, Error> {
            s.deny(format!("function `{name}`"));
            Err(Error::UserFunctionError(format!("function `{name}` is denied").into()))
        })?;
    }
    Ok(())
}

/// Random numbers of one transaction: BLAKE3 as a stream cipher would be used, one output for each request. Most calls
/// never ask for one, so the key is made with the first.
pub(crate) struct Random {
    seed: u64,
    call: Vec<u8>,
    key: Option<[u8; 32]>,
    next: u64,
}

impl Random {
    /// The stream of `call` in an episode with `seed`.
    pub(crate) fn new(seed: u64, call: Vec<u8>) -> Self {
        Self { seed, call, key: None, next: 0 }
    }

    /// The key is BLAKE3, keyed with the seed (8 bytes, little-endian, then zeros), over the tag `random`, a zero byte, and the
    /// call. Request `n` is BLAKE3's extended output, keyed with that, over `n` as 8 bytes, little-endian.
    pub(crate) fn fill(&mut self, out: &mut [u8]) {
        let Self { seed, call, key, next } = self;
        let key =
            key.get_or_insert_with(|| *blake3::Hasher::new_keyed(&seed_key(*seed)).update(b"random\0").update(call).finalize().as_bytes());
        blake3::Hasher::new_keyed(key).update(&next.to_le_bytes()).finalize_xof().fill(out);
        self.next += 1;
    }
}

/// Registers `random` and `randomblob`.
fn install_random(connection: &Connection, shared: &Arc<Shared>) -> Result<(), Error> {
    let none = |shared: &Shared, name: &str| {
        shared.deny(format!("function `{name}`"));
        Error::UserFunctionError(format!("function `{name}` is denied").into())
    };
    let s = Arc::clone(shared);
    connection.create_scalar_function("random", 0, FunctionFlags::SQLITE_UTF8, move |_| {
        let mut bytes = [0; 8];
        if s.fill_random(&mut bytes) { Ok(i64::from_le_bytes(bytes)) } else { Err(none(&s, "random")) }
    })?;
    let s = Arc::clone(shared);
    connection.create_scalar_function("randomblob", 1, FunctionFlags::SQLITE_UTF8, move |context| {
        // As SQLite's: at least one byte, whatever is asked for.
        let length = context.get::<Option<i64>>(0)?.unwrap_or(0).max(1);
        if length > BLOB_BYTES_MAX {
            return Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_TOOBIG), None));
        }
        if !s.charge(length as u64 / BYTES_PER_OP) {
            return Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_INTERRUPT), None));
        }
        let mut bytes = vec![0; length as usize];
        if s.fill_random(&mut bytes) { Ok(bytes) } else { Err(none(&s, "randomblob")) }
    })
}

/// Most digits behind the point: a double has no more to give.
const DIGITS_MAX: i64 = 15;

/// Digits behind the point that the exact decimal expansion of a double can have.
const EXPANSION_DIGITS: usize = 1074;

/// Rounds the first argument to as many digits as the second says. NULL stays NULL, integers stay as they are.
fn round(context: &Context<'_>, of_real: fn(f64, usize) -> f64) -> Result<Value, Error> {
    let wrong = |what: &str| Error::UserFunctionError(format!("rounding takes a number and 0 to {DIGITS_MAX} digits, not {what}").into());
    let ValueRef::Integer(digits @ 0..=DIGITS_MAX) = context.get_raw(1) else { return Err(wrong("these digits")) };
    match context.get_raw(0) {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(integer) => Ok(Value::Integer(integer)),
        ValueRef::Real(real) => Ok(Value::Real(of_real(real, digits as usize))),
        _ => Err(wrong("text")),
    }
}

/// A number as a real: in the fewest digits that read back as it, or with as many behind the point as are asked for.
fn real_text(context: &Context<'_>) -> Result<Option<String>, Error> {
    let wrong =
        |what: &str| Error::UserFunctionError(format!("`real_text` takes a number and 0 to {DIGITS_MAX} digits, not {what}").into());
    let real = match context.get_raw(0) {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(integer) => integer as f64,
        ValueRef::Real(real) => real,
        _ => return Err(wrong("text")),
    };
    if context.len() == 1 {
        return Ok(Some(wardian_format::number::real_text(real)));
    }
    match context.get_raw(1) {
        ValueRef::Integer(digits @ 0..=DIGITS_MAX) => Ok(Some(format!("{real:.0$}", digits as usize))),
        _ => Err(wrong("these digits")),
    }
}

/// Lower case in all scripts. SQLite's own `lower` knows those of ASCII.
fn unicode_lower(context: &Context<'_>) -> Result<Option<String>, Error> {
    match context.get_raw(0) {
        ValueRef::Null => Ok(None),
        ValueRef::Text(text) => Ok(Some(String::from_utf8_lossy(text).to_lowercase())),
        _ => Err(Error::UserFunctionError("`unicode_lower` takes a text".into())),
    }
}

/// As Python's `round`: the exact binary value decides, and a tie goes to the even digit.
fn half_even(real: f64, digits: usize) -> f64 {
    format!("{real:.digits$}").parse().unwrap_or(real)
}

/// As schools teach it: a tie goes away from zero. The exact binary value decides what is a tie.
fn half_away(real: f64, digits: usize) -> f64 {
    let expansion = format!("{:.EXPANSION_DIGITS$}", real.abs());
    let behind = expansion.split_once('.').map_or("", |(_, behind)| behind);
    let (kept, rest) = behind.split_at(digits.min(behind.len()));
    let is_tie = rest.starts_with('5') && rest[1..].bytes().all(|b| b == b'0');
    if !is_tie {
        return half_even(real, digits);
    }
    // One unit more in the last digit that is kept, which an odd neighbour of the tie rounds to.
    let up = format!("{}.{kept}6", expansion.split_once('.').map_or("0", |(whole, _)| whole));
    let rounded = up.parse().map_or(real, |up: f64| half_even(up, digits));
    rounded.copysign(real)
}

fn seed_key(seed: u64) -> [u8; 32] {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key
}

fn hash_of(shared: &Shared, context: &Context<'_>) -> Result<[u8; 32], Error> {
    let wrong = || Error::UserFunctionError("a generated id takes (table TEXT, n INTEGER, doc TEXT)".into());
    let (ValueRef::Text(table), ValueRef::Integer(n), ValueRef::Text(doc)) = (context.get_raw(0), context.get_raw(1), context.get_raw(2))
    else {
        return Err(wrong());
    };
    Ok(id_hash(shared.seed.load(Relaxed), table, n, doc))
}

/// BLAKE3 keyed with the seed (8 bytes, little-endian, then zeros) over the length-prefixed table, `n` and the
/// document.
fn id_hash(seed: u64, table: &[u8], n: i64, doc: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(&seed_key(seed));
    hasher.update(&(table.len() as u64).to_le_bytes()).update(table).update(&n.to_le_bytes()).update(doc);
    *hasher.finalize().as_bytes()
}

fn text_id(hash: &[u8; 32]) -> String {
    let mut out = String::with_capacity(ID_CHARS);
    // 26 of the 32 characters are letters.
    out.push(char::from(ALPHABET[usize::from(hash[0]) % 26]));
    let bit = |i: usize| usize::from(hash[1 + i / 8] >> (i % 8) & 1);
    for c in 0..ID_CHARS - 1 {
        let five = (0..5).fold(0, |value, i| value << 1 | bit(5 * c + i));
        out.push(char::from(ALPHABET[five]));
    }
    out
}

fn int_id(hash: &[u8; 32]) -> i64 {
    let mut word = [0; 8];
    word.copy_from_slice(&hash[24..]);
    (INT_RANGE.0 + u64::from_le_bytes(word) % INT_RANGE.1) as i64
}

/// RFC 3339 in UTC with whole seconds. Days to civil date after Howard Hinnant's `civil_from_days`.
fn rfc3339(unix_s: i64) -> String {
    let (days, second) = (unix_s.div_euclid(86_400), unix_s.rem_euclid(86_400));
    let z = days + 719_468;
    let (era, day_of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_by_name() {
        for (real, digits, even, away) in [
            (2.5, 0, 2.0, 3.0),
            (-2.5, 0, -2.0, -3.0),
            (0.125, 2, 0.12, 0.13),
            (2.675, 2, 2.67, 2.67),
            (1.005, 2, 1.0, 1.0),
            (0.375, 2, 0.38, 0.38),
            (1e15 + 0.5, 0, 1e15, 1e15 + 1.0),
            (9.995, 2, 9.99, 9.99),
            (7.0, 3, 7.0, 7.0),
            (99.5, 0, 100.0, 100.0),
            (98.5, 0, 98.0, 99.0),
        ] {
            assert_eq!((half_even(real, digits), half_away(real, digits)), (even, away), "{real} to {digits}");
        }
    }

    #[test]
    fn times() {
        for (unix_s, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_715_781_599, "2024-05-15T13:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(unix_s), text);
        }
    }

    #[test]
    fn ids_have_their_shape_and_depend_on_every_part() {
        let base = id_hash(1, b"t", 0, b"{}");
        for other in [id_hash(2, b"t", 0, b"{}"), id_hash(1, b"u", 0, b"{}"), id_hash(1, b"t", 1, b"{}"), id_hash(1, b"t", 0, b"[]")] {
            assert_ne!(text_id(&base), text_id(&other));
            assert_ne!(int_id(&base), int_id(&other));
        }
        for n in 0..1000 {
            let hash = id_hash(7, b"issues", n, b"{\"a\":1}");
            let id = text_id(&hash);
            assert!(id.len() == 20 && id.starts_with(|c: char| c.is_ascii_lowercase()), "{id}");
            assert!(id.bytes().all(|b| ALPHABET.contains(&b)), "{id}");
            assert!((100_000_000..1_000_000_000).contains(&int_id(&hash)));
        }
    }
}
