//! The dependency digraph of one domain, drawn from left to right: producers before consumers.
//!
//! The usual four steps (Sugiyama and others, 1981): break cycles, assign layers, order each layer to cross few
//! edges, give coordinates. Edges over several layers pass through invisible nodes.

use std::collections::{BTreeMap, BTreeSet};

/// Height of a node's box; `assets/graph.js` draws it.
const NODE_HEIGHT: i32 = 26;
/// Vertical distance of two boxes, middle to middle.
const ROW: i32 = 38;
/// Horizontal room between layers, for the edges and their labels.
const CHANNEL: i32 = 104;
/// Width of a character of a node's name at the size it is drawn in.
const CHAR_WIDTH: f64 = 6.9;
/// Characters of a name that are drawn.
const NAME_CHARS_DRAWN: usize = 30;
/// Rounds of ordering.
const SWEEPS: usize = 12;
/// Least room around the drawing.
const MARGIN: i32 = 12;

/// A drawing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Drawing {
    pub(crate) width: i32,
    pub(crate) height: i32,
    /// For each node with an edge: node, left, top, width.
    pub(crate) boxes: Vec<(usize, i32, i32, i32)>,
    /// For each edge, in the order given: an SVG path, and a place for its label.
    pub(crate) routes: Vec<(String, i32, i32)>,
}

/// Draws nodes named `names`, joined by `edges` of (producer, consumer), both indexes into `names`. Nodes without edges
/// are left out; an edge from a node to itself is a loop at its right side.
pub(crate) fn draw(names: &[String], edges: &[(usize, usize)]) -> Drawing {
    let used: BTreeSet<usize> = edges.iter().flat_map(|&(a, b)| [a, b]).collect();
    let forward = without_cycles(&used, edges);
    let layer = layers(&used, &forward);
    let mut graph = Layered::new(&used, &layer, edges);
    graph.order();
    graph.coordinates(names, edges)
}

/// The edges with those that close a cycle turned around, in a depth-first walk from the nodes with fewest producers.
fn without_cycles(used: &BTreeSet<usize>, edges: &[(usize, usize)]) -> BTreeSet<(usize, usize)> {
    let mut next: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut producers: BTreeMap<usize, usize> = BTreeMap::new();
    for &(a, b) in edges.iter().filter(|(a, b)| a != b) {
        if next.entry(a).or_default().insert(b) {
            *producers.entry(b).or_default() += 1;
        }
    }
    let mut starts: Vec<usize> = used.iter().copied().collect();
    starts.sort_by_key(|node| (producers.get(node).copied().unwrap_or(0), *node));
    let (mut done, mut path, mut out) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for start in starts {
        // An explicit stack: a node is entered once and left once.
        let mut stack = vec![(start, false)];
        while let Some((node, leaving)) = stack.pop() {
            if leaving {
                path.remove(&node);
                continue;
            }
            if !done.insert(node) {
                continue;
            }
            path.insert(node);
            stack.push((node, true));
            for &to in next.get(&node).into_iter().flatten() {
                out.insert(if path.contains(&to) { (to, node) } else { (node, to) });
                stack.push((to, false));
            }
        }
    }
    out
}

