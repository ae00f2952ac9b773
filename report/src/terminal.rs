//! The report for a terminal: one story, one funnel, one digest.

use crate::bounds::{counted, duration, grouped, sane};
use crate::clean::{flat, one_line};
use crate::funnel::{Funnel, stage_word};
use crate::input::{Counts, EpisodeInfo, ReportInput};
use wardian_format::trajectory::{CallRecord, Message};
use wardian_format::{Diff, Outcome};

/// Longest line, in characters.
const WIDTH: usize = 100;
/// Width of the column of speakers.
const MARGIN: usize = 11;
/// Most lines of the dialogue.
const DIALOGUE_MAX: usize = 32;
/// Characters of a bar.
const BAR: usize = 24;
/// Most lines of one message, and of one difference.
const LINES_MAX: usize = 4;

pub(crate) fn render(input: &ReportInput) -> String {
    let mut lines = vec![head(input), String::new()];
    lines.extend(wrap(&flow(&input.run.counts), 2, LINES_MAX));
    lines.push(String::new());
    if let Some(episode) = sample(input) {
        lines.extend(story(episode));
        lines.push(String::new());
    }
    if !input.decisions.is_empty() {
        lines.extend(funnel(input));
        lines.push(String::new());
    }
    lines.extend(foot(input));
    let mut out: String = lines.iter().map(|line| format!("{}\n", line.trim_end())).collect();
    out.push_str(&format!("\n  run digest  {}\n", input.run.digest));
    out
}

fn head(input: &ReportInput) -> String {
    let name: String = format!("Wardian · {}", one_line(&input.run.name, 40)).chars().take(80).collect();
    let total: f64 = input.run.stages.iter().map(|s| sane(s.seconds)).sum();
    let right = if total > 0.0 { duration(total) } else { String::new() };
    format!("{name}{}{right}", " ".repeat(WIDTH.saturating_sub(chars(&name) + chars(&right)).max(2)))
}

fn flow(counts: &Counts) -> String {
    let packs = format!("{} ({} run)", counted(counts.packs, "pack"), counted(counts.pack_tools, "tool"));
    let steps = [
        counted(counts.tools, "tool"),
        counted(counts.domains, "domain"),
        packs,
        counted(counts.tasks, "task"),
        counted(counts.episodes, "episode"),
        format!("{} kept", grouped(counts.kept)),
    ];
    steps.join(" → ")
}

/// The first recovered episode, else the first.
fn sample(input: &ReportInput) -> Option<&EpisodeInfo> {
    let recovered = |e: &&EpisodeInfo| e.decision.as_ref().is_some_and(|d| d.kept && d.code == "recovered");
    input.episodes.iter().find(recovered).or(input.episodes.first())
}

fn story(episode: &EpisodeInfo) -> Vec<String> {
    let trajectory = &episode.trajectory;
    let mut lines = vec![cut(&format!("  One episode: {}", one_line(&trajectory.id, 80))), String::new()];
    let mut dialogue = dialogue(episode);
    if dialogue.len() > DIALOGUE_MAX {
        let hidden = dialogue.len() - DIALOGUE_MAX + 1;
        dialogue.truncate(DIALOGUE_MAX - 1);
        dialogue.push(format!("{}… {hidden} more lines; the HTML report has them", " ".repeat(MARGIN)));
    }
    lines.extend(dialogue);
    if let Some(verdict) = verdict(episode) {
        lines.push(String::new());
        lines.extend(said("verdict", &verdict));
    }
    lines
}

fn dialogue(episode: &EpisodeInfo) -> Vec<String> {
    let mut lines = Vec::new();
    let mut next = 0;
    for message in &episode.trajectory.messages {
        match message {
            Message::System { .. } | Message::Tool { .. } => {}
            Message::User { content } => lines.extend(said("user", content)),
            Message::Assistant { content, tool_calls, .. } => {
                if let Some(text) = content.as_deref().filter(|text| !text.trim().is_empty()) {
                    lines.extend(said("agent", text));
                }
                for _ in tool_calls {
                    if let Some(call) = episode.trajectory.calls.get(next) {
                        lines.extend(called(call, episode.diffs.get(next).and_then(Option::as_ref)));
                    }
                    next += 1;
                }
            }
        }
    }
    lines
}

/// A call, what came back, and what it changed.
fn called(call: &CallRecord, diff: Option<&Diff>) -> Vec<String> {
    let room = WIDTH - MARGIN - 2;
    let line = |mark: &str, text: &str| cut(&format!("{}{mark} {text}", " ".repeat(MARGIN)));
    let mut lines = wrap(&format!("→ {} {}", one_line(&call.tool, 64), flat(&call.arguments, 3 * room)), MARGIN, 2);
    // The second line of long arguments stands under the name of the tool.
    lines.iter_mut().skip(1).for_each(|second| *second = cut(&format!("  {second}")));
    let answer = match &call.outcome {
        Outcome::Ok { result } => flat(result, 2 * room),
        Outcome::ToolError { code, message } => format!("{}: {}", code.word(), one_line(message, room)),
        Outcome::InvalidArguments { message } => format!("invalid arguments: {}", one_line(message, room)),
        other => other.word().replace('_', " "),
    };
    lines.push(line(if call.outcome.is_ok() { "✓" } else { "✗" }, &answer));
    let changes: Vec<String> = diff.into_iter().flat_map(changes).collect();
    lines.extend(changes.iter().take(LINES_MAX).map(|change| line(" ", change)));
    if changes.len() > LINES_MAX {
        lines.push(line(" ", &format!("… {} more changes", changes.len() - LINES_MAX)));
    }
    lines
}

