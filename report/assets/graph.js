
// The tool graph: the inspector, the inside of a domain, and search.

const OUT = DATA.tools.map(() => []);
const INTO = DATA.tools.map(() => []);
DATA.edges.forEach((edge, index) => {
  OUT[edge[0]].push(index);
  INTO[edge[1]].push(index);
});
const view = { k: 1, x: 0, y: 0, domain: null, tool: null };

function toolLink(tool) {
  const { name, pack, left } = DATA.tools[tool];
  const kind = pack || (left ? "left" : "none");
  return el("button.tool." + kind, { type: "button", onclick: () => showTool(tool) }, name);
}

/** One line for each edge: the other tool, and why. */
function edgeList(title, edges, other, note) {
  if (!edges.length) return null;
  const shown = edges.slice(0, 12).map((index) => {
    const edge = DATA.edges[index];
    return el("li", {}, toolLink(other(edge)), el("small", {}, note(edge)));
  });
  if (edges.length > shown.length) shown.push(el("li", {}, el("small", {}, "… " + (edges.length - shown.length) + " more")));
  return [el("h4", {}, title), el("ul.edges", {}, shown)];
}

function explained(tool) {
  const dependency = (index) => DATA.edges[index][2] === 1;
  const similar = [...OUT[tool], ...INTO[tool]].filter((index) => !dependency(index));
  similar.sort((a, b) => DATA.edges[b][3] - DATA.edges[a][3]);
  const key = (edge) => "by " + edge[4].join(", ");
  const cosine = (edge) => Math.round(edge[3] / 1e4) + " %: " + edge[4].join(", ");
  return [
    edgeList("Needs what these return", INTO[tool].filter(dependency), (edge) => edge[0], key),
    edgeList("Feeds", OUT[tool].filter(dependency), (edge) => edge[1], key),
    edgeList("Is like", similar, (edge) => (edge[0] === tool ? edge[1] : edge[0]), cosine),
  ];
}

function parameters(tool) {
  if (!tool.params.length) return el("p.quiet", {}, "No parameters.");
  const rows = tool.params.map(([name, type, required, doc]) =>
    el("li", {}, el("code", {}, name), required ? el("b", { title: "required" }, "*") : null, " ", el("i", {}, type), doc ? el("small", { dir: "auto" }, doc) : null));
  if (tool.more) rows.push(el("li", {}, el("small", {}, "… " + tool.more + " more")));
  return el("ul.params", {}, rows);
}

const STATUS = { read: "runs in its pack · reads", write: "runs in its pack · writes" };

function showTool(index) {
  const tool = DATA.tools[index];
  view.tool = index;
  if (tool.domain !== view.domain) selectDomain(tool.domain);
  const domain = DATA.domains[tool.domain];
  const facts = [tool.call && el("code.call", {}, tool.call), el("small", {}, tool.from + (tool.license ? " · " + tool.license : ""))];
  $("inspector").replaceChildren(
    el("p.eyebrow", {}, domain ? el("button.link", { type: "button", onclick: () => showDomain(tool.domain) }, domain.title) : ""),
    el("h3", {}, el("code", {}, tool.name)),
    el("p.status." + (tool.pack || "none"), {}, STATUS[tool.pack] || (tool.left ? ["left out: ", ticked(tool.left)] : "in no pack")),
    el("p", { dir: "auto" }, tool.doc), el("p.facts", {}, ...facts.filter(Boolean)),
    el("h4", {}, "Parameters"), parameters(tool),
    ...(tool.returns ? [el("details", {}, el("summary", {}, "Returns"), el("pre", { tabindex: 0 }, tool.returns))] : []),
    ...(tool.schema ? [el("details", {}, el("summary", {}, "JSON Schema of the arguments"), json(tool.schema))] : []),
    ...explained(index).flat().filter(Boolean));
  $("inspector").scrollTop = 0;
  light(index);
  markInside();
  remember("tool-" + index);
}

