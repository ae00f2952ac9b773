
// The domains as a treemap: by provider, then by domain; the area is the number of tools.

/** Cells with less area than this, in pixels, share one cell. */
const CELL_AREA_MIN = 150;
/** Area of a mean cell that shows its title, where few or many domains are in sight: the drawing is higher than the window if it must. */
const CELL_AREA_FEW = 2700;
const CELL_AREA_MANY = 2000;
const HEIGHT_MAX = 9000;
/** Width of a character of a title in a small cell. */
const TITLE_CHAR = 6.5;
const TITLE_CHAR_LARGE = 7.4;
/** Providers with a smaller share of the tools in sight are shown together. */
const GROUP_SHARE_MIN = 0.006;
const REST = "other providers";

/** Squarified rectangles (Bruls, Huizing and van Wijk, 2000) for `items` with a `.value`, largest first, in a box. */
function squarified(items, box) {
  const total = items.reduce((sum, item) => sum + item.value, 0);
  const out = [];
  let { x, y, w, h } = box;
  let scale = total ? (w * h) / total : 0;
  let at = 0;
  const worst = (row, sum, side) => {
    const thick = (sum * scale) / side;
    return Math.max(...[row[0].value, row[row.length - 1].value].map((v) => { const long = (v * scale) / thick; return Math.max(long / thick, thick / long); }));
  };
  while (at < items.length && w > 0 && h > 0) {
    const side = Math.min(w, h);
    const row = [items[at]];
    let sum = items[at].value;
    while (at + row.length < items.length) {
      const next = items[at + row.length];
      if (worst([...row, next], sum + next.value, side) > worst(row, sum, side)) break;
      row.push(next);
      sum += next.value;
    }
    const thick = (sum * scale) / side;
    let along = 0;
    for (const item of row) {
      const long = (item.value * scale) / thick;
      out.push({ item, ...(w >= h ? { x, y: y + along, w: thick, h: long } : { x: x + along, y, w: long, h: thick }) });
      along += long;
    }
    if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
    at += row.length;
  }
  return out;
}

/** Domains in sight, in groups by the provider of most of their tools. */
function treeGroups(domains, zoomed) {
  const groups = new Map();
  const total = domains.reduce((sum, domain) => sum + domain.size, 0);
  for (const domain of domains) {
    const provider = domain.providers.length ? domain.providers[0][0] : -1;
    if (!groups.has(provider)) groups.set(provider, []);
    groups.get(provider).push(domain);
  }
  const size = (list) => list.reduce((sum, domain) => sum + domain.size, 0);
  const all = [...groups].map(([provider, list]) => ({ provider, name: G.core.providers[provider] || "", list, value: size(list) }));
  const isLarge = (group) => groups.size < 9 || group.value >= total * GROUP_SHARE_MIN || (zoomed === REST && group.value >= total * GROUP_SHARE_MIN * 0.8);
  const large = all.filter(isLarge);
  const small = all.filter((group) => !isLarge(group));
  if (small.length) large.push({ provider: -2, name: REST, count: small.length, list: small.flatMap((group) => group.list), value: small.reduce((sum, group) => sum + group.value, 0) });
  return large.sort((a, b) => (a.provider === -2) - (b.provider === -2) || b.value - a.value || a.provider - b.provider);
}

/** The domains of one group, whatever its size was when it was chosen. */
function treeDomains(zoomed) {
  let domains = G.domains;
  if (found.words.length) {
    const hits = new Set(found.domains);
    found.tools.forEach((tool) => hits.add(G.groupOf[tool]));
    domains = domains.filter((domain) => hits.has(domain.index));
  }
  if (!zoomed) return domains;
  const group = treeGroups(G.domains, null).find((g) => g.name === zoomed);
  if (group) { const inside = new Set(group.list); return domains.filter((domain) => inside.has(domain)); }
  return domains.filter((domain) => domain.providers.length && G.core.providers[domain.providers[0][0]] === zoomed);
}

