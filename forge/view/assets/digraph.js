
// The dependency digraph of a domain, from left to right. Edges with the same key and the same producers meet in one label, so that
// p producers and c consumers need p + c lines; no line is drawn that is not an edge.

const NODE_HEIGHT = 28;
const LABEL_HEIGHT = 20;
const NAME_SHOWN = 32;
const LABEL_SHOWN = 34;
const NODE_CHAR = 7.25;
const LABEL_CHAR = 6.1;
/** Above this many boxes the layout takes its quicker way. */
const BOXES_CAREFUL = 160;
/** Weight of the best producer of an input, in hundredths of a percent. */
const WEIGHT_BEST = 10000;

/** `{edge, from, to, label, best}` of the dependency edges inside a domain. */
async function insideEdges(domain) {
  const { to: ends, weight } = G.dependencies;
  const out = [];
  for (let from = domain.start; from < domain.end; from += 1) {
    for (const edge of outgoing(G.dependencies, from)) {
      const to = ends[edge];
      if (G.groupOf[to] !== domain.index) continue;
      const label = [...new Set((await whyOf("dependency", edge)).map((why) => keyOf(why).key))].join(", ");
      out.push({ edge, from, to, label, best: weight[edge] >= WEIGHT_BEST });
    }
  }
  return out;
}

/** `[{label, froms, tos, edges}]`: edges with the same label and the same producers are together. */
function bundlesOf(edges) {
  const inputs = new Map();
  for (const edge of edges) {
    const input = JSON.stringify([edge.to, edge.label]);
    if (!inputs.has(input)) inputs.set(input, { label: edge.label, to: edge.to, edges: [] });
    inputs.get(input).edges.push(edge);
  }
  const bundles = new Map();
  for (const { label, to, edges: own } of inputs.values()) {
    const froms = [...new Set(own.map((e) => e.from))].sort((a, b) => a - b);
    const name = JSON.stringify([label, froms]);
    if (!bundles.has(name)) bundles.set(name, { label, froms, tos: [], edges: [] });
    bundles.get(name).tos.push(to);
    bundles.get(name).edges.push(...own);
  }
  return [...bundles.values()];
}

const nodeWidth = (tool) => Math.round(Math.min(NAME_SHOWN, nameOf(tool).length) * NODE_CHAR) + 24;
const labelWidth = (label) => Math.round(Math.min(LABEL_SHOWN, label.length || 1) * LABEL_CHAR) + 16;