function showDomain(index) {
  view.tool = null;
  selectDomain(index);
  const domain = DATA.domains[index];
  const across = new Map();
  for (const [from, to] of DATA.edges) {
    const [a, b] = [DATA.tools[from].domain, DATA.tools[to].domain];
    if (a !== b && (a === index || b === index)) across.set(a === index ? b : a, (across.get(a === index ? b : a) || 0) + 1);
  }
  const near = [...across].filter(([other]) => DATA.domains[other]).sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 6);
  const cut = domain.all > domain.tools.length ? " (" + domain.tools.length + " shown)" : "";
  $("inspector").replaceChildren(
    el("p.eyebrow", {}, "Domain"), el("h3", { dir: "auto" }, domain.title),
    el("p", { dir: "auto" }, domain.doc),
    el("p.terms", {}, domain.terms.map((term) => el("span", { dir: "auto" }, term))),
    el("h4", {}, plural(domain.all, "tool") + cut), el("ul.tools", {}, domain.tools.map((tool) => el("li", {}, toolLink(tool)))),
    ...(near.length ? [el("h4", {}, "Near"), el("ul.edges", {}, near.map(([other, count]) =>
      el("li", {}, el("button.link", { type: "button", onclick: () => showDomain(other) }, DATA.domains[other].title), el("small", {}, plural(count, "edge")))))] : []));
  $("inspector").scrollTop = 0;
  light(null);
  remember("domain-" + index);
}

function selectDomain(index) {
  view.domain = index;
  for (const node of document.querySelectorAll("[data-domain]")) node.classList.toggle("on", Number(node.dataset.domain) === index);
  for (const node of document.querySelectorAll("#map [data-tool]")) node.classList.toggle("off", index !== null && DATA.tools[node.dataset.tool].domain !== index);
  for (const button of document.querySelectorAll("#domains button")) button.setAttribute("aria-pressed", String(Number(button.dataset.domain) === index));
  $("map").classList.toggle("chosen", index !== null);
  inside(index);
}

/** Draws the edges of one tool over the others. */
function light(tool) {
  const layer = document.querySelector("#map .lit");
  const point = (index) => document.querySelector('#map [data-tool="' + index + '"]');
  document.querySelectorAll("#map .points .at").forEach((node) => node.classList.remove("at"));
  if (tool === null) return layer.replaceChildren();
  point(tool).classList.add("at");
  const lines = [...OUT[tool], ...INTO[tool]].map((index) => {
    const [a, b] = [point(DATA.edges[index][0]), point(DATA.edges[index][1])];
    return draw("line." + (DATA.edges[index][2] ? "dependency" : "similar"),
      { x1: a.getAttribute("cx"), y1: a.getAttribute("cy"), x2: b.getAttribute("cx"), y2: b.getAttribute("cy") });
  });
  layer.replaceChildren(...lines);
}

// Inside a domain: which tool feeds which.

function inside(index) {
  const box = $("inside");
  const domain = DATA.domains[index];
  box.hidden = !domain;
  if (!domain) return;
  const { w, h, boxes, routes } = domain.view;
  const alone = domain.tools.filter((tool) => !boxes.some((b) => b[0] === tool));
  const head = el("h3", {}, "Inside ", el("span", { dir: "auto" }, domain.title));
  const lead = el("p.quiet", {}, routes.length
    ? "What the tool on the left returns, the tool on the right needs: a line is named by the key. Point at a tool to see all of its keys."
    : "No tool of this domain needs what another returns.");
  const drawing = routes.length ? el("div.scroll", { tabindex: 0, role: "group", "aria-label": "Dependencies inside the domain" }, digraph(w, h, boxes, routes)) : null;
  const rest = alone.length ? el("p.alone", {}, el("small", {}, routes.length ? "On their own: " : ""), alone.map(toolLink)) : null;
  box.replaceChildren(...[head, lead, drawing, rest].filter(Boolean));
}

