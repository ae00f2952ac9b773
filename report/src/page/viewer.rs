//! The frame of the episode viewer; the script fills it.

use super::esc;
use crate::bounds::{Cuts, ID_CHARS_MAX, counted, grouped};
use crate::data::{group_of, group_title};
use crate::input::{EpisodeInfo, ReportInput};

/// The section, or nothing where there is no episode to show.
pub(super) fn section(input: &ReportInput, episodes: usize, cuts: &mut Cuts) -> String {
    if episodes == 0 {
        return String::new();
    }
    let all = input.run.counts.episodes.max(input.episodes.len());
    cuts.count("Episodes to step through", episodes, all);
    let replayed = if replayed(&input.episodes[..episodes]) {
        "Every call was executed again for this page; the differences are what the database itself reports."
    } else {
        "Where a call was executed again for this page, the differences are what the database itself reports."
    };
    format!(
        "<section id=\"episodes\">\n<h2>Episodes</h2>\n<p class=\"lead\">{} of {}, chosen to show the ways to be kept or dropped. {replayed} \
         The arrow keys step from call to call.</p>\n<div class=\"pick\"><label for=\"episode\">Episode</label><select id=\"episode\">{}</select>{FRAME}</section>\n",
        counted(episodes, "episode"),
        grouped(all),
        options(input, episodes),
    )
}

const FRAME: &str = "<button type=\"button\" id=\"episode-back\" aria-label=\"Previous episode\">‹</button>\
    <button type=\"button\" id=\"episode-on\" aria-label=\"Next episode\">›</button></div>\n<div id=\"viewer\" class=\"viewer\"></div>\n\
    <noscript><p>Stepping through episodes needs JavaScript. The same episodes are in the run’s <code>trajectories</code> folder.</p></noscript>\n";

/// Is there a difference for every call?
fn replayed(episodes: &[EpisodeInfo]) -> bool {
    let known = |e: &EpisodeInfo| e.diffs.iter().filter(|diff| diff.is_some()).count();
    episodes.iter().all(|e| known(e) >= e.trajectory.calls.len())
}

fn options(input: &ReportInput, episodes: usize) -> String {
    let shown: Vec<_> = input.episodes.iter().take(episodes).enumerate().collect();
    let mut out = String::new();
    for group in ["recovered", "clean", "calls", "state", "validity", "other"] {
        let of_group: Vec<String> = shown
            .iter()
            .filter(|(_, e)| group_of(e.decision.as_ref()) == group)
            .map(|(i, e)| {
                let (id, calls) = (esc(&e.trajectory.id, ID_CHARS_MAX / 2), counted(e.trajectory.calls.len(), "call"));
                format!("<option value=\"{i}\">{id} · {calls}</option>")
            })
            .collect();
        if !of_group.is_empty() {
            out.push_str(&format!("<optgroup label=\"{}\">{}</optgroup>", group_title(group), of_group.concat()));
        }
    }
    out
}
