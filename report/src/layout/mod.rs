//! Where things are drawn. Deterministic on every machine: only additions, multiplications, divisions and square
//! roots of doubles, which IEEE 754 fixes to the bit; no sine, no random numbers; results are rounded to integers.

mod islands;
mod layers;

pub(crate) use islands::{Islands, islands};
pub(crate) use layers::draw;

/// A point or a vector.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Point {
    x: f64,
    y: f64,
}

impl Point {
    fn minus(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y }
    }

    /// `self + other * factor`.
    fn plus(self, other: Self, factor: f64) -> Self {
        Self { x: self.x + other.x * factor, y: self.y + other.y * factor }
    }

    fn length(self) -> f64 {
        (self.x * self.x + self.y * self.y).sqrt()
    }
}

/// Points on a spiral like the seeds of a sunflower: the i-th is `spacing * sqrt(i + 1/2)` from the middle, turned by
/// the golden angle.
fn sunflower(count: usize, spacing: f64) -> Vec<Point> {
    // Cosine and sine of the golden angle, 2.399963229728653 radians; powers by rotation.
    const TURN: Point = Point { x: -0.737_368_878_078_320_2, y: 0.675_490_294_261_523_8 };
    let mut direction = Point { x: 1.0, y: 0.0 };
    let mut out = Vec::with_capacity(count);
    for i in 0..count {
        let radius = spacing * (i as f64 + 0.5).sqrt();
        out.push(Point { x: direction.x * radius, y: direction.y * radius });
        let turned = Point { x: direction.x * TURN.x - direction.y * TURN.y, y: direction.x * TURN.y + direction.y * TURN.x };
        // Keeps the length at 1 over thousands of turns.
        let length = turned.length();
        direction = Point { x: turned.x / length, y: turned.y / length };
    }
    out
}
