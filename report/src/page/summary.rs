//! What a reader wants first and last: the headline, the filter, the commands, and what was cut.

use super::{esc, ticked};
use crate::bounds::{Cuts, ID_CHARS_MAX, NAME_CHARS_MAX, ROWS_MAX, SENTENCE_CHARS_MAX, counted, duration, grouped, sane};
use crate::clean::{escape, visible};
use crate::data::group_of;
use crate::funnel::{Funnel, FunnelStep, Reason, stage_word};
use crate::input::{Counts, ReportInput, StageTime};
use wardian_format::verdict::{Decision, Stage};

/// Headline, figures, digest and times.
pub(super) fn header(input: &ReportInput) -> String {
    let run = &input.run;
    format!(
        "<header id=\"top\">\n<p class=\"eyebrow\">Report of the run <b dir=\"auto\">{}</b></p>\n<h1>{}</h1>\n{}\
         <dl class=\"digest\"><dt>Run digest</dt><dd><code>{}</code></dd></dl>\n{}</header>\n",
        esc(&run.name, NAME_CHARS_MAX),
        headline(&run.counts),
        figures(&run.counts),
        run.digest,
        times(&run.stages),
    )
}

fn headline(counts: &Counts) -> String {
    let made = format!("{} became {}", counted(counts.tools, "API operation"), counted(counts.packs, "sealed world"));
    if counts.episodes == 0 {
        return format!("{made}.");
    }
    format!("{made} and <em>{}</em>.", trajectories(counts))
}

fn trajectories(counts: &Counts) -> String {
    let all_verified = counts.kept > 0 && counts.verified == counts.kept;
    if counts.kept == 1 {
        return if all_verified { "1 verified trajectory" } else { "1 kept trajectory" }.to_owned();
    }
    format!("{} {} trajectories", grouped(counts.kept), if all_verified { "verified" } else { "kept" })
}

/// The flow from tools to verified trajectories.
fn figures(counts: &Counts) -> String {
    let some = |n: usize, words: &str| if n > 0 { format!("{} {words}", grouped(n)) } else { String::new() };
    let verified = if counts.verify_failed > 0 {
        format!("<span class=\"bad\">{} differ</span>", grouped(counts.verify_failed))
    } else if counts.verified > 0 {
        "every digest equal".to_owned()
    } else {
        String::new()
    };
    let steps = [
        (counts.tools, "tools", some(counts.skipped, "skipped")),
        (counts.domains, "domains", String::new()),
        (counts.packs, "packs", some(counts.pack_tools, "tools run")),
        (counts.tasks, "tasks", String::new()),
        (counts.episodes, "episodes", String::new()),
        (counts.kept, "kept", share(counts.kept, counts.episodes)),
        (counts.verified, "verified", verified),
    ];
    let items = steps.iter().map(|(n, name, note)| format!("<li><b>{}</b> <span>{name}</span> <small>{note}</small></li>", grouped(*n)));
    format!("<ol class=\"flow\">{}</ol>\n", items.collect::<String>())
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 { String::new() } else { format!("{} %", percent(part, whole)) }
}

fn percent(part: usize, whole: usize) -> usize {
    (part * 100 + whole / 2) / whole.max(1)
}

fn times(stages: &[StageTime]) -> String {
    if stages.is_empty() {
        return String::new();
    }
    let total: f64 = stages.iter().map(|s| sane(s.seconds)).sum();
    let stages = &stages[..stages.len().min(ROWS_MAX)];
    let part = |s: &StageTime| if total > 0.0 { (sane(s.seconds) / total * 1000.0).round() / 10.0 } else { 0.0 };
    let bars: String = stages.iter().map(|s| format!("<i style=\"width:{}%\"></i>", part(s))).collect();
    let rows = stages.iter().map(|s| {
        let (name, note) = (esc(&s.name, NAME_CHARS_MAX), esc(&s.note, ID_CHARS_MAX));
        format!("<li><i></i><b dir=\"auto\">{name}</b> <span>{}</span> <small dir=\"auto\">{note}</small></li>", duration(s.seconds))
    });
    format!(
        "<details class=\"times\"><summary><span>Took {}</span><span class=\"bar\" aria-hidden=\"true\">{bars}</span></summary><ol>{}</ol></details>\n",
        duration(total),
        rows.collect::<String>()
    )
}

/// The filter's stages with reasons, and pass^k.
pub(super) fn funnel(input: &ReportInput) -> String {
    if input.decisions.is_empty() {
        return pass(input);
    }
    let funnel = Funnel::of(&input.decisions);
    let mut entered = funnel.episodes;
    let mut rows = String::new();
    for step in &funnel.steps {
        rows.push_str(&stage(input, step, entered, funnel.episodes));
        entered = step.left;
    }
    let kept_as = funnel.kept_as.iter().take(ROWS_MAX).map(|k| {
        let link = see(input, |d| d.kept && d.code == k.code);
        format!("<li><b>{}</b> <code dir=\"auto\">{}</code>{link}</li>", grouped(k.count), esc(&k.code, NAME_CHARS_MAX))
    });
    format!(
        "<section id=\"funnel\">\n<h2>Filter</h2>\n<p class=\"lead\">{} went in, {} came out. Each stage sees what the one before it let through.</p>\n\
         <div class=\"stages\">{rows}<div class=\"stage kept\"><h3>Kept <b>{}</b></h3><p>What the training set is made of.</p>{}<ul>{}</ul></div></div>\n{}</section>\n",
        counted(funnel.episodes, "episode"),
        grouped(funnel.kept),
        grouped(funnel.kept),
        bar(funnel.kept, 0, funnel.episodes),
        kept_as.collect::<String>(),
        pass(input),
    )
}