function digraph(w, h, boxes, routes) {
  const taken = boxes.map(([, x, y, width]) => [x, y, x + width, y + 26]);
  const lines = routes.map(([index, path, x, y]) => {
    const [from, to, , , why] = DATA.edges[index];
    // The key is what stands before the colon: `issue|number: items.number → issue_number`.
    const key = (why[0] || "").split(": ")[0].replaceAll("|", " ");
    const spot = [x - key.length * 3.3, y - 13, x + key.length * 3.3, y];
    // The key of a line that has room is always shown, the others when the reader points at them.
    const calm = !overlaps(taken, spot);
    if (calm) taken.push(spot);
    const line = draw("g.route" + (calm ? ".calm" : ""), { "data-from": from, "data-to": to },
      draw("title", {}, DATA.tools[from].name + " → " + DATA.tools[to].name + ", by " + why.join(", ")),
      draw("path.wide", { d: path }), draw("path", { d: path, "marker-end": "url(#arrow)" }),
      draw("text", { x, y: y - 4 }, key));
    return line;
  });
  const nodes = boxes.map(([tool, x, y, width]) => {
    const { name, pack, left, doc } = DATA.tools[tool];
    const short = name.length > 30 ? name.slice(0, 29) + "…" : name;
    const open = () => showTool(tool);
    const near = (on) => lines.forEach((line) => line.classList.toggle("near", on && (Number(line.dataset.from) === tool || Number(line.dataset.to) === tool)));
    return draw("g.node." + (pack || (left ? "left" : "none")), {
      "data-node": tool, tabindex: 0, role: "button", "aria-label": name, onclick: open,
      onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); } },
      onmouseenter: () => near(true), onmouseleave: () => near(false), onfocus: () => near(true), onblur: () => near(false),
    }, draw("title", {}, name + (doc ? ": " + doc : "")), draw("rect", { x, y, width, height: 26, rx: 5 }), draw("text", { x: x + 11, y: y + 17 }, short));
  });
  const arrow = draw("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" }, draw("path", { d: "M0 .5L8 4L0 7.5z" }));
  return draw("svg.digraph", { viewBox: "0 0 " + w + " " + h, width: w, height: h }, draw("defs", {}, arrow), lines, nodes);
}

function markInside() {
  document.querySelectorAll("#inside .node").forEach((node) => node.classList.toggle("on", Number(node.dataset.node) === view.tool));
}

// Search.

function search() {
  const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text) => words.every((word) => text.toLowerCase().includes(word));
  const domainHit = (domain) => fits(domain.title + " " + domain.name + " " + domain.terms.join(" "));
  const tools = words.length ? DATA.tools.map((tool, index) => [tool, index]).filter(([tool]) => fits(tool.name + " " + tool.doc + " " + tool.call)) : [];
  const owners = new Set(tools.map(([tool]) => tool.domain));
  for (const button of document.querySelectorAll("#domains button")) {
    const index = Number(button.dataset.domain);
    const domain = DATA.domains[index];
    button.parentNode.hidden = words.length > 0 && !owners.has(index) && !(domain && domainHit(domain));
  }
  tools.sort(([a], [b]) => fits(b.name) - fits(a.name));
  const found = new Set(tools.map(([, index]) => index));
  for (const node of document.querySelectorAll("#map [data-tool]")) node.classList.toggle("hit", found.has(Number(node.dataset.tool)));
  $("map").classList.toggle("searching", words.length > 0);
  const shown = tools.slice(0, 8).map(([, index]) => el("li", {}, toolLink(index)));
  if (tools.length > 8) shown.push(el("li", {}, el("small", {}, plural(tools.length - 8, "more tool"))));
  if (words.length && !tools.length) shown.push(el("li", {}, el("small", {}, "No tool fits.")));
  $("hits").replaceChildren(...shown);
}