function place(node, { x, y, w, h }, gap) {
  const style = { left: x, top: y, width: Math.max(0, w - gap), height: Math.max(0, h - gap) };
  for (const [key, value] of Object.entries(style)) node.style[key] = Math.round(value * 10) / 10 + "px";
  return node;
}

/** A title below its provider's name: without the provider's own, as in `Amazon Kinesis: streams` of amazonaws.com. */
function titleWithin(domain, group) {
  const host = group.name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const first = (text) => text.split(/[ :]/)[0];
  const key = first(domain.title).toLowerCase().replace(/[^a-z0-9]/g, "");
  if (group.provider < 0 || key.length < 3 || !host.startsWith(key)) return domain.title;
  const rest = domain.title.slice(first(domain.title).length).replace(/^[: ]+/, "");
  return rest ? rest[0].toUpperCase() + rest.slice(1) : domain.title;
}

/** As much of a title as a cell of so many lines shows: words that are too long end in an ellipsis, the last line in no comma and no "and". */
function titleShown(title, chars, lines) {
  const shown = [];
  let [line, left] = [1, chars];
  for (const word of title.split(" ").map((text) => short(text, chars))) {
    if (word.length > left && left < chars) { line += 1; left = chars; }
    if (line > lines) break;
    shown.push(word);
    left -= word.length + 1;
  }
  if (shown.length < title.split(" ").length) while (shown.length > 1 && shown[shown.length - 1] === "and") shown.pop();
  return shown.join(" ").replace(/[,:]$/, "");
}

function domainCell(domain, box, hue, title) {
  const small = box.w * box.h < 5200;
  const size = box.h > 44 && box.w > 40;
  const lines = Math.floor((box.h - 5 - (size ? 14 : 0)) / (small ? 13.1 : 15.2));
  const chars = Math.floor((box.w - (small ? 8 : 12)) / (small ? TITLE_CHAR : TITLE_CHAR_LARGE));
  const first = title.split(" ")[0];
  // Long titles are cut by the cell; the whole is in its label.
  const wide = lines > 0 && (chars > 4 || (chars >= first.length && first.length > 2));
  const label = wide ? [el("span", { dir: "auto" }, titleShown(title, chars, lines)), size ? el("small", {}, String(domain.size)) : null] : [];
  const cell = el("a.cell" + (small ? ".small" : ""), { href: domainLink(domain.name), tabindex: -1, "data-domain": domain.index,
    "aria-label": domain.title + ", " + plural(domain.size, "tool"), style: { "--h": hue, "--l": ((domain.index * 7) % 5) / 4 } }, label);
  return place(cell, box, 1.5);
}

function groupNode(group, box, zoomed, hue) {
  const titled = !zoomed && box.w > 60 && box.h > 46;
  const inner = { x: 0, y: titled ? 19 : 0, w: box.w - 4, h: box.h - (titled ? 22 : 3) };
  const scale = (inner.w * inner.h) / group.value;
  const list = [...group.list].sort((a, b) => b.size - a.size || a.index - b.index);
  const large = list.filter((domain) => domain.size * scale >= CELL_AREA_MIN);
  const small = list.slice(large.length);
  const items = large.map((domain) => ({ value: domain.size, domain }));
  if (small.length) items.push({ value: small.reduce((sum, domain) => sum + domain.size, 0), small });
  const node = el("div.group", { "data-group": group.name });
  if (titled) {
    const count = group.provider === -2 ? plural(group.count, "other provider") : group.name;
    node.append(el("a.group-name", { href: "#in/" + encodeURIComponent(group.name), tabindex: -1, dir: "auto" }, count, el("small", {}, grouped(group.value))));
  }
  for (const { item, ...cell } of squarified(items, inner)) {
    if (item.domain) node.append(domainCell(item.domain, cell, group.provider === -2 ? hueOf(G.rankOf[item.domain.providers[0][0]]) : hue, titleWithin(item.domain, group)));
    else {
      const text = plural(item.small.length, "small domain");
      const inside = cell.w > 70 && cell.h > 20 ? el("span", {}, text) : null;
      node.append(place(el("a.cell.rest.small", { href: "#in/" + encodeURIComponent(group.name), tabindex: -1, "aria-label": text + " of " + group.name }, inside), cell, 1.5));
    }
  }
  return place(node, box, 0);
}

