//! The overview: every domain is a disc, its tools are points in it, and domains that have much to do with one
//! another lie close together.

use super::{Point, sunflower};

/// Distance between two tools that know nothing of one another.
const SPACING: f64 = 11.0;
/// Room around the tools of a disc.
const MARGIN: f64 = 9.0;
/// Room between discs.
const GAP: f64 = 12.0;
/// How much wider than high the drawing should be.
const ASPECT: f64 = 1.55;
/// Above this many tools a domain keeps the plain spiral: forces cost the square.
const FORCED_MAX: usize = 300;

/// Where everything is, in units of the drawing; the origin is the upper left corner.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Islands {
    pub(crate) width: i32,
    pub(crate) height: i32,
    /// Middle and radius of each domain's disc.
    pub(crate) discs: Vec<(i32, i32, i32)>,
    /// Each tool.
    pub(crate) points: Vec<(i32, i32)>,
}

/// Lays out `groups` (lists of tools, a partition of `0..tools`) joined by `edges` of (tool, tool, weight > 0).
pub(crate) fn islands(tools: usize, groups: &[Vec<usize>], edges: &[(usize, usize, f64)]) -> Islands {
    let mut group_of = vec![(0, 0); tools];
    for (g, group) in groups.iter().enumerate() {
        for (place, &tool) in group.iter().enumerate() {
            group_of[tool] = (g, place);
        }
    }
    let mut inner: Vec<Vec<(usize, usize, f64)>> = vec![Vec::new(); groups.len()];
    let mut outer = std::collections::BTreeMap::<(usize, usize), f64>::new();
    for &(a, b, weight) in edges {
        let ((ga, pa), (gb, pb)) = (group_of[a], group_of[b]);
        if ga == gb {
            inner[ga].push((pa, pb, weight));
        } else {
            *outer.entry((ga.min(gb), ga.max(gb))).or_default() += weight;
        }
    }
    let clusters: Vec<Vec<Point>> = groups.iter().zip(&inner).map(|(group, edges)| cluster(group.len(), edges)).collect();
    let radii: Vec<f64> = clusters.iter().map(|c| c.iter().map(|p| p.length()).fold(0.0, f64::max) + MARGIN).collect();
    let centers = spread(&radii, &outer);
    place(tools, groups, &clusters, &radii, &centers)
}

/// Positions of the tools of one domain around its middle.
fn cluster(count: usize, edges: &[(usize, usize, f64)]) -> Vec<Point> {
    let mut points = sunflower(count, SPACING * 0.62);
    if count <= FORCED_MAX && count > 2 {
        let rounds = 160;
        for round in 0..rounds {
            let heat = SPACING * (1.0 - f64::from(round) / f64::from(rounds));
            relax(&mut points, edges, heat);
            hold(&mut points);
        }
        for _ in 0..40 {
            part(&mut points, &vec![0.0; count], 0.68 * SPACING);
            hold(&mut points);
        }
    }
    let middle = points.iter().fold(Point::default(), |sum, p| sum.plus(*p, 1.0 / count as f64));
    points.iter_mut().for_each(|p| *p = p.minus(middle));
    points
}

/// Keeps tools that have no neighbours in their domain from drifting away.
fn hold(points: &mut [Point]) {
    let rim = 0.8 * SPACING * (points.len() as f64).sqrt();
    for point in points.iter_mut().filter(|p| p.length() > rim) {
        *point = Point { x: point.x * rim / point.length(), y: point.y * rim / point.length() };
    }
}

/// One round of forces (Fruchterman and Reingold): tools push one another away, edges pull, and all fall to the middle.
fn relax(points: &mut [Point], edges: &[(usize, usize, f64)], heat: f64) {
    let mut forces: Vec<Point> = points.iter().map(|p| Point { x: -0.045 * p.x, y: -0.045 * p.y }).collect();
    for a in 0..points.len() {
        for b in a + 1..points.len() {
            let apart = points[a].minus(points[b]);
            let square = (apart.x * apart.x + apart.y * apart.y).max(0.01);
            if square < 9.0 * SPACING * SPACING {
                let push = SPACING * SPACING / square;
                forces[a] = forces[a].plus(apart, 0.2 * push);
                forces[b] = forces[b].plus(apart, -0.2 * push);
            }
        }
    }
    for &(a, b, weight) in edges {
        let apart = points[a].minus(points[b]);
        let pull = 0.012 * weight.min(2.0) * apart.length() / SPACING;
        forces[a] = forces[a].plus(apart, -pull);
        forces[b] = forces[b].plus(apart, pull);
    }
    for (point, force) in points.iter_mut().zip(forces) {
        let length = force.length();
        if length > 0.0 {
            *point = point.plus(force, length.min(heat) / length);
        }
    }
}

