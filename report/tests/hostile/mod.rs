//! Inputs that try to break out, and inputs that are too large.

use serde_json::{Value, json};
use wardian_format::graph::{Domain, Edge, EdgeKind};
use wardian_format::state::{CellChange, Change, RowChange};
use wardian_format::trajectory::EndReason;
use wardian_format::{Diff, Message, Outcome, SqlValue};
use wardian_report::{Command, EpisodeInfo, LeftOut, PackInfo, PassRow, ReportInput, StageTime, TableInfo, Version};

/// What a document, a tool or a model might say.
pub(crate) const TEXTS: [&str; 7] = [
    "</script><script>alert(1)</script><b>pwned",
    "\"><b>pwned</b><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)' x='<b>pwned",
    "<!--<script><b>pwned",
    "\u{202e}detrever\u{2066}\u{2028}\u{2029}\u{0}\u{1b}[31m\u{7f}\u{85}<b>pwned",
    "&lt;b&gt;&#60;b>pwned `</code><b>pwned`",
    "]]></style></title></textarea><svg/onload=alert(1)><b>pwned \\u003c \\",
];

/// Puts `text` everywhere where the input takes text.
pub(crate) fn infect(input: &mut ReportInput, text: &str) {
    let t = || text.to_owned();
    input.run.name = t();
    input.run.stages.push(StageTime { name: t(), seconds: f64::INFINITY, note: t() });
    input.run.versions.push(Version { name: t(), version: t() });
    input.run.commands.push(Command { command: t(), note: t() });
    input.pass.push(PassRow { agent: t(), kind: t(), tasks: 1, values: vec![f64::NAN, 2.0] });
    for tool in &mut input.tools {
        tool.name = t();
        tool.description = t();
        tool.parameters = schema(text).into();
        tool.returns = Some(schema(text).into());
        let origin = &mut tool.origin;
        (origin.provider, origin.service, origin.source) = (t(), t(), t());
        (origin.license, origin.method, origin.path) = (Some(t()), Some(t()), Some(t()));
    }
    input.edges.iter_mut().for_each(|e| e.why = vec![t(), t()]);
    for domain in &mut input.domains {
        (domain.name, domain.title, domain.description) = (t(), t(), t());
        domain.terms = vec![t(); 3];
    }
    input.packs.iter_mut().for_each(|p| pack(p, text));
    for decision in &mut input.decisions {
        (decision.trajectory, decision.code, decision.reason) = (t(), t(), t());
    }
    input.episodes.iter_mut().for_each(|e| episode(e, text));
}

/// A run that is large in every direction, with `text` as the words.
pub(crate) fn huge(text: &str) -> ReportInput {
    let mut input = crate::sample::input();
    infect(&mut input, text);
    let tool = input.tools[0].clone();
    for i in 0..4_000 {
        input.tools.push(wardian_format::CatalogTool { id: format!("huge/{i}"), ..tool.clone() });
        input.tools.last_mut().expect("pushed").parameters = if i < 50 { tool.parameters.clone() } else { json!({}).into() };
    }
    let ids = |from: usize| (from..from + 10).map(|i| format!("huge/{i}")).collect();
    let short: String = text.chars().take(500).collect();
    let domain = |d: usize| Domain {
        name: format!("d{d}"),
        title: short.clone(),
        description: short.clone(),
        terms: vec![short.clone(); 12],
        tools: ids(d * 10),
    };
    input.domains = (0..400).map(domain).collect();
    let edge = |i: usize| Edge {
        from: format!("huge/{}", i * 7 % 4_000),
        to: format!("huge/{}", (i * 7 + i % 11) % 4_000),
        kind: if i.is_multiple_of(2) { EdgeKind::Dependency } else { EdgeKind::Similar },
        weight: i as u32,
        why: vec![short.clone(); 7],
    };
    input.edges = (0..9_000).map(edge).collect();
    let copy = input.episodes[0].clone();
    input.episodes.extend((0..80).map(|_| copy.clone()));
    for call in 0..300 {
        let more = input.episodes[0].trajectory.calls[call % 4].clone();
        input.episodes[0].trajectory.calls.push(more);
    }
    let pack = input.packs[0].clone();
    input.packs.extend((0..160).map(|_| pack.clone()));
    input
}

fn schema(text: &str) -> Value {
    json!({"type": "object", "required": [text], "properties": {
        text: {"type": text, "description": text, "enum": [text, 1]},
        "b": {"type": "array", "items": {"type": "object", "properties": {text: {"type": ["string", text], "format": text}}}}}})
}

fn pack(pack: &mut PackInfo, text: &str) {
    let t = || text.to_owned();
    (pack.manifest.name, pack.manifest.title, pack.manifest.description) = (t(), t(), t());
    pack.manifest.provenance.license = t();
    pack.manifest.tools.iter_mut().for_each(|tool| tool.name = t());
    pack.tables = vec![TableInfo { name: t(), rows: u64::MAX / 1000, columns: vec![t(); 4] }; 45];
    pack.left_out = vec![LeftOut { tool: t(), catalog_id: Some(t()), reason: t() }; 45];
}

fn episode(episode: &mut EpisodeInfo, text: &str) {
    let t = || text.to_owned();
    let trajectory = &mut episode.trajectory;
    (trajectory.id, trajectory.task, trajectory.agent, trajectory.user) = (t(), t(), t(), t());
    trajectory.end = EndReason::Infrastructure { site: wardian_format::trajectory::Site::Environment, message: t() };
    (trajectory.certificate.pack, trajectory.certificate.now) = (t(), t());
    for message in &mut trajectory.messages {
        match message {
            Message::System { content } | Message::User { content } | Message::Tool { content, .. } => *content = t(),
            Message::Assistant { content, .. } => *content = Some(t()),
        }
    }
    for (i, call) in trajectory.calls.iter_mut().enumerate() {
        call.tool = t();
        call.arguments = json!({text: [text, {text: text}]});
        call.outcome = if i % 2 == 0 { Outcome::Ok { result: json!([text, text]) } } else { Outcome::InvalidArguments { message: t() } };
    }
    if let Some(verdict) = &mut trajectory.verdict {
        verdict.reasons = vec![t(); 20];
        verdict.difference = diff(text);
    }
    if let Some(task) = &mut episode.task {
        task.user.goal = t();
        task.gold.iter_mut().for_each(|gold| (gold.tool, gold.arguments) = (t(), json!(text)));
    }
    if let Some(decision) = &mut episode.decision {
        (decision.code, decision.reason) = (t(), t());
    }
    episode.diffs.iter_mut().for_each(|d| *d = Some(diff(text)));
}

fn diff(text: &str) -> Diff {
    let value = || Some(SqlValue::Text(text.chars().take(250).collect()));
    let cell = CellChange { column: text.chars().take(300).collect(), before: value(), after: value() };
    let row = RowChange {
        table: text.chars().take(300).collect(),
        key: vec![value().expect("some"); 3],
        change: Change::Updated,
        cells: vec![cell; 35],
    };
    Diff { rows: vec![row; 35] }
}
