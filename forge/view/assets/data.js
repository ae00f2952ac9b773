
// The graph. `core` is opened at once; what a tool looks like and why an edge exists when someone asks.

const G = { domains: [], count: 0 };
const opened = new Map();

/** Opens a block: base64, deflate, JSON. */
async function unpack(node) {
  const text = node.textContent;
  node.textContent = "";
  let bytes;
  if (Uint8Array.fromBase64) bytes = Uint8Array.fromBase64(text);
  else {
    const raw = atob(text);
    bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

async function openGraph() {
  const core = await unpack($("core"));
  const { tools, domains, starts } = core;
  G.core = core;
  G.count = tools.id.length;
  G.starts = starts;
  G.groupOf = new Uint32Array(G.count);
  const groups = starts.length - 1;
  for (let group = 0; group < groups; group += 1) {
    G.groupOf.fill(group, starts[group], starts[group + 1]);
    const [x, y, r] = core.map.discs.slice(group * 3, group * 3 + 3);
    const region = core.map.regions[group];
    const known = group < domains.name.length;
    G.domains.push({
      index: group, region, name: known ? domains.name[group] : "~none", title: known ? domains.title[group] : "In no domain",
      text: known ? domains.text[group] : "Tools that are like no others.", terms: known ? domains.terms[group] : [],
      start: starts[group], end: starts[group + 1], size: starts[group + 1] - starts[group], x, y, r, providers: providersOf(core, starts[group], starts[group + 1]),
    });
  }
  G.known = domains.name.length;
  G.rankOf = rankProviders(tools.provider, core.providers.length);
  G.byName = new Map(G.domains.map((domain) => [domain.name, domain]));
  G.byId = new Map(tools.id.map((id, tool) => [id, tool]));
  G.dependencies = adjacency(core.dependencies, G.count);
  G.similarities = adjacency(core.similarities, G.count);
}

/** The place of each provider among all, most tools first: large ones get colours that are far apart. */
function rankProviders(column, count) {
  const tools = new Uint32Array(count);
  for (const provider of column) tools[provider] += 1;
  const order = Array.from(tools.keys()).sort((a, b) => tools[b] - tools[a] || a - b);
  const rank = new Uint32Array(count);
  order.forEach((provider, place) => { rank[provider] = place; });
  return rank;
}

/** Providers of a range of tools and the tools of each, most first. */
function providersOf(core, start, end) {
  const counts = new Map();
  for (let tool = start; tool < end; tool += 1) counts.set(core.tools.provider[tool], (counts.get(core.tools.provider[tool]) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

/** Edges by their ends. `into` lists the numbers of the edges that end in a tool; those that start there are neighbours already. */
function adjacency(columns, count) {
  const from = Uint32Array.from(columns.from);
  const to = Uint32Array.from(columns.to);
  const out = starts(from, count);
  const into = starts(to, count);
  const list = new Uint32Array(to.length);
  const next = into.slice();
  for (let edge = 0; edge < to.length; edge += 1) list[next[to[edge]]++] = edge;
  return { from, to, weight: columns.weight, out, into, list, count: from.length };
}

function starts(ends, count) {
  const first = new Uint32Array(count + 1);
  for (const end of ends) first[end + 1] += 1;
  for (let tool = 0; tool < count; tool += 1) first[tool + 1] += first[tool];
  return first;
}

const outgoing = (edges, tool) => Array.from({ length: edges.out[tool + 1] - edges.out[tool] }, (_, i) => edges.out[tool] + i);
const incoming = (edges, tool) => Array.from(edges.list.subarray(edges.into[tool], edges.into[tool + 1]));
const edgesOf = (kind) => (kind === "dependency" ? G.dependencies : G.similarities);

const nameOf = (tool) => G.core.tools.name[tool] || G.core.tools.id[tool].split("/").pop();
const idOf = (tool) => G.core.tools.id[tool];
const lineOf = (tool) => G.core.tools.line[tool];
const providerOf = (tool) => G.core.providers[G.core.tools.provider[tool]];
const methodOf = (tool) => (G.core.tools.method[tool] ? G.core.methods[G.core.tools.method[tool] - 1] : "");
const domainOf = (tool) => G.domains[G.groupOf[tool]];

/** The block that holds a tool, once it is open; null where the page has none. */
function blockOf(tool) {
  const nodes = document.getElementsByClassName("block");
  if (!nodes.length) return Promise.resolve(null);
  let at = G.core.blocks.length - 1;
  while (at > 0 && G.starts[G.core.blocks[at]] > tool) at -= 1;
  if (!opened.has(at)) {
    const start = G.starts[G.core.blocks[at]];
    opened.set(at, unpack(nodes[at]).then((data) => ({ start, data })));
  }
  return opened.get(at);
}

/** What is known of a tool beyond its name; null where the page was made without. */
async function detailOf(tool) {
  const block = await blockOf(tool);
  if (!block) return null;
  const [text, path, source, license, params, more, fields, moreFields, schema] = block.data.tools[tool - block.start];
  return { text: text || lineOf(tool), path: path || "", source, license: license || "", params, more, fields, moreFields, schema: schema || "" };
}

/** Why an edge exists: a list of texts, empty where the page was made without. */
async function whyOf(kind, edge) {
  const edges = edgesOf(kind);
  const block = await blockOf(edges.from[edge]);
  if (!block) return [];
  return block.data[kind === "dependency" ? "dependencies" : "similarities"][edge - edges.out[block.start]];
}

/** `issue|number: items.number → issue_number` in parts; parts that are missing are empty. */
function keyOf(why) {
  const [head, ...rest] = why.split(": ");
  const [field, ...to] = rest.join(": ").split(" → ");
  return { key: head.replace("|", " "), field: to.length ? field : "", parameter: to.join(" → ") };
}

/** The number of the edge between two tools, or -1. */
function findEdge(kind, from, to) {
  const edges = edgesOf(kind);
  for (let edge = edges.out[from]; edge < edges.out[from + 1]; edge += 1) if (edges.to[edge] === to) return edge;
  return -1;
}