/** `fit`: all providers at once in the window, names or not. On a narrow screen names come first. */
const tree = { zoomed: null, fit: innerWidth > 900, width: 0, height: 0 };

function showTree() {
  const box = $("tree");
  const domains = treeDomains(tree.zoomed);
  const narrowed = tree.zoomed || found.words.length > 0 || domains.length < 60;
  const area = tree.fit && !narrowed ? 0 : domains.length * (narrowed ? CELL_AREA_FEW : CELL_AREA_MANY);
  const wanted = Math.min(HEIGHT_MAX, area / Math.max(1, box.clientWidth));
  box.style.minHeight = wanted > 384 ? Math.ceil(wanted) + "px" : "";
  [tree.width, tree.height] = [box.clientWidth, box.clientHeight];
  const groups = treeGroups(domains, tree.zoomed);
  const one = groups.length === 1;
  const nodes = squarified(groups, { x: 0, y: 0, w: tree.width, h: tree.height }).map(({ item, ...cell }) =>
    groupNode(item, cell, one, item.provider < 0 ? 152 : hueOf(G.rankOf[item.provider])));
  box.replaceChildren(...nodes);
  if (!domains.length) box.append(el("p.none", {}, "No domain fits “" + found.words.join(" ") + "”."));
  const first = box.querySelector("a");
  if (first) first.tabIndex = 0;
  const tools = domains.reduce((sum, domain) => sum + domain.size, 0);
  const words = found.words.length ? " with “" + found.words.join(" ") + "”" : "";
  $("crumbs").replaceChildren(
    ...(tree.zoomed ? [el("a", { href: "#/" }, "All providers"), el("span", {}, " › "), el("b", { dir: "auto" }, tree.zoomed)] : [el("b", {}, "Domains by provider")]),
    !narrowed ? el("button.link", { type: "button", onclick: () => { tree.fit = !tree.fit; showTree(); } }, tree.fit ? "Show names" : "Fit the window") : "",
    el("small", {}, plural(domains.filter((domain) => domain.index < G.known).length, "domain") + words + ", " + plural(tools, "tool") + " · the area is the number of tools"));
}

/** Arrows move between cells by where they are. */
function moveInTree(event) {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const here = document.activeElement;
  if (!step || !here || !$("tree").contains(here)) return;
  event.preventDefault();
  const middle = (node) => { const r = node.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; };
  const [x, y] = middle(here);
  let best = null;
  for (const node of $("tree").querySelectorAll("a")) {
    const [nx, ny] = middle(node);
    const along = (nx - x) * step[0] + (ny - y) * step[1];
    const aside = Math.abs((nx - x) * step[1]) + Math.abs((ny - y) * step[0]);
    if (along > 1 && (!best || along + aside * 3 < best[0])) best = [along + aside * 3, node];
  }
  if (!best) return;
  here.tabIndex = -1;
  best[1].tabIndex = 0;
  best[1].focus();
}

function startTree() {
  $("tree").onkeydown = moveInTree;
  const tip = (event) => {
    const cell = event.target.closest("[data-domain]");
    const domain = cell && G.domains[cell.dataset.domain];
    if (cell && !cell.title) cell.title = domain.title + " · " + plural(domain.size, "tool") + "\n" + domain.text;
  };
  $("tree").onpointerover = tip;
  new ResizeObserver(() => { if (!$("home").hidden && ($("tree").clientWidth !== tree.width || $("tree").clientHeight !== tree.height)) showTree(); }).observe($("tree"));
  const { dependencies, similarities } = G;
  const figure = (n, word) => [el("b", {}, n), " " + word];
  $("figures").replaceChildren(...[figure(grouped(G.count), "tools"), figure(grouped(G.core.domains.name.length), "domains"), figure(grouped(dependencies.count), "dependencies"),
    figure(grouped(similarities.count), "similarities"), figure(G.core.modularity.toFixed(3), "modularity")].map((parts) => el("span", {}, parts)));
}
