//! The curves of a training: lines, TensorBoard's events, the picture.

use crate::models::root;
use quick_xml::events::Event;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wardian_trainer::curves::{CallAccuracy, EventFile, HeldOut, Line, Step, Writer, read, svg, truncate_after};

fn step(step: usize, phase: &str, loss: f64) -> Line {
    let rate = 1e-4 / step as f64;
    Line::Step(Step {
        step,
        phase: phase.to_owned(),
        loss,
        rate,
        gradient_norm: 0.5,
        tokens: 65_536,
        learned: 9_000,
        tokens_per_second: 31_250.5,
        tflops: 210.25,
        mfu: step.is_multiple_of(2).then_some(0.4),
        seconds: 2.097,
    })
}

fn held_out(step: usize, calls: bool) -> Line {
    let calls = calls.then_some(CallAccuracy { calls: 64, right: 0.75, names: 0.9375, arguments: 0.78125 });
    Line::HeldOut(HeldOut { step, loss: 1.1, tokens: 4096, calls })
}

fn some() -> Vec<Line> {
    vec![held_out(0, true), step(1, "general", 2.5), step(2, "general", 0.1 + 0.2), held_out(2, false), step(3, "tools", 1e-9)]
}

fn written(folder: &Path, lines: &[Line]) -> PathBuf {
    let path = folder.join("metrics.jsonl");
    let mut writer = Writer::open(&path).expect("a file");
    lines.iter().for_each(|line| writer.write(line).expect("a line"));
    path
}

#[test]
fn lines_come_back_as_they_were_and_say_their_kind() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), &some());
    assert_eq!(read(&path).expect("lines"), some());
    let text = fs::read_to_string(&path).expect("text");
    assert_eq!(text.lines().filter(|line| line.starts_with("{\"kind\":\"step\",\"step\":")).count(), 3);
    assert_eq!(text.lines().nth(3), Some("{\"kind\":\"held_out\",\"step\":2,\"loss\":1.1,\"tokens\":4096}"));
    // Another process goes on where this one ended.
    written(folder.path(), &[step(4, "tools", 1.0)]);
    assert_eq!(read(&path).expect("lines").len(), 6);
}

#[test]
fn a_loss_that_is_no_number_is_read_as_such() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), &[step(1, "general", f64::NAN), step(2, "general", f64::INFINITY)]);
    let lines = read(&path).expect("lines");
    assert!(lines.iter().all(|line| matches!(line, Line::Step(step) if step.loss.is_nan())), "{lines:?}");
}

#[test]
fn a_torn_last_line_is_left_out_and_not_appended_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), &some());
    let whole = fs::read(&path).expect("bytes");
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("lines before") + 1;
    for end in last..whole.len() {
        fs::write(&path, &whole[..end]).expect("a torn file");
        assert_eq!(read(&path).expect("the rest"), some()[..4], "{end}");
        written(folder.path(), &some()[4..]);
        assert_eq!(read(&path).expect("lines"), some(), "{end}");
        fs::write(&path, &whole[..end]).expect("a torn file");
        truncate_after(&path, 9).expect("it is truncated");
        assert_eq!(fs::read(&path).expect("bytes"), whole[..last], "{end}");
    }
}

#[test]
fn a_broken_line_before_the_last_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), &some());
    let text = fs::read_to_string(&path).expect("text");
    for (from, to) in
        [("\"loss\":2.5,", ""), ("\"kind\":\"step\"", "\"kind\":\"stop\""), ("\"phase\"", "\"fase\""), ("\"step\":1,", "\"step\":-1,")]
    {
        fs::write(&path, text.replacen(from, to, 1)).expect("a broken file");
        let message = read(&path).expect_err("line 2 is broken").to_string();
        assert!(message.contains("metrics.jsonl:2: "), "{message}");
        let before = fs::read(&path).expect("bytes");
        assert_eq!(truncate_after(&path, 1).expect_err("line 2 is broken").to_string(), message);
        assert_eq!(fs::read(&path).expect("bytes"), before);
    }
    let missing = read(&folder.path().join("none.jsonl")).expect_err("there is none").to_string();
    assert!(missing.starts_with("cannot read `") && missing.ends_with("none.jsonl`"), "{missing}");
}