/// Longest path from a source, then every node moved as near to its consumers as it can.
fn layers(used: &BTreeSet<usize>, forward: &BTreeSet<(usize, usize)>) -> BTreeMap<usize, usize> {
    let mut layer: BTreeMap<usize, usize> = used.iter().map(|&node| (node, 0)).collect();
    for _ in 0..used.len() {
        let mut moved = false;
        for &(a, b) in forward {
            // Cross edges of the walk may still close a cycle through a turned one; the bound ends it.
            if layer[&b] <= layer[&a] && layer[&a] + 1 < used.len() {
                layer.insert(b, layer[&a] + 1);
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    for &node in used.iter().rev() {
        let consumers = forward.iter().filter(|(a, _)| *a == node).map(|(_, b)| layer[b]).min();
        if let Some(first) = consumers.filter(|first| *first > layer[&node] + 1) {
            layer.insert(node, first - 1);
        }
    }
    let ranks: BTreeSet<usize> = layer.values().copied().collect();
    let rank: BTreeMap<usize, usize> = ranks.into_iter().enumerate().map(|(i, l)| (l, i)).collect();
    layer.into_iter().map(|(node, l)| (node, rank[&l])).collect()
}

/// Something in a layer: a node, or the place where an edge passes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Node(usize),
    Bend(usize, usize),
}

struct Layered {
    layers: Vec<Vec<Item>>,
    /// Pairs of items in neighbouring layers, left one first.
    links: Vec<(Item, Item)>,
    layer_of: BTreeMap<Item, usize>,
}

impl Layered {
    fn new(used: &BTreeSet<usize>, layer: &BTreeMap<usize, usize>, edges: &[(usize, usize)]) -> Self {
        let count = layer.values().max().map_or(0, |last| last + 1);
        let mut layers = vec![Vec::new(); count];
        used.iter().for_each(|&node| layers[layer[&node]].push(Item::Node(node)));
        let mut links = Vec::new();
        for (e, &(a, b)) in edges.iter().enumerate() {
            let (left, right) = if layer[&a] <= layer[&b] { (a, b) } else { (b, a) };
            let mut from = Item::Node(left);
            for (between, items) in layers.iter_mut().enumerate().take(layer[&right]).skip(layer[&left] + 1) {
                let bend = Item::Bend(e, between);
                items.push(bend);
                links.push((from, bend));
                from = bend;
            }
            links.push((from, Item::Node(right)));
        }
        let layer_of = layers.iter().enumerate().flat_map(|(l, items)| items.iter().map(move |item| (*item, l))).collect();
        Self { layers, links, layer_of }
    }

    /// Moves every item to the mean place of its neighbours, to and fro.
    fn order(&mut self) {
        for sweep in 0..SWEEPS {
            let place = self.places();
            let rightwards = sweep % 2 == 0;
            let mut sums: BTreeMap<Item, (f64, f64)> = BTreeMap::new();
            for &(a, b) in &self.links {
                let (still, moving) = if rightwards { (a, b) } else { (b, a) };
                if self.layer_of[&still] != self.layer_of[&moving] {
                    let sum = sums.entry(moving).or_default();
                    *sum = (sum.0 + place[&still], sum.1 + 1.0);
                }
            }
            for items in &mut self.layers {
                let key = |item: &Item| sums.get(item).map_or(place[item], |(sum, n)| sum / n);
                items.sort_by(|a, b| key(a).total_cmp(&key(b)).then(place[a].total_cmp(&place[b])));
            }
        }
    }

    /// Place of every item in its layer, from the layer's middle.
    fn places(&self) -> BTreeMap<Item, f64> {
        let mut out = BTreeMap::new();
        for items in &self.layers {
            let middle = (items.len() as f64 - 1.0) / 2.0;
            out.extend(items.iter().enumerate().map(|(i, item)| (*item, i as f64 - middle)));
        }
        out
    }

    fn coordinates(&self, names: &[String], edges: &[(usize, usize)]) -> Drawing {
        let name_width = |node: usize| (names[node].chars().count().min(NAME_CHARS_DRAWN) as f64 * CHAR_WIDTH) as i32 + 22;
        let tallest = self.layers.iter().map(Vec::len).max().unwrap_or(0) as i32;
        let height = tallest * ROW + 2 * MARGIN;
        let (mut left, mut columns) = (MARGIN, Vec::new());
        let mut at: BTreeMap<Item, (i32, i32, i32)> = BTreeMap::new();
        let places = self.places();
        for items in &self.layers {
            let width = items.iter().map(|i| if let Item::Node(n) = i { name_width(*n) } else { 0 }).max().unwrap_or(0);
            for item in items {
                let y = height / 2 + (places[item] * f64::from(ROW)).round() as i32;
                let own = if let Item::Node(n) = item { name_width(*n) } else { width };
                at.insert(*item, (left, y, own));
            }
            columns.push(left);
            left += width + CHANNEL;
        }
        let boxes = at.iter().filter_map(|(item, &(x, y, w))| match item {
            Item::Node(n) => Some((*n, x, y - NODE_HEIGHT / 2, w)),
            Item::Bend(..) => None,
        });
        let routes = edges.iter().enumerate().map(|(e, &(a, b))| self.route(e, a, b, &at)).collect();
        Drawing { width: left - CHANNEL + MARGIN + 24, height, boxes: boxes.collect(), routes }
    }

    /// Where an edge is farther from its neighbours: near the consumer where a producer feeds many, else near the producer.
    fn label_place(&self, a: usize, b: usize, stops: &[(i32, i32)]) -> (i32, i32) {
        let outgoing = self.links.iter().filter(|(left, _)| *left == Item::Node(a)).count();
        let incoming = self.links.iter().filter(|(_, right)| *right == Item::Node(b)).count();
        let ((x1, y1), (x2, y2)) =
            if outgoing >= incoming { (stops[stops.len() - 1], stops[stops.len() - 2]) } else { (stops[0], stops[1]) };
        (x1 + (x2 - x1) * 38 / 100, y1 + (y2 - y1) * 26 / 100)
    }

    /// The way of an edge from the right side of its producer to the left side of its consumer, or backwards.
    fn route(&self, e: usize, a: usize, b: usize, at: &BTreeMap<Item, (i32, i32, i32)>) -> (String, i32, i32) {
        let (from, to) = (at[&Item::Node(a)], at[&Item::Node(b)]);
        let (la, lb) = (self.layer_of[&Item::Node(a)], self.layer_of[&Item::Node(b)]);
        if la == lb {
            // A loop, or two nodes of one layer: around the right side.
            let (x1, x2) = (from.0 + from.2, to.0 + to.2);
            let out = x1.max(x2) + 34;
            let lift = if a == b { NODE_HEIGHT / 3 } else { 0 };
            let path = format!("M{x1} {}C{out} {} {out} {} {x2} {}", from.1 - lift, from.1 - lift, to.1 + lift, to.1 + lift);
            return (path, out - 10, (from.1 + to.1) / 2);
        }
        let between: Vec<usize> = if la < lb { (la + 1..lb).collect() } else { (lb + 1..la).rev().collect() };
        let side = |place: (i32, i32, i32), right: bool| (if right { place.0 + place.2 } else { place.0 }, place.1);
        let mut stops = vec![side(from, la < lb)];
        for layer in between {
            let bend = at[&Item::Bend(e, layer)];
            stops.extend([side(bend, la > lb), side(bend, la < lb)]);
        }
        stops.push(side(to, la > lb));
        let mut path = format!("M{} {}", stops[0].0, stops[0].1);
        for pair in stops.windows(2) {
            let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
            if y1 == y2 {
                path.push_str(&format!("L{x2} {y2}"));
            } else {
                let middle = (x1 + x2) / 2;
                path.push_str(&format!("C{middle} {y1} {middle} {y2} {x2} {y2}"));
            }
        }
        let (x, y) = self.label_place(a, b, &stops);
        (path, x, y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|i| format!("tool_{i}")).collect()
    }

    fn left_of(drawing: &Drawing, node: usize) -> i32 {
        drawing.boxes.iter().find(|b| b.0 == node).expect("drawn").1
    }

    #[test]
    fn producers_are_left_of_consumers() {
        let drawing = draw(&names(5), &[(0, 1), (1, 2), (0, 2), (3, 2)]);
        assert!(left_of(&drawing, 0) < left_of(&drawing, 1) && left_of(&drawing, 1) < left_of(&drawing, 2));
        assert_eq!(drawing.boxes.len(), 4, "a node without edges is not drawn");
        assert_eq!(drawing.routes.len(), 4);
    }

    #[test]
    fn cycles_and_loops_are_drawn() {
        let drawing = draw(&names(3), &[(0, 1), (1, 2), (2, 0), (1, 1)]);
        assert_eq!((drawing.boxes.len(), drawing.routes.len()), (3, 4));
        assert!(drawing.routes.iter().all(|(path, _, _)| path.starts_with('M')));
    }

    #[test]
    fn boxes_do_not_overlap() {
        let edges: Vec<(usize, usize)> = (0..30).flat_map(|i| [(i, (i * 7 + 3) % 30), (i, (i * 11 + 5) % 30)]).collect();
        let drawing = draw(&names(30), &edges);
        for (i, a) in drawing.boxes.iter().enumerate() {
            for b in &drawing.boxes[i + 1..] {
                let apart = a.1 + a.3 <= b.1 || b.1 + b.3 <= a.1 || (a.2 - b.2).abs() >= NODE_HEIGHT;
                assert!(apart, "{a:?} {b:?}");
            }
            assert!(a.1 >= 0 && a.2 >= 0 && a.1 + a.3 <= drawing.width && a.2 + NODE_HEIGHT <= drawing.height);
        }
        assert_eq!(drawing, draw(&names(30), &edges));
    }
}
