//! Sections that are small and want to be large.

use super::hand;
use super::judge::{Layer, Table};
use crate::hostile::meter::peak_mib;
use wardian_format::limits::FIXED;
use wardian_format::pack::section::{IMAGE, SOURCES, TASKS};

/// Most that refusing a bomb may cost, MiB: what a section may have in any case, twice while a buffer grows, and some air.
const PEAK_MIB_MAX: u64 = (FIXED.section_free_bytes >> 20) as u64 * 2 + 64;

/// Largest block of a zstd frame.
const BLOCK_BYTES_MAX: usize = 128 << 10;

/// How a frame (RFC 8878) starts.
struct Head {
    /// What it says that it holds, bytes.
    size: u64,
    /// Its window, as a power of two from 10.
    window_log: u8,
}

/// A frame of `mib` MiB that takes four bytes for every 128 KiB.
fn frame(head: &Head, mib: usize) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1100_0000, (head.window_log - 10) << 3];
    out.extend(head.size.to_le_bytes());
    let blocks = mib * 8;
    for i in 0..blocks {
        let header = u32::from(i + 1 == blocks) | 1 << 1 | (BLOCK_BYTES_MAX as u32) << 3;
        out.extend(&header.to_le_bytes()[..3]);
        out.push(b'\n');
    }
    out
}

fn honest(mib: usize) -> Vec<u8> {
    frame(&Head { size: (mib as u64) << 20, window_log: 20 }, mib)
}

/// A frame that decompressors pass over, with a length that it says it has.
fn skippable(says: u32, has: usize) -> Vec<u8> {
    let mut out = vec![0x50, 0x2a, 0x4d, 0x18];
    out.extend(says.to_le_bytes());
    out.extend(vec![0; has]);
    out
}

/// A gigabyte and more, in every way that the format has.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let twice = zstd::bulk::compress(&honest(4096), 19).expect("compresses");
    vec![
        ("2 GiB in one frame", honest(2048)),
        ("64 KiB that say they are 4 EiB", frame(&Head { size: 1 << 62, window_log: 20 }, 1)),
        ("2 GiB that say they are nothing", frame(&Head { size: 0, window_log: 20 }, 2048)),
        ("2 GiB that say they are one byte", frame(&Head { size: 1, window_log: 20 }, 2048)),
        ("a window of 2 GiB", frame(&Head { size: 2 << 30, window_log: 31 }, 2048)),
        ("the largest window", frame(&Head { size: 1 << 40, window_log: 41 }, 64)),
        ("4,000 frames of 1 MiB", honest(1).repeat(4_000)),
        ("10,000 skippable frames, then a bomb", [skippable(8, 8).repeat(10_000), honest(2048)].concat()),
        ("a skippable frame of 4 GiB", skippable(u32::MAX, 64)),
        ("skippable frames and nothing else", skippable(0, 0).repeat(100_000)),
        ("a bomb in a bomb", twice),
        ("blocks without end", honest(2048)[..8_000].to_vec()),
    ]
}

#[test]
fn bombs_are_refused_within_bounds() {
    let pack = hand();
    let mut table = Table::default();
    let mut largest = 0;
    for (what, bomb) in bombs() {
        for name in [IMAGE, SOURCES, TASKS] {
            let bytes = pack.file.with(name, bomb.clone());
            let (verdict, peak) = peak_mib(|| table.add(&format!("bomb in {name}"), what, bytes, &pack.original));
            assert!([Layer::Image, Layer::Texts].contains(&verdict.layer), "{what} in `{name}`: {}", verdict.reason);
            assert!(verdict.reason.contains(name), "{what}: the reason does not name `{name}`: {}", verdict.reason);
            assert!(peak <= PEAK_MIB_MAX, "{what} in `{name}` cost {peak} MiB before it was refused");
            largest = largest.max(peak);
        }
    }
    println!("{table}\nat most {largest} MiB");
}