#[test]
fn later_steps_are_taken_out() {
    let folder = tempfile::tempdir().expect("a folder");
    for (after, left) in [(0, 1), (1, 2), (2, 4), (3, 5), (9, 5)] {
        let path = written(&folder.path().join("."), &some());
        truncate_after(&path, after).expect("it is truncated");
        assert_eq!(read(&path).expect("lines"), some()[..left], "{after}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing lies beside it");
        fs::remove_file(path).expect("it is there");
    }
    truncate_after(&folder.path().join("none.jsonl"), 1).expect("nothing to do");
}

#[test]
fn event_files_have_the_bytes_that_tensorboard_writes() {
    let text = fs::read_to_string(root().join("trainer/tests/golden/events.json")).expect("a golden file");
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    let lines: Vec<Line> = serde_json::from_value(golden["lines"].clone()).expect("lines");
    let seconds = golden["seconds"].as_u64().expect("a number");
    let after = golden["after"].as_u64().expect("a number") as usize;
    let folder = tempfile::tempdir().expect("a folder");
    let mut events = EventFile::create(folder.path(), seconds, "a/host", after).expect("a file");
    for (i, line) in lines.iter().enumerate() {
        events.write(line, seconds as f64 + i as f64 / 2.0).expect("an event");
    }
    let bytes = fs::read(events.path()).expect("bytes");
    assert_eq!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), golden["bytes"].as_str().expect("hex"));
    assert!(events.path().ends_with("events.out.tfevents.1700000000.a_host.0"));
    let second = EventFile::create(folder.path(), seconds, "a/host", after).expect("another file");
    assert!(second.path().ends_with("events.out.tfevents.1700000000.a_host.1"));
}

/// Only under `./test --full`. Where PyPI does not give TensorBoard it is left out, loudly.
#[test]
fn tensorboard_reads_event_files() {
    if std::env::var("NEXTEST_PROFILE").as_deref() != Ok("full") {
        println!("SKIPPED: TensorBoard reads event files under `./test --full`");
        return;
    }
    let golden = root().join("trainer/tests/golden");
    let made = Command::new(golden.join("make")).arg("--python-tensorboard").output().expect("a script of the repository");
    if !made.status.success() {
        println!("SKIPPED: no environment for TensorBoard: {}", String::from_utf8_lossy(&made.stderr));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = EventFile::create(folder.path(), 100, "host", 0).expect("a file");
    for line in [held_out(0, true), step(1, "general", 2.5), step(2, "general", 2.25), step(3, "general", 2.0), held_out(3, true)] {
        first.write(&line, 100.5 + line.step() as f64).expect("an event");
    }
    // The training is taken up after step 1: what was of steps 2 and 3 is forgotten.
    let mut second = EventFile::create(folder.path(), 200, "host", 1).expect("a file");
    for line in [step(2, "general", 1.75), held_out(2, false)] {
        second.write(&line, 200.5 + line.step() as f64).expect("an event");
    }
    let python = String::from_utf8(made.stdout).expect("a path");
    let ran = Command::new(python.trim()).arg(golden.join("events.py")).arg("read").arg(folder.path()).output().expect("it starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let board: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let expected = serde_json::json!({
        "tags": {
            "train/loss": [[101.5, 1, 2.5], [202.5, 2, 1.75]],
            "train/rate": [[101.5, 1, f64::from(1e-4_f32)], [202.5, 2, f64::from(5e-5_f32)]],
            "train/gradient_norm": [[101.5, 1, 0.5], [202.5, 2, 0.5]],
            "train/tokens_per_second": [[101.5, 1, 31_250.5], [202.5, 2, 31_250.5]],
            "train/tflops": [[101.5, 1, 210.25], [202.5, 2, 210.25]],
            "train/mfu": [[202.5, 2, f64::from(0.4_f32)]],
            "held_out/loss": [[100.5, 0, f64::from(1.1_f32)], [202.5, 2, f64::from(1.1_f32)]],
            "held_out/calls_right": [[100.5, 0, 0.75]],
            "held_out/call_names": [[100.5, 0, 0.9375]],
            "held_out/call_arguments": [[100.5, 0, 0.78125]],
        },
        "events": {"events.out.tfevents.100.host.0": 7, "events.out.tfevents.200.host.0": 4},
    });
    assert_eq!(board, expected);
}

