//! The tool graph as a drawing that needs no script; the script adds search, zoom, hover and the inspector.

use super::esc;
use crate::bounds::{Cuts, NAME_CHARS_MAX, counted, grouped};
use crate::clean::{escape, one_line};
use crate::data::Scope;
use std::collections::BTreeMap;
use wardian_format::graph::EdgeKind;

/// Turn of the colour wheel from one domain to the next, in degrees: the golden angle, so that neighbours differ.
const HUE_STEP: usize = 137;

/// Characters of the name under a disc.
const LABEL_CHARS_MAX: usize = 28;

/// The section, or nothing where there are no domains.
pub(super) fn section(scope: &Scope<'_>, cuts: &mut Cuts) -> String {
    if scope.domains.is_empty() {
        return String::new();
    }
    let dependencies = scope.edges.iter().filter(|e| e.edge.kind == EdgeKind::Dependency).count();
    let unplaced: usize = scope.domains.iter().map(|d| d.domain.tools.len() - d.tools.len()).sum();
    if unplaced > 0 {
        cuts.say(format!("Drawing: {} of the domains shown are not drawn.", counted(unplaced, "tool")));
    }
    let items = scope.domains.iter().enumerate().map(|(index, d)| {
        format!(
            "<li><button type=\"button\" data-domain=\"{index}\" style=\"--h:{}\"><i></i><span dir=\"auto\">{}</span> <b>{}</b></button></li>",
            hue(index),
            esc(&d.domain.title, NAME_CHARS_MAX),
            grouped(d.domain.tools.len())
        )
    });
    format!(
        "<section id=\"graph\">\n<h2>Tool graph</h2>\n<p class=\"lead\">{} in {}. A point is a tool; a line says that what one tool returns is what another needs \
         ({}), or that two tools are alike ({}).</p>\n<div class=\"graph\">\n<div class=\"index\"><label for=\"find\">Find a tool or a domain</label>\
         <input id=\"find\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" placeholder=\"issue, payment, list…\"><ul id=\"hits\"></ul>\
         <ul id=\"domains\" aria-label=\"Domains\">{}</ul></div>\n<div class=\"stage-box\">{}{CONTROLS}<p id=\"tip\" role=\"status\" hidden></p></div>\n\
         <aside id=\"inspector\" aria-live=\"polite\"><p class=\"quiet\">Choose a domain or a tool to see what it is and why it is where it is.</p></aside>\n</div>\n\
         <div id=\"inside\" hidden></div>\n</section>\n",
        counted(scope.tools.len(), "tool"),
        counted(scope.domains.len(), "domain"),
        counted(dependencies, "dependency").replace("dependencys", "dependencies"),
        counted(scope.edges.len() - dependencies, "similarity").replace("similaritys", "similarities"),
        items.collect::<String>(),
        drawing(scope),
    )
}

const CONTROLS: &str = "<div class=\"controls\"><button type=\"button\" id=\"zoom-in\" aria-label=\"Zoom in\">+</button>\
    <button type=\"button\" id=\"zoom-out\" aria-label=\"Zoom out\">−</button><button type=\"button\" id=\"zoom-all\">All</button></div>\
    <p class=\"legend\"><label><input type=\"checkbox\" id=\"show-dep\" checked> dependencies</label> \
    <label><input type=\"checkbox\" id=\"show-sim\"> similarities</label> <span>drag to pan · Ctrl + wheel or pinch to zoom</span></p>";

/// A title that fits under a disc.
fn shortened(title: &str) -> String {
    let title = one_line(title, NAME_CHARS_MAX);
    if title.chars().count() <= LABEL_CHARS_MAX {
        return title;
    }
    let head: String = title.chars().take(LABEL_CHARS_MAX - 1).collect();
    format!("{}…", head.trim_end_matches([' ', ',']))
}

fn hue(domain: usize) -> usize {
    (150 + domain * HUE_STEP) % 360
}

fn drawing(scope: &Scope<'_>) -> String {
    let islands = &scope.islands;
    let mut discs = String::new();
    let mut labels = String::new();
    for (index, (d, &(x, y, r))) in scope.domains.iter().zip(&islands.discs).enumerate() {
        discs.push_str(&format!("<circle data-domain=\"{index}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\" style=\"--h:{}\"/>", hue(index)));
        let title = escape(&shortened(&d.domain.title));
        labels.push_str(&format!("<text data-domain=\"{index}\" x=\"{x}\" y=\"{}\">{title}</text>", y + r));
    }
    let mut points = String::new();
    for (tool, &(x, y)) in islands.points.iter().enumerate() {
        points.push_str(&format!(
            "<circle data-tool=\"{tool}\" cx=\"{x}\" cy=\"{y}\" r=\"3\" style=\"--h:{}\"/>",
            hue(scope.domain_of[tool])
        ));
    }
    format!(
        "<svg id=\"map\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Domains of the tool graph; the list beside it has the same content\">\
         <g id=\"world\"><g class=\"discs\">{discs}</g>{}<g class=\"lit\"></g><g class=\"points\">{points}</g><g class=\"names\"></g><g class=\"labels\">{labels}</g></g></svg>",
        islands.width,
        islands.height,
        lines(scope),
    )
}

/// One path for each kind of edge and colour: thousands of lines in a few elements.
fn lines(scope: &Scope<'_>) -> String {
    let mut paths: BTreeMap<(bool, Option<usize>), String> = BTreeMap::new();
    for e in &scope.edges {
        let (a, b) = (scope.domain_of[e.from], scope.domain_of[e.to]);
        let ((x1, y1), (x2, y2)) = (scope.islands.points[e.from], scope.islands.points[e.to]);
        let key = (e.edge.kind == EdgeKind::Dependency, (a == b).then_some(a));
        paths.entry(key).or_default().push_str(&format!("M{x1} {y1}L{x2} {y2}"));
    }
    let group = |dependency: bool, class: &str| {
        let of_kind = paths.iter().filter(|((kind, _), _)| *kind == dependency);
        let inner = of_kind.map(|((_, domain), path)| match domain {
            Some(d) => format!("<path data-domain=\"{d}\" style=\"--h:{}\" d=\"{path}\"/>", hue(*d)),
            None => format!("<path class=\"across\" d=\"{path}\"/>"),
        });
        format!("<g class=\"{class}\">{}</g>", inner.collect::<String>())
    };
    format!("{}{}", group(false, "sim"), group(true, "dep"))
}
