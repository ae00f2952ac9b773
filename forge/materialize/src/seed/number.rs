//! Numbers by what they mean. Only whole numbers, products and quotients: the same on every machine.

use super::hints::Bounds;
use super::meaning::Number;
use super::places::PLACES;
use super::recipe::{Form, Recipe};
use crate::people;
use crate::seed_values::Ask;
use serde_json::{Value, json};
use wardian_format::Rng;

/// Quantiles of exp(z) for a standard normal z, in thousandths, at 1/32, 2/32, … and near both ends.
const SPREAD: [i64; 33] = [
    76, 155, 215, 268, 316, 363, 410, 456, 509, 555, 604, 657, 713, 772, 854, 924, 1000, 1082, 1171, 1295, 1403, 1522, 1655, 1802, 1963,
    2193, 2439, 2755, 3165, 3731, 4651, 6452, 13_158,
];

/// Seconds from `low` to `high`, mostly near their middle's lower side.
fn around(median: i64, rng: &mut Rng) -> i64 {
    let at = rng.between(0, 32 * 64 - 1);
    let (index, part) = (usize::try_from(at / 64).unwrap_or(0), at % 64);
    let factor = SPREAD[index] + (SPREAD[index + 1] - SPREAD[index]) * part / 64;
    median.saturating_mul(factor) / 1000
}

/// Mostly small numbers up to `max`.
pub(crate) fn few(max: i64, rng: &mut Rng) -> i64 {
    let u = rng.between(0, 1023);
    // The cube of an even share: half of them are below an eighth.
    max.saturating_add(1).saturating_mul(u * u * u) >> 30
}

/// An index below `n`, the first ones more often: half of them fall on the first quarter.
pub(crate) fn skewed(n: usize, rng: &mut Rng) -> usize {
    let u = rng.below(1 << 20) as u128;
    usize::try_from((n as u128 * u * u) >> 40).unwrap_or(0).min(n.saturating_sub(1))
}

