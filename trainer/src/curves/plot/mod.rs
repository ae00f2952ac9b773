//! The curves as a picture, in SVG.
//!
//! Drawn by hand: what is asked for (panels over one axis of steps, bands of phases through all of them, spikes that survive thinning) is what
//! libraries such as plotters leave to their caller, and what would be left to them is the scale of an axis.

mod axis;
mod curve;

use super::metrics::{HeldOut, Line, Step};
use axis::Axis;
use curve::{Curve, Point, Style, smooth};
use std::fmt::Write;
use wardian_format::number::grouped;

/// Pixels of the picture, and where panels begin and end in it.
const WIDTH: f64 = 1000.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 964.0;
/// Pixels of the title and what stands below it, of the names of phases, of the heading of a panel, of what stands below the last one.
const TITLE: f64 = 66.0;
const PHASES: f64 = 22.0;
const HEADING: f64 = 34.0;
const BOTTOM: f64 = 52.0;
/// Points of a curve that have dots; of more of them, the line is all that is seen.
const DOTS_MAX: usize = 100;
/// Colours of Okabe and Ito (<https://jfly.uni-koeln.de/color/>), which people tell apart who see no red or no green.
const BLUE: &str = "#0072b2";
const SKY: &str = "#56b4e9";
const VERMILION: &str = "#d55e00";
const GREEN: &str = "#009e73";
const PURPLE: &str = "#cc79a7";
const THIN: Style = Style { colour: SKY, width: 0.8, dash: "none", dots: false };
const LINE: Style = Style { colour: BLUE, width: 1.8, dash: "none", dots: false };
const DOTS: Style = Style { colour: VERMILION, width: 1.6, dash: "none", dots: true };

/// Curves over one vertical axis.
struct Panel {
    heading: &'static str,
    /// Pixels, without the heading.
    height: f64,
    axis: Axis,
    curves: Vec<Curve>,
}

/// Consecutive steps of a phase.
struct Phase<'a> {
    name: &'a str,
    steps: Vec<&'a Step>,
}

/// The picture of a training: loss, accuracy of calls, learning rate, gradient norm, each where there are numbers of it; phases are bands. It is
/// one file that fetches nothing, on a white ground.
#[must_use]
pub fn svg(lines: &[Line], title: &str) -> String {
    let phases = phases(lines);
    let held_out: Vec<&HeldOut> = lines.iter().filter_map(|line| if let Line::HeldOut(line) = line { Some(line) } else { None }).collect();
    let mut panels = vec![loss(&phases, &held_out), calls(&held_out), rate(&phases), gradient_norm(&phases)];
    panels.retain(|panel| panel.curves.iter().any(|curve| !curve.parts.is_empty()));
    let numbers = || lines.iter().map(Line::step);
    let x = Axis::steps(numbers().min().unwrap_or(0), numbers().max().unwrap_or(0));
    let top = TITLE + if phases.is_empty() { 0.0 } else { PHASES };
    let bottom = top + panels.iter().map(|panel| HEADING + panel.height).sum::<f64>();
    let mut out = head(title, &summary(&phases), bottom + BOTTOM);
    if panels.is_empty() {
        text(&mut out, (LEFT, TITLE + 20.0), "class=\"dim\"", "no steps yet");
    } else {
        bands(&mut out, &phases, &x, bottom);
        let mut y = top;
        for panel in &panels {
            y += HEADING;
            panel.draw(&mut out, &x, y);
            y += panel.height;
        }
        for (step, label) in &x.ticks {
            text(&mut out, (across(&x, *step), bottom + 18.0), "class=\"dim middle\"", label);
        }
        text(&mut out, ((LEFT + RIGHT) / 2.0, bottom + 40.0), "class=\"middle\"", "step");
    }
    out.push_str("</svg>\n");
    out
}

fn phases(lines: &[Line]) -> Vec<Phase<'_>> {
    let mut out: Vec<Phase<'_>> = Vec::new();
    for line in lines {
        let Line::Step(step) = line else { continue };
        match out.last_mut() {
            Some(phase) if phase.name == step.phase => phase.steps.push(step),
            _ => out.push(Phase { name: &step.phase, steps: vec![step] }),
        }
    }
    out
}

