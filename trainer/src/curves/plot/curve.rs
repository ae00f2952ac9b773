//! Curves: what is drawn of a hundred thousand points.

/// A step and its value.
pub(super) type Point = (f64, f64);

/// Parts of a curve whose least and greatest values are drawn.
const BUCKETS: usize = 500;

/// How a curve is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) colour: &'static str,
    /// In pixels.
    pub(super) width: f64,
    /// SVG's `stroke-dasharray`.
    pub(super) dash: &'static str,
    /// Whether each point has a dot.
    pub(super) dots: bool,
}

/// A curve.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) style: Style,
    /// Its points; no line joins those of different parts.
    pub(super) parts: Vec<Vec<Point>>,
}

impl Curve {
    /// A curve of the points that are numbers, thinned out.
    pub(super) fn new(name: impl Into<String>, style: Style, parts: impl IntoIterator<Item = Vec<Point>>) -> Self {
        let mut parts: Vec<Vec<Point>> = parts.into_iter().collect();
        for part in &mut parts {
            part.retain(|(_, value)| value.is_finite());
        }
        parts.retain(|part| !part.is_empty());
        let all: usize = parts.iter().map(Vec::len).sum();
        let parts = parts.into_iter().map(|part| thin(&part, (BUCKETS * part.len()).div_ceil(all))).collect();
        Self { name: name.into(), style, parts }
    }

    /// All values.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> + Clone {
        self.parts.iter().flatten().map(|(_, value)| *value)
    }
}

/// The first and the last point, and between them the lowest and the highest of each of `buckets` equal parts: a spike of one step is still seen.
fn thin(points: &[Point], buckets: usize) -> Vec<Point> {
    let [first, inner @ .., last] = points else { return points.to_vec() };
    if inner.len() <= 2 * buckets {
        return points.to_vec();
    }
    let mut out = vec![*first];
    for bucket in inner.chunks(inner.len().div_ceil(buckets)) {
        let by_value = |a: &usize, b: &usize| bucket[*a].1.total_cmp(&bucket[*b].1);
        let low = (0..bucket.len()).min_by(by_value).unwrap_or(0);
        let high = (0..bucket.len()).max_by(by_value).unwrap_or(0);
        out.push(bucket[low.min(high)]);
        if low != high {
            out.push(bucket[low.max(high)]);
        }
    }
    out.push(*last);
    out
}

/// Each point with the mean of the up to `window` points around it that are numbers.
pub(super) fn smooth(points: &[Point], window: usize) -> Vec<Point> {
    let points: Vec<Point> = points.iter().copied().filter(|(_, value)| value.is_finite()).collect();
    let half = window / 2;
    let (mut sum, mut from, mut to) = (0.0, 0, 0);
    let mut out = Vec::with_capacity(points.len());
    for (i, (step, _)) in points.iter().enumerate() {
        while to < points.len() && to <= i + half {
            sum += points[to].1;
            to += 1;
        }
        while from + half < i {
            sum -= points[from].1;
            from += 1;
        }
        out.push((*step, sum / (to - from) as f64));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_curves_keep_ends_and_spikes() {
        let mut points: Vec<Point> = (0..100_000).map(|i| (f64::from(i), f64::from(i % 7))).collect();
        points[54_321].1 = 99.0;
        points[54_322].1 = -99.0;
        let thinned = thin(&points, 500);
        assert!((900..=1_002).contains(&thinned.len()), "{}", thinned.len());
        assert!(points[54_321..54_323].iter().all(|spike| thinned.contains(spike)));
        assert_eq!((thinned.first(), thinned.last()), (points.first(), points.last()));
        assert!(thinned.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(thin(&points[..1_002], 500), points[..1_002]);
        assert_eq!((thin(&[], 5), thin(&points[..1], 5)), (vec![], points[..1].to_vec()));
    }

    #[test]
    fn smoothed_points_are_means_of_their_neighbours() {
        let points: Vec<Point> = [4.0, 1.0, f64::NAN, 7.0, 1.0, 1.0].into_iter().enumerate().map(|(i, v)| (i as f64, v)).collect();
        assert_eq!(smooth(&points, 3), [(0.0, 2.5), (1.0, 4.0), (3.0, 3.0), (4.0, 3.0), (5.0, 1.0)]);
        assert_eq!(smooth(&points[..2], 1), points[..2]);
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let style = Style { colour: "", width: 1.0, dash: "", dots: false };
        let curve = Curve::new("x", style, [vec![(1.0, f64::NAN)], vec![(2.0, 3.0), (3.0, f64::INFINITY)], vec![]]);
        assert_eq!(curve.parts, [[(2.0, 3.0)]]);
    }
}