fn stage(input: &ReportInput, step: &FunnelStep, entered: usize, all: usize) -> String {
    let about = match step.stage {
        Stage::Validity => "The dialogue is well formed and free of loops.",
        Stage::State => "The final state is the goal’s, digest for digest.",
        Stage::Calls => "The successful calls are the plan’s, in order.",
    };
    let reasons = step.reasons.iter().take(ROWS_MAX).map(|r| reason(input, step.stage, r)).collect::<String>();
    let reasons = if reasons.is_empty() { "<li class=\"none\">Nothing was dropped here.</li>".to_owned() } else { reasons };
    format!(
        "<div class=\"stage\"><h3>{} <b>−{}</b></h3><p>{about}</p>{}<ul>{reasons}</ul></div>\n",
        title(step.stage),
        grouped(step.dropped),
        bar(step.left, entered - step.left, all),
    )
}

fn title(stage: Stage) -> &'static str {
    match stage {
        Stage::Validity => "1 · Validity",
        Stage::State => "2 · State",
        Stage::Calls => "3 · Calls",
    }
}

fn reason(input: &ReportInput, stage: Stage, reason: &Reason) -> String {
    let link = see(input, |d| !d.kept && group_of(Some(d)) == stage_word(stage) && d.code == reason.code);
    format!(
        "<li><b>{}</b> <code dir=\"auto\">{}</code>{link}<span dir=\"auto\">{}</span></li>",
        grouped(reason.count),
        esc(&reason.code, NAME_CHARS_MAX),
        ticked(&reason.example, SENTENCE_CHARS_MAX)
    )
}

/// A link to the first shown episode whose decision is of a kind.
fn see(input: &ReportInput, kind: impl Fn(&Decision) -> bool) -> String {
    let shown = input.episodes.iter().take(crate::EPISODES_MAX);
    let found = shown.enumerate().find(|(_, e)| e.decision.as_ref().is_some_and(&kind));
    found.map_or(String::new(), |(index, _)| format!(" <a href=\"#episode-{index}\">see one</a>"))
}

fn bar(left: usize, dropped: usize, all: usize) -> String {
    format!(
        "<div class=\"bar\" role=\"img\" aria-label=\"{} of {} left\"><i style=\"width:{}%\"></i><s style=\"width:{}%\"></s></div>",
        grouped(left),
        grouped(all),
        percent(left, all),
        percent(dropped, all),
    )
}

/// Agents over repeated trials.
fn pass(input: &ReportInput) -> String {
    let columns = input.pass.iter().map(|row| row.values.len()).max().unwrap_or(0).min(ROWS_MAX);
    if columns == 0 {
        return String::new();
    }
    let heads: String = (1..=columns).map(|k| format!("<th scope=\"col\">pass<sup>{k}</sup></th>")).collect();
    let rows = input.pass.iter().take(ROWS_MAX).map(|row| {
        let cells = row.values.iter().take(columns).map(|v| format!("<td style=\"--v:{:.3}\">{:.3}</td>", v.clamp(0.0, 1.0), v));
        let (agent, kind, cells) = (esc(&row.agent, NAME_CHARS_MAX), esc(&row.kind, NAME_CHARS_MAX), cells.collect::<String>());
        let tasks = grouped(row.tasks);
        format!("<tr><th scope=\"row\"><code dir=\"auto\">{agent}</code></th><td dir=\"auto\">{kind}</td><td>{tasks}</td>{cells}</tr>")
    });
    format!(
        "<h3 class=\"gap\">Agents</h3>\n<p class=\"lead\">pass<sup>k</sup>: the share of tasks that all of k trials solve. Doing nothing passes a refusal.</p>\n\
         <table class=\"pass\"><thead><tr><th scope=\"col\">Agent</th><th scope=\"col\">Kind</th><th scope=\"col\">Tasks</th>{heads}</tr></thead><tbody>{}</tbody></table>\n",
        rows.collect::<String>()
    )
}

/// Commands and versions.
pub(super) fn reproduce(input: &ReportInput) -> String {
    let commands = input.run.commands.iter().take(ROWS_MAX).map(|c| {
        let (note, command) = (esc(&c.note, SENTENCE_CHARS_MAX), escape(&visible(&c.command, SENTENCE_CHARS_MAX)));
        format!("<li><p dir=\"auto\">{note}</p><pre><code>{command}</code></pre></li>")
    });
    let versions = input.run.versions.iter().take(ROWS_MAX).map(|v| {
        format!(
            "<div><dt dir=\"auto\">{}</dt><dd dir=\"auto\">{}</dd></div>",
            esc(&v.name, NAME_CHARS_MAX),
            esc(&v.version, NAME_CHARS_MAX)
        )
    });
    format!(
        "<section id=\"reproduce\">\n<h2>Reproduce</h2>\n<p class=\"lead\">The digest covers every data file of the run. Another machine gets the same one: \
         <code class=\"long\">{}</code></p>\n<ol class=\"commands\">{}</ol>\n<dl class=\"versions\">{}</dl>\n</section>\n",
        input.run.digest,
        commands.collect::<String>(),
        versions.collect::<String>()
    )
}

/// What the page leaves out.
pub(super) fn cut_notes(cuts: &Cuts) -> String {
    if cuts.0.is_empty() {
        return "<footer><p>Nothing was left out of this page but what the run’s own files hold in full: long texts are cut, and say so.</p></footer>\n".to_owned();
    }
    let items: String = cuts.0.iter().map(|cut| format!("<li>{}</li>", escape(cut))).collect();
    format!("<footer><p>To stay small, this page leaves things out; the run’s files hold all of them.</p><ul>{items}</ul></footer>\n")
}