/// The texts of a picture, which is well-formed XML.
fn texts(picture: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(picture);
    reader.config_mut().check_end_names = true;
    let (mut depth, mut out) = (0, vec![String::new()]);
    loop {
        match reader.read_event().expect("it is well-formed") {
            Event::Start(tag) => {
                tag.attributes().for_each(|attribute| drop(attribute.expect("an attribute")));
                depth += 1;
                out.push(String::new());
            }
            Event::Empty(tag) => tag.attributes().for_each(|attribute| drop(attribute.expect("an attribute"))),
            Event::End(_) => depth -= 1,
            Event::Text(text) => out.last_mut().expect("one").push_str(&text),
            Event::GeneralRef(name) => {
                let character = quick_xml::escape::resolve_xml_entity(&name).expect("one of XML’s own entities");
                out.last_mut().expect("one").push_str(character);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "an element is not closed");
    assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
    out.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

#[test]
fn pictures_have_the_panels_that_there_are_numbers_for() {
    let headings = ["loss, nats a token", "held-out tool calls that are right", "learning rate", "gradient norm"];
    let shown = |lines: &[Line]| {
        let texts = texts(&svg(lines, "a training"));
        assert!(texts.contains(&"a training".to_owned()));
        headings.map(|heading| texts.iter().any(|text| text == heading))
    };
    assert_eq!(shown(&some()), [true; 4]);
    assert_eq!(shown(&[step(1, "general", 2.5)]), [true, false, true, true]);
    assert_eq!(shown(&[held_out(7, true)]), [true, true, false, false]);
    assert_eq!(shown(&[held_out(0, false)]), [true, false, false, false]);
    assert_eq!(shown(&[step(1, "general", f64::NAN)]), [false, false, true, true]);
    assert_eq!(shown(&[]), [false; 4]);
    assert!(texts(&svg(&[], "x")).contains(&"no steps yet".to_owned()));
}

#[test]
fn pictures_name_phases_as_they_are_called() {
    let name = "<b> & \"c\"\u{1}\u{ffff}";
    let lines: Vec<Line> = (1..=40).map(|n| step(n, if n <= 20 { name } else { "tools" }, 1.0)).collect();
    let texts = texts(&svg(&lines, "a < b & c"));
    for expected in ["<b> & \"c\"\u{fffd}\u{fffd}", "tools", "a < b & c", "40 steps, 2,621,440 tokens, 360,000 of them learned"] {
        assert!(texts.contains(&expected.to_owned()), "{expected}: {texts:?}");
    }
}

#[test]
fn pictures_of_long_trainings_stay_small_and_keep_spikes() {
    let loss = |n: usize| if n == 61_234 { 48.0 } else { 1.0 + (n % 10) as f64 / 10.0 };
    let lines: Vec<Line> = (1..=100_000).map(|n| step(n, if n <= 50_000 { "general" } else { "tools" }, loss(n))).collect();
    let picture = svg(&lines, "long");
    assert!(texts(&picture).contains(&"mean of 2,001 steps".to_owned()));
    assert!(picture.len() < 100_000, "{} bytes", picture.len());
    // The highest point of what is drawn of single steps, in the panel of 250 pixels from 122 on, which ends at 50 nats.
    let highest = picture
        .split("<polyline")
        .filter(|part| part.contains("stroke-width=\"0.8\""))
        .flat_map(|part| part.split("points=\"").nth(1).expect("points").split('"').next().expect("points").split_whitespace())
        .filter_map(|point| point.split_once(',')?.1.parse::<f64>().ok())
        .filter(|y| *y > 122.0)
        .fold(f64::MAX, f64::min);
    assert!((highest - (122.0 + 250.0 * 2.0 / 50.0)).abs() < 0.2, "{highest}");
}