/// Middles of discs with these radii, without overlap, wider than high.
fn spread(radii: &[f64], pulls: &std::collections::BTreeMap<(usize, usize), f64>) -> Vec<Point> {
    let mut by_size: Vec<usize> = (0..radii.len()).collect();
    by_size.sort_by(|&a, &b| radii[b].total_cmp(&radii[a]).then(a.cmp(&b)));
    let mean = radii.iter().sum::<f64>() / radii.len().max(1) as f64;
    let mut centers = vec![Point::default(); radii.len()];
    for (place, seat) in by_size.iter().zip(sunflower(radii.len(), 1.9 * mean)) {
        centers[*place] = Point { x: seat.x * ASPECT.sqrt(), y: seat.y / ASPECT.sqrt() };
    }
    let strongest = pulls.values().copied().fold(0.0, f64::max);
    for round in 0..400 {
        let heat = 1.0 - f64::from(round) / 400.0;
        for (&(a, b), weight) in pulls {
            let apart = centers[a].minus(centers[b]);
            let pull = 0.06 * heat * (weight / strongest).sqrt();
            centers[a] = centers[a].plus(apart, -pull * 0.5);
            centers[b] = centers[b].plus(apart, pull * 0.5);
        }
        for center in &mut centers {
            *center = Point { x: center.x * (1.0 - 0.02 * heat / ASPECT), y: center.y * (1.0 - 0.02 * heat * ASPECT) };
        }
        part(&mut centers, radii, GAP);
    }
    for _ in 0..200 {
        if !part(&mut centers, radii, GAP) {
            break;
        }
    }
    centers
}

/// Pushes discs apart that are closer than `gap`, the smaller one farther; says whether any were.
fn part(centers: &mut [Point], radii: &[f64], gap: f64) -> bool {
    let mut any = false;
    for a in 0..centers.len() {
        for b in a + 1..centers.len() {
            let apart = centers[a].minus(centers[b]);
            let wanted = radii[a] + radii[b] + gap;
            let distance = apart.length();
            if distance + 0.01 < wanted {
                any = true;
                let unit = if distance > 0.0 { Point { x: apart.x / distance, y: apart.y / distance } } else { Point { x: 1.0, y: 0.0 } };
                let (heavy_a, heavy_b) = (radii[a] * radii[a] + 1.0, radii[b] * radii[b] + 1.0);
                let share = heavy_b / (heavy_a + heavy_b);
                let overlap = wanted - distance;
                centers[a] = centers[a].plus(unit, overlap * share);
                centers[b] = centers[b].plus(unit, -overlap * (1.0 - share));
            }
        }
    }
    any
}

fn place(tools: usize, groups: &[Vec<usize>], clusters: &[Vec<Point>], radii: &[f64], centers: &[Point]) -> Islands {
    let low = |pick: fn(&Point) -> f64| centers.iter().zip(radii).map(|(c, r)| pick(c) - r).fold(f64::INFINITY, f64::min);
    let high = |pick: fn(&Point) -> f64| centers.iter().zip(radii).map(|(c, r)| pick(c) + r).fold(f64::NEG_INFINITY, f64::max);
    if centers.is_empty() {
        return Islands { width: 1, height: 1, discs: Vec::new(), points: vec![(0, 0); tools] };
    }
    let origin = Point { x: low(|p| p.x) - GAP, y: low(|p| p.y) - GAP };
    let corner = Point { x: high(|p| p.x) + GAP, y: high(|p| p.y) + GAP };
    let round = |p: Point| ((p.x - origin.x).round() as i32, (p.y - origin.y).round() as i32);
    let mut points = vec![(0, 0); tools];
    for ((group, cluster), center) in groups.iter().zip(clusters).zip(centers) {
        for (&tool, point) in group.iter().zip(cluster) {
            points[tool] = round(center.plus(*point, 1.0));
        }
    }
    let discs = centers.iter().zip(radii).map(|(c, r)| (round(*c).0, round(*c).1, r.round() as i32)).collect();
    let (width, height) = round(corner);
    Islands { width, height, discs, points }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discs_do_not_overlap_and_hold_their_tools() {
        let groups: Vec<Vec<usize>> = (0..12).map(|g| (g * 10..g * 10 + 10 - g % 4).collect()).collect();
        let edges: Vec<_> = (0..11).flat_map(|g| [(g * 10, g * 10 + 1, 1.0), (g * 10 + 2, g * 10 + 12, 0.5)]).collect();
        let drawing = islands(120, &groups, &edges);
        for (g, &(x, y, r)) in drawing.discs.iter().enumerate() {
            assert!(x - r >= 0 && y - r >= 0 && x + r <= drawing.width && y + r <= drawing.height);
            for &(x2, y2, r2) in &drawing.discs[g + 1..] {
                assert!((x - x2).pow(2) + (y - y2).pow(2) >= (r + r2).pow(2), "discs overlap");
            }
            for &tool in &groups[g] {
                let (tx, ty) = drawing.points[tool];
                assert!((x - tx).pow(2) + (y - ty).pow(2) <= r * r, "tool outside its disc");
            }
        }
        assert_eq!(drawing, islands(120, &groups, &edges));
    }

    #[test]
    fn nothing_to_draw() {
        assert_eq!(islands(0, &[], &[]).discs.len(), 0);
        assert_eq!(islands(1, &[vec![0]], &[]).discs.len(), 1);
    }
}