/// One line a changed cell or row. Bounded before it is formatted: a call may change thousands of rows.
fn changes(diff: &Diff) -> Vec<String> {
    let rows = diff.rows.iter().take(8 * LINES_MAX);
    rows.flat_map(|row| row.to_string().lines().map(|line| one_line(line, WIDTH)).collect::<Vec<_>>()).collect()
}

fn verdict(episode: &EpisodeInfo) -> Option<String> {
    let verdict = episode.trajectory.verdict.as_ref()?;
    let digest = episode.trajectory.certificate.last.graded.short();
    let reasons = verdict.reasons.iter().take(2).map(|r| one_line(r, WIDTH)).collect::<Vec<_>>().join("; ");
    let text = match (verdict.passed, verdict.calls) {
        (true, true) => format!("passed: final state {digest} is the goal’s, and the successful calls are the plan’s"),
        (true, false) => format!("passed: final state {digest} is the goal’s; the calls are not the plan’s"),
        (false, _) => format!("failed: final state {digest}"),
    };
    Some(if reasons.is_empty() { text } else { format!("{text}. {reasons}") })
}

fn funnel(input: &ReportInput) -> Vec<String> {
    let funnel = Funnel::of(&input.decisions);
    let length = |part: usize| (part * BAR).div_ceil(funnel.episodes.max(1));
    let row = |name: &str, count: String, left: usize, dropped: usize, words: String| {
        let bar = format!("{}{}", "█".repeat(length(left)), "░".repeat(length(left + dropped) - length(left)));
        cut(&format!("  {name:<9} {count:>8}  {bar:<BAR$}  {words}"))
    };
    let mut lines = vec![row("episodes", grouped(funnel.episodes), funnel.episodes, 0, String::new())];
    for step in &funnel.steps {
        let reasons = step.reasons.iter().take(4).map(|r| format!("{} {}", one_line(&r.code, 30), grouped(r.count)));
        let count = if step.dropped > 0 { format!("−{}", grouped(step.dropped)) } else { "0".to_owned() };
        lines.push(row(stage_word(step.stage), count, step.left, step.dropped, reasons.collect::<Vec<_>>().join(", ")));
    }
    let kept_as = funnel.kept_as.iter().take(4).map(|k| format!("{} {}", one_line(&k.code, 30), grouped(k.count)));
    lines.push(row("kept", grouped(funnel.kept), funnel.kept, 0, kept_as.collect::<Vec<_>>().join(", ")));
    lines
}

fn foot(input: &ReportInput) -> Vec<String> {
    let counts = &input.run.counts;
    let mut lines = Vec::new();
    if counts.verify_failed > 0 {
        lines.push(format!("  {} kept trajectories DIFFER when re-executed from the packs alone", grouped(counts.verify_failed)));
    } else if counts.verified > 0 {
        let verified = grouped(counts.verified);
        lines.push(format!("  {verified} kept trajectories re-executed from the packs alone: every digest equal"));
    }
    let stages = input.run.stages.iter().take(12).map(|s| format!("{} {}", one_line(&s.name, 20), duration(s.seconds)));
    lines.extend(wrap(&stages.collect::<Vec<_>>().join(" · "), 2, 2));
    lines
}

fn said(who: &str, text: &str) -> Vec<String> {
    let mut lines = wrap(&one_line(text, LINES_MAX * WIDTH), MARGIN, LINES_MAX);
    if let Some(first) = lines.first_mut() {
        *first = format!("  {who:<width$}{}", first.trim_start(), width = MARGIN - 2);
    }
    lines
}

/// `text` in lines of at most [`WIDTH`] characters that start with `indent` spaces; at most `lines_max` of them.
fn wrap(text: &str, indent: usize, lines_max: usize) -> Vec<String> {
    let margin = " ".repeat(indent);
    let mut lines: Vec<String> = Vec::new();
    let mut line = margin.clone();
    for word in text.split_whitespace() {
        if line.len() > indent && chars(&line) + 1 + chars(word) > WIDTH {
            lines.push(std::mem::replace(&mut line, margin.clone()));
        }
        if line.len() > indent {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.len() > indent {
        lines.push(line);
    }
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            last.push_str(" …");
        }
    }
    lines.iter().map(|line| cut(line)).collect()
}

/// At most [`WIDTH`] characters.
fn cut(line: &str) -> String {
    if chars(line) <= WIDTH {
        return line.to_owned();
    }
    let mut out: String = line.chars().take(WIDTH - 1).collect();
    out.push('…');
    out
}

fn chars(text: &str) -> usize {
    text.chars().count()
}
