//! Changes to inputs, drawn from a seeded stream.

use wardian_format::rng::Rng;

/// Longest input, bytes.
const BYTES_MAX: usize = 256 << 10;

/// Numbers at which parsers err.
const EDGES: [u32; 8] = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/// One of `corpus`, with one to eight changes, one most often. Every other input keeps its length, since many formats
/// are lost with the first byte that moves.
pub fn mutate(rng: &mut Rng, corpus: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut out = rng.pick(corpus).cloned().unwrap_or_default();
    let in_place = rng.chance(50);
    for _ in 0..[1, 1, 1, 2, 4, 8][rng.below(6)] {
        if in_place {
            overwrite(rng, &mut out);
        } else {
            change(rng, &mut out, corpus, words);
        }
    }
    out.truncate(BYTES_MAX);
    out
}

fn change(rng: &mut Rng, out: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[&str]) {
    let at = rng.below(out.len() + 1);
    let end = (at + rng.below(32) + 1).min(out.len());
    match rng.below(9) {
        0..=2 => overwrite(rng, out),
        3 => drop(out.drain(at..end)),
        4 => {
            let copy = out[at..end].to_vec();
            insert(out, at, &copy);
        }
        5 => out.truncate(at),
        6 => splice(rng, out, corpus, at),
        _ => {
            let word = rng.pick(words).copied().unwrap_or("\0");
            insert(out, at, word.as_bytes());
        }
    }
}

/// Changes bytes where they are.
fn overwrite(rng: &mut Rng, out: &mut [u8]) {
    let at = rng.below(out.len());
    let end = (at + 4).min(out.len());
    let edge = EDGES[rng.below(EDGES.len())];
    match (rng.below(5), out.get_mut(at)) {
        (_, None) => {}
        (0 | 1, Some(byte)) => *byte ^= 1 << rng.below(8),
        (2, Some(byte)) => *byte = rng.next_u64() as u8,
        (3, Some(byte)) => *byte = byte.wrapping_add(1),
        _ => out[at..end].iter_mut().zip(edge.to_be_bytes()).for_each(|(byte, edge)| *byte = edge),
    }
}

/// Puts a piece of another input at `at`.
fn splice(rng: &mut Rng, out: &mut Vec<u8>, corpus: &[Vec<u8>], at: usize) {
    let Some(other) = rng.pick(corpus) else { return };
    let from = rng.below(other.len() + 1);
    let end = (from + rng.below(128) + 1).min(other.len());
    insert(out, at, &other[from..end]);
}

fn insert(out: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let tail = out.split_off(at);
    out.extend(bytes);
    out.extend(tail);
}