fn loss(phases: &[Phase<'_>], held_out: &[&HeldOut]) -> Panel {
    let parts: Vec<Vec<Point>> = phases.iter().map(|phase| phase.points(|step| step.loss)).collect();
    // A fiftieth of the training, and odd, so that it lies around its step.
    let window = parts.iter().map(Vec::len).sum::<usize>() / 50 / 2 * 2 + 1;
    let mut curves = if window > 1 {
        let smoothed: Vec<_> = parts.iter().map(|part| smooth(part, window)).collect();
        vec![Curve::new("each step", THIN, parts), Curve::new(format!("mean of {} steps", grouped(window)), LINE, smoothed)]
    } else {
        vec![Curve::new("each step", LINE, parts)]
    };
    curves.push(looked_at("held out", DOTS, held_out, |line| Some(line.loss), |loss| format!("{loss:.3}")));
    let axis = Axis::linear(curves.iter().flat_map(Curve::values));
    Panel { heading: "loss, nats a token", height: 250.0, axis, curves }
}

fn calls(held_out: &[&HeldOut]) -> Panel {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let curves = vec![
        looked_at("arguments", Style { colour: PURPLE, dash: "2 3", ..DOTS }, held_out, |line| Some(line.calls?.arguments), percent),
        looked_at("names", Style { colour: BLUE, dash: "7 3", ..DOTS }, held_out, |line| Some(line.calls?.names), percent),
        looked_at("all right", Style { colour: GREEN, width: 2.2, ..DOTS }, held_out, |line| Some(line.calls?.right), percent),
    ];
    Panel { heading: "held-out tool calls that are right", height: 150.0, axis: Axis::percent(), curves }
}

fn rate(phases: &[Phase<'_>]) -> Panel {
    let curve = Curve::new("", LINE, phases.iter().map(|phase| phase.points(|step| step.rate)));
    Panel { heading: "learning rate", height: 90.0, axis: Axis::linear(curve.values()), curves: vec![curve] }
}

fn gradient_norm(phases: &[Phase<'_>]) -> Panel {
    let curve = Curve::new("", Style { width: 1.0, ..LINE }, phases.iter().map(|phase| phase.points(|step| step.gradient_norm)));
    Panel { heading: "gradient norm", height: 110.0, axis: Axis::wide(curve.values()), curves: vec![curve] }
}

/// A curve of held-out data; its name has the last value.
fn looked_at(name: &str, style: Style, held_out: &[&HeldOut], value: fn(&HeldOut) -> Option<f64>, shown: fn(f64) -> String) -> Curve {
    let points: Vec<Point> = held_out.iter().filter_map(|line| Some((line.step as f64, value(line)?))).collect();
    let last = points.last().map(|(_, value)| shown(*value)).unwrap_or_default();
    let dots = style.dots && points.len() <= DOTS_MAX;
    Curve::new(format!("{name}, at last {last}"), Style { dots, ..style }, [points])
}

impl Phase<'_> {
    fn points(&self, value: fn(&Step) -> f64) -> Vec<Point> {
        self.steps.iter().map(|step| (step.step as f64, value(step))).collect()
    }
}

/// What stands below the title.
fn summary(phases: &[Phase<'_>]) -> String {
    let sum = |of: fn(&Step) -> usize| grouped(phases.iter().flat_map(|phase| &phase.steps).map(|step| of(step)).sum());
    format!("{} steps, {} tokens, {} of them learned", sum(|_| 1), sum(|step| step.tokens), sum(|step| step.learned))
}

fn head(title: &str, summary: &str, height: f64) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n\
         <title>{}</title>\n\
         <style>text{{font-family:system-ui,sans-serif;font-size:12px;fill:#1b1f24}}.title{{font-size:18px;font-weight:600}}.heading{{font-weight:600}}\
         .dim{{fill:#57606a}}.middle{{text-anchor:middle}}.end{{text-anchor:end}}\
         polyline{{fill:none;stroke-linejoin:round;stroke-linecap:round}}.grid{{stroke:#1b1f24;stroke-opacity:.1}}.axis{{stroke:#8b949e}}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        escaped(title)
    );
    text(&mut out, (LEFT, 30.0), "class=\"title\"", &fitted(title, (RIGHT - LEFT) / 1.5));
    text(&mut out, (LEFT, 50.0), "class=\"dim\"", summary);
    out
}

/// The phases, from their names down to the last panel.
fn bands(out: &mut String, phases: &[Phase<'_>], x: &Axis, bottom: f64) {
    // The border is half-way between two steps.
    let first = |phase: &Phase<'_>| phase.steps.first().map_or(0.0, |step| step.step as f64 - 0.5);
    for (i, phase) in phases.iter().enumerate() {
        let from = across(x, if i == 0 { f64::MIN } else { first(phase) });
        let to = across(x, phases.get(i + 1).map_or(f64::MAX, first));
        let (room, height) = ((to - from).max(0.0), bottom - TITLE);
        let (body, top) = if i % 2 == 0 { ("#f6f8fa", "#d8e2ec") } else { ("#eaeff4", "#c5d2df") };
        let name = escaped(phase.name);
        let _ = write!(
            out,
            "<g><title>{name}</title><rect x=\"{from:.1}\" y=\"{TITLE}\" width=\"{room:.1}\" height=\"{height:.1}\" fill=\"{body}\"/>\
             <rect x=\"{from:.1}\" y=\"{TITLE}\" width=\"{room:.1}\" height=\"{PHASES}\" fill=\"{top}\"/>"
        );
        text(out, ((from + to) / 2.0, TITLE + 15.0), "class=\"middle\"", &fitted(phase.name, room - 8.0));
        out.push_str("</g>\n");
    }
}

impl Panel {
    /// Draws it below `top`, with its heading above.
    fn draw(&self, out: &mut String, x: &Axis, top: f64) {
        let down = |value: f64| top + self.height * (1.0 - self.axis.share(value));
        text(out, (LEFT, top - 9.0), "class=\"heading\"", self.heading);
        self.legend(out, top - 9.0);
        for (value, label) in &self.axis.ticks {
            line(out, (LEFT, down(*value)), (RIGHT, down(*value)), "class=\"grid\"");
            text(out, (LEFT - 8.0, down(*value) + 4.0), "class=\"dim end\"", label);
        }
        for (step, _) in &x.ticks {
            line(out, (across(x, *step), top), (across(x, *step), top + self.height), "class=\"grid\"");
        }
        line(out, (LEFT, top + self.height), (RIGHT, top + self.height), "class=\"axis\"");
        for curve in &self.curves {
            for part in &curve.parts {
                let points: Vec<Point> = part.iter().map(|(step, value)| (across(x, *step), down(*value))).collect();
                draw_part(out, &points, &curve.style);
            }
        }
    }

    /// A piece of each curve and its name, up to the right end.
    fn legend(&self, out: &mut String, y: f64) {
        let mut x = RIGHT;
        for curve in self.curves.iter().rev().filter(|curve| !curve.name.is_empty() && !curve.parts.is_empty()) {
            x -= width(&curve.name);
            text(out, (x, y), "", &curve.name);
            draw_part(out, &[(x - 32.0, y - 4.0), (x - 8.0, y - 4.0)], &Style { dots: false, ..curve.style });
            if curve.style.dots {
                dot(out, (x - 20.0, y - 4.0), curve.style.colour);
            }
            x -= 52.0;
        }
    }
}

fn draw_part(out: &mut String, points: &[Point], style: &Style) {
    let Style { colour, width, dash, dots } = style;
    if points.len() > 1 {
        let _ = write!(out, "<polyline stroke=\"{colour}\" stroke-width=\"{width}\" stroke-dasharray=\"{dash}\" points=\"");
        for (x, y) in points {
            let _ = write!(out, "{x:.1},{y:.1} ");
        }
        out.push_str("\"/>\n");
    }
    // A line of one point would not be seen.
    if *dots || points.len() == 1 {
        points.iter().for_each(|point| dot(out, *point, colour));
    }
}

fn dot(out: &mut String, (x, y): Point, colour: &str) {
    let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\" fill=\"{colour}\"/>");
}

fn line(out: &mut String, (x1, y1): Point, (x2, y2): Point, attributes: &str) {
    let _ = writeln!(out, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {attributes}/>");
}

fn text(out: &mut String, (x, y): Point, attributes: &str, words: &str) {
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" {attributes}>{}</text>", escaped(words));
}

/// Pixels from the left to a step.
fn across(x: &Axis, step: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * x.share(x.clamp(step))
}

/// About the pixels of `words`. Fonts differ; one that is wider by a tenth still comes into no neighbour's way.
fn width(words: &str) -> f64 {
    let letter = |c: char| match c {
        'f' | 'i' | 'j' | 'l' | 'r' | 't' | ' ' | '.' | ',' | ':' | '-' | '(' | ')' => 4.2,
        'm' | 'w' | 'M' | 'W' | '%' | '…' => 11.2,
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => 7.4,
        c if c.is_ascii() => 8.4,
        _ => 12.0,
    };
    words.chars().map(letter).sum()
}

/// As much of `words` as fits into `pixels`; nothing where that would be less than two letters.
fn fitted(words: &str, pixels: f64) -> String {
    if width(words) <= pixels {
        return words.to_owned();
    }
    let mut room = pixels - width("…");
    let fits = |c: &char| {
        room -= width(c.encode_utf8(&mut [0; 4]));
        room >= 0.0
    };
    let cut: String = words.chars().take_while(fits).collect();
    if cut.chars().count() < 2 { String::new() } else { format!("{}…", cut.trim_end()) }
}

/// `words` as text of XML, without the characters that XML 1.0 does not have.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_to_their_room() {
        assert_eq!(fitted("general", 100.0), "general");
        assert_eq!(fitted("general tools", 62.0), "general…");
        assert_eq!(fitted("general", 22.0), "");
        assert_eq!(fitted("", -3.0), "");
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escaped("<a> & \"b\"\n\u{1}"), "&lt;a&gt; &amp; &quot;b&quot; \u{fffd}");
    }
}