/** Boxes with places, and lines as lists of points. */
function layout(domain, bundles) {
  const graph = new dagre.graphlib.Graph();
  const used = new Set(bundles.flatMap((bundle) => [...bundle.froms, ...bundle.tos]));
  const large = used.size + bundles.length > BOXES_CAREFUL;
  graph.setGraph({ rankdir: "LR", nodesep: 9, ranksep: 30, edgesep: 6, acyclicer: "greedy", marginx: 14, marginy: 14, ranker: large ? "longest-path" : "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  [...used].sort((a, b) => a - b).forEach((tool) => graph.setNode("t" + tool, { width: nodeWidth(tool), height: NODE_HEIGHT }));
  bundles.forEach((bundle, i) => {
    graph.setNode("b" + i, { width: labelWidth(bundle.label), height: LABEL_HEIGHT });
    bundle.froms.forEach((from) => graph.setEdge("t" + from, "b" + i, { weight: bundle.tos.length + 1 }));
    bundle.tos.forEach((to) => graph.setEdge("b" + i, "t" + to, { weight: 2 }));
  });
  if (used.size) dagre.layout(graph);
  const { width = 0, height = 0 } = used.size ? graph.graph() : {};
  const boxes = new Map(graph.nodes().map((id) => [id, graph.node(id)]));
  const lines = graph.edges().map(({ v, w }) => ({ v, w, points: graph.edge({ v, w }).points }));
  return { width, height, boxes, lines, used };
}

/** Tools without a dependency in the domain, in rows under the drawing. */
function seatAlone(domain, drawing) {
  const alone = [];
  for (let tool = domain.start; tool < domain.end; tool += 1) if (!drawing.used.has(tool)) alone.push(tool);
  if (!alone.length) return;
  alone.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const limit = Math.max(drawing.width, 900);
  let [x, y] = [14, drawing.height + (drawing.used.size ? 40 : 30)];
  drawing.aloneAt = y - 20;
  for (const tool of alone) {
    const width = nodeWidth(tool);
    if (x + width > limit && x > 14) { x = 14; y += NODE_HEIGHT + 10; }
    drawing.boxes.set("t" + tool, { x: x + width / 2, y: y + NODE_HEIGHT / 2, width, height: NODE_HEIGHT });
    x += width + 10;
    drawing.width = Math.max(drawing.width, x + 4);
  }
  drawing.height = y + NODE_HEIGHT + 16;
}

/** A line that leaves to the right and arrives from the left. */
function smooth(points, from, to) {
  const forward = from.x < to.x;
  const first = forward ? [from.x + from.width / 2, from.y] : [points[0].x, points[0].y];
  const last = forward ? [to.x - to.width / 2, to.y] : [points[points.length - 1].x, points[points.length - 1].y];
  const middle = points.slice(1, -1).map((p) => [p.x, p.y]).filter((p) => !forward || (p[0] > first[0] + 4 && p[0] < last[0] - 4));
  const round = (n) => Math.round(n * 10) / 10;
  let path = "M" + first.map(round).join(" ");
  let [x, y] = first;
  for (const [nx, ny] of [...middle, last]) {
    const bend = (nx - x) / 2;
    path += "C" + [x + bend, y, nx - bend, ny, nx, ny].map(round).join(" ");
    [x, y] = [nx, ny];
  }
  return path;
}

/** Draws a domain. `open` is called with a tool, `explain` with a bundle. */
function digraph(domain, bundles, explain) {
  const drawing = layout(domain, bundles);
  seatAlone(domain, drawing);
  const { boxes, lines } = drawing;
  const go = (href) => { location.hash = href; };
  const act = (what) => ({ onclick: what, onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); what(); } } });
  const paths = lines.map(({ v, w, points }) => {
    const bundle = (v[0] === "b" ? v : w).slice(1);
    const tool = (v[0] === "t" ? v : w).slice(1);
    const path = smooth(points, boxes.get(v), boxes.get(w));
    return draw("g.route", { "data-bundle": bundle, "data-end": tool, onclick: () => pick(Number(bundle)) }, draw("path.wide", { d: path }),
      draw("path", { d: path, "marker-end": v[0] === "b" ? "url(#arrow)" : null }));
  });
  const pick = (index) => {
    const bundle = bundles[index];
    if (bundle.edges.length === 1) go(edgeLink("dependency", idOf(bundle.edges[0].from), idOf(bundle.edges[0].to)));
    else explain(bundle, index);
  };
  const labels = bundles.map((bundle, index) => {
    const { x, y, width, height } = boxes.get("b" + index);
    return draw("g.key", { "data-bundle": index, tabindex: 0, role: "button", "aria-label": "why: " + bundle.label + ", " + plural(bundle.edges.length, "edge"), ...act(() => pick(index)) },
      draw("title", {}, bundle.label + " · " + plural(bundle.edges.length, "edge")),
      draw("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: height / 2 }), draw("text", { x, y: y + 3.6 }, short(bundle.label, LABEL_SHOWN)));
  });
  const nodes = [...boxes].filter(([id]) => id[0] === "t").map(([id, { x, y, width, height }]) => {
    const tool = Number(id.slice(1));
    return draw("g.node" + (drawing.used.has(tool) ? "" : ".alone"), { "data-tool": tool, tabindex: 0, role: "button", "aria-label": nameOf(tool), ...act(() => go(toolLink(idOf(tool)))) },
      draw("title", {}, nameOf(tool) + (lineOf(tool) ? "\n" + lineOf(tool) : "")),
      draw("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: 6 }), draw("text", { x: x - width / 2 + 12, y: y + 4.2 }, bothEnds(nameOf(tool), NAME_SHOWN)));
  });
  const arrow = draw("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7.4, refY: 4, markerWidth: 7.5, markerHeight: 7.5, orient: "auto" }, draw("path", { d: "M0 .6L8 4L0 7.4z" }));
  const note = drawing.aloneAt ? draw("text.note", { x: 14, y: drawing.aloneAt + 8 }, drawing.used.size ? "No dependency inside of this domain" : "No tool of this domain needs what another returns") : null;
  const svg = draw("svg.digraph", { viewBox: "0 0 " + Math.ceil(drawing.width) + " " + Math.ceil(drawing.height) }, draw("defs", {}, arrow), draw("g.likes"), draw("g", {}, paths), labels, nodes, note);
  hoverIn(svg, bundles);
  return { svg, width: Math.ceil(drawing.width), height: Math.ceil(drawing.height), boxes };
}

/** Lights what belongs to the tool or the label under the pointer, or focused. */
function hoverIn(svg, bundles) {
  const light = (event) => {
    const at = event.type === "pointerout" || event.type === "focusout" ? null : event.target.closest("[data-tool], [data-bundle]");
    svg.classList.toggle("lit", Boolean(at));
    const tool = at && at.dataset.tool !== undefined ? Number(at.dataset.tool) : null;
    const lit = new Set();
    const near = new Set();
    bundles.forEach((bundle, index) => {
      const feeds = bundle.froms.includes(tool);
      const needs = bundle.tos.includes(tool);
      if ((tool !== null && (feeds || needs)) || (at && at.dataset.bundle === String(index))) {
        lit.add(index);
        // Of a tool: the lines to the label on its own side, and all on the other.
        const all = tool === null || (feeds && needs);
        bundle.froms.forEach((from) => { if (all || !feeds || from === tool) near.add("f" + index + " " + from); });
        bundle.tos.forEach((to) => { if (all || !needs || to === tool) near.add("t" + index + " " + to); });
      }
    });
    const tools = new Set([...near].map((name) => Number(name.split(" ")[1])));
    for (const node of svg.querySelectorAll(".node")) node.classList.toggle("near", tools.has(Number(node.dataset.tool)) || Number(node.dataset.tool) === tool);
    for (const node of svg.querySelectorAll(".key")) node.classList.toggle("near", lit.has(Number(node.dataset.bundle)));
    for (const node of svg.querySelectorAll(".route")) node.classList.toggle("near", near.has("f" + node.dataset.bundle + " " + node.dataset.end) || near.has("t" + node.dataset.bundle + " " + node.dataset.end));
  };
  for (const type of ["pointerover", "pointerout", "focusin", "focusout"]) svg.addEventListener(type, light);
}

/** Similarities inside of a domain, as dashed lines. */
function drawLikes(view, domain) {
  const lines = [];
  for (let tool = domain.start; tool < domain.end; tool += 1) {
    for (const edge of outgoing(G.similarities, tool)) {
      const to = G.similarities.to[edge];
      if (G.groupOf[to] !== domain.index) continue;
      const [a, b] = [view.boxes.get("t" + tool), view.boxes.get("t" + to)];
      const bend = Math.max(14, Math.min(60, Math.abs(a.y - b.y) / 3));
      const d = "M" + a.x + " " + a.y + "Q" + ((a.x + b.x) / 2 + bend) + " " + (a.y + b.y) / 2 + " " + b.x + " " + b.y;
      const percent = Math.round(G.similarities.weight[edge] / 100);
      lines.push(draw("g.like", { "data-edge": edge, onclick: () => { location.hash = edgeLink("similar", idOf(tool), idOf(to)); } },
        draw("title", {}, nameOf(tool) + " is like " + nameOf(to) + ": " + percent + " %"), draw("path.wide", { d }), draw("path", { d, style: { "stroke-opacity": String(0.25 + percent / 130) } })));
    }
  }
  view.svg.querySelector(".likes").replaceChildren(...lines);
}