/// A number as `recipe` makes it, within its bounds.
pub(crate) fn number(recipe: &Recipe, ask: &Ask<'_>, rng: &mut Rng) -> Value {
    let whole = recipe.kind == crate::schema::Kind::Integer;
    let raw = match &recipe.form {
        Form::Numbers(all) => rng.pick(all).copied().unwrap_or(0.0),
        Form::Number(means) => drawn(*means, whole, recipe, ask, rng),
        _ => 0.0,
    };
    shown(bounded(raw, &recipe.bounds, whole, rng), whole)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn drawn(means: Number, whole: bool, recipe: &Recipe, ask: &Ask<'_>, rng: &mut Rng) -> f64 {
    let place = &PLACES[ask.place()];
    let exact = |n: i64| n as f64;
    let cents = |n: i64| n as f64 / 100.0;
    match means {
        Number::Range(low, high) => exact(rng.between(low, high)),
        Number::Around(median) if whole || median > 500 => exact(around(median, rng)),
        Number::Around(median) => cents(around(median * 100, rng)),
        Number::Few(max) => exact(few(max, rng)),
        Number::Of(all) => exact(rng.pick(all).copied().unwrap_or(0)),
        Number::Price if whole => exact(around(60, rng).max(1)),
        // Prices end in 0, 50, 95 and 99 more often than in anything else.
        Number::Price => cents((around(4_800, rng) / 100) * 100 + [0, 50, 95, 99, rng.between(0, 99)][rng.below(5)]),
        Number::Cents => exact(around(4_800, rng).max(50)),
        Number::Percent if whole => exact(rng.between(0, 100)),
        Number::Percent => exact(rng.between(0, 1_000)) / 10.0,
        Number::Fraction if whole => exact(rng.between(0, 1)),
        Number::Fraction => exact(rng.between(0, 1_000)) / 1_000.0,
        Number::Year => exact(rng.between(2017, 2025)),
        Number::Moment => {
            let future = recipe.words.iter().any(|w| w.starts_with("expir") || matches!(w.as_str(), "due" | "end" | "until" | "deadline"));
            let at = if future { ask.future(rng) } else { ask.past(rng) };
            if recipe.millis { exact(at) * 1000.0 } else { exact(at) }
        }
        Number::Latitude if whole => exact(place.at.0 / 100),
        Number::Latitude => cents(place.at.0) + exact(rng.between(-400, 400)) / 10_000.0,
        Number::Longitude if whole => exact(place.at.1 / 100),
        Number::Longitude => cents(place.at.1) + exact(rng.between(-400, 400)) / 10_000.0,
        Number::Sequence => exact(i64::try_from(ask.n).unwrap_or(0) + 1),
        Number::Identifier => {
            let own = recipe.words.len() == 1 && recipe.words[0] == "id";
            match ask.person.filter(|_| own) {
                Some(p) => exact(people::number(p)),
                None if own => exact(180_402_117 + 90_107 * i64::try_from(ask.total).unwrap_or(0)),
                None => exact(180_402_117 + 90_107 * rng.between(0, 60)),
            }
        }
        Number::Version => exact(1 + few(14, rng)),
        Number::Rating => exact(rng.between(if whole { 3 } else { 30 }, if whole { 5 } else { 50 })) / if whole { 1.0 } else { 10.0 },
    }
}

/// `raw`, or where that is out of bounds a number within.
fn bounded(raw: f64, bounds: &Bounds, whole: bool, rng: &mut Rng) -> f64 {
    let low = bounds.low.unwrap_or(f64::MIN);
    let high = bounds.high.unwrap_or(f64::MAX);
    let mut value = raw;
    if value < low || value > high {
        let floor = if bounds.low.is_some() { low } else { high - 100.0 };
        let top = if bounds.high.is_some() { high.min(floor + 1_000_000.0) } else { floor + 100.0 };
        // Most limits are far above what is usual.
        let share = few(1_000, rng);
        #[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
        let share = share as f64 / 1_000.0;
        value = floor + (top - floor) * share;
        value = if whole { value.floor().max(low.ceil()) } else { (value * 100.0).round() / 100.0 };
        value = value.clamp(low, high);
    }
    match bounds.step {
        Some(step) => {
            let down = (value / step).floor() * step;
            if down >= low { down } else { (low / step).ceil() * step }
        }
        None => value,
    }
}

/// As JSON: whole numbers without a point.
#[expect(clippy::cast_possible_truncation, reason = "rounded and within the range of i64 before")]
fn shown(value: f64, whole: bool) -> Value {
    if whole { json!(value.clamp(-9e15, 9e15) as i64) } else { json!((value * 1e6).round() / 1e6) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut rng = Rng::of(3, &["bounds"]);
        for _ in 0..4_000 {
            let low = rng.between(-50, 50);
            let high = low + rng.between(0, 60);
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let bounds = Bounds { length_min: 0, length_max: 9, low: Some(low as f64), high: Some(high as f64), step: None };
            let raw = rng.between(-900, 900);
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let value = shown(bounded(raw as f64, &bounds, true, &mut rng), true).as_i64().expect("a whole number");
            assert!((low..=high).contains(&value), "{value} is not from {low} to {high}");
        }
        let fives = Bounds { length_min: 0, length_max: 9, low: Some(3.0), high: Some(40.0), step: Some(5.0) };
        assert_eq!(bounded(3.0, &fives, true, &mut rng), 5.0);
        assert_eq!(bounded(17.0, &fives, true, &mut rng), 15.0);
    }

    #[test]
    fn half_of_prices_are_below_the_median_and_few_are_small() {
        let mut rng = Rng::of(5, &["spread"]);
        let below = (0..4_000).filter(|_| around(1_000, &mut rng) < 1_000).count();
        assert!((1_800..2_200).contains(&below), "{below}");
        let small = (0..4_000).filter(|_| few(40, &mut rng) <= 5).count();
        assert!(small > 1_800, "{small}");
        assert!((0..4_000).all(|_| (0..=40).contains(&few(40, &mut rng))));
        let first = (0..4_000).filter(|_| skewed(100, &mut rng) < 25).count();
        assert!((1_800..2_200).contains(&first), "{first}");
        assert_eq!(skewed(0, &mut rng), 0);
    }
}
