
// The drawing of the graph: zoom and pan, labels, what is under the pointer. Lengths are in units of the drawing.

/** Screen pixels for one unit of the drawing from which the names of tools are written. */
const NAMES_FROM = 3.2;

function scaleOf(map) {
  const box = map.viewBox.baseVal;
  return Math.min(map.clientWidth / box.width, map.clientHeight / box.height) || 1;
}

/** Keeps the drawing in sight and writes the labels that have room. */
function place() {
  const map = $("map");
  const { width, height } = map.viewBox.baseVal;
  view.k = Math.max(1, Math.min(9, view.k));
  view.x = Math.max(width * (1 - view.k), Math.min(0, view.x));
  view.y = Math.max(height * (1 - view.k), Math.min(0, view.y));
  $("world").setAttribute("transform", "translate(" + view.x + " " + view.y + ") scale(" + view.k + ")");
  const scale = scaleOf(map) * view.k;
  map.style.setProperty("--dot-r", 3 / Math.sqrt(view.k) + "px");
  label(map, scale);
  names(map, scale);
}

/** The names of the tools in sight, once there is room for them. */
function names(map, scale) {
  const layer = map.querySelector(".names");
  const { width, height } = map.viewBox.baseVal;
  const size = 11 / scale;
  const taken = [];
  const texts = [];
  for (const point of scale < NAMES_FROM ? [] : map.querySelectorAll(".points circle")) {
    const [x, y] = [Number(point.getAttribute("cx")), Number(point.getAttribute("cy"))];
    const [sx, sy] = [x * view.k + view.x, y * view.k + view.y];
    if (sx < 0 || sy < 0 || sx > width || sy > height) continue;
    const { name } = DATA.tools[point.dataset.tool];
    const half = name.length * size * 0.31;
    const spot = [x - half, y + size * 0.5, x + half, y + size * 1.8];
    if (overlaps(taken, spot)) continue;
    taken.push(spot);
    texts.push(draw("text", { x, y: y + size * 1.6, style: "font-size:" + size + "px" }, name));
  }
  layer.replaceChildren(...texts);
}

function overlaps(taken, spot) {
  return taken.some((t) => spot[0] < t[2] && spot[2] > t[0] && spot[1] < t[3] && spot[3] > t[1]);
}

/** Labels have the same size on the screen at every zoom; the larger domain goes first, and what would overlap waits. */
function label(map, scale) {
  const size = (map.clientWidth < 560 ? 11 : 12.5) / scale;
  const taken = [];
  const labels = [...map.querySelectorAll(".labels text")].map((node) => [node, DATA.domains[node.dataset.domain]]).filter(([, domain]) => domain);
  labels.sort((a, b) => (b[1] === DATA.domains[view.domain]) - (a[1] === DATA.domains[view.domain]) || b[1].disc[2] - a[1].disc[2]);
  for (const [node, { disc: [x, y, r] }] of labels) {
    const half = node.textContent.length * size * 0.34;
    const middle = Math.max(half, Math.min(map.viewBox.baseVal.width - half, x));
    const spot = [middle - half, y + r - size * 0.4, middle + half, y + r + size];
    const clash = overlaps(taken, spot);
    node.setAttribute("x", middle);
    node.style.display = clash ? "none" : "";
    node.style.fontSize = size + "px";
    node.setAttribute("y", y + r + size * 0.55);
    if (!clash) taken.push(spot);
  }
}

/** Zooms by `factor` around a point of the drawing, or its middle. */
function zoom(factor, at) {
  const { width, height } = $("map").viewBox.baseVal;
  const [px, py] = at || [width / 2, height / 2];
  const k = Math.max(1, Math.min(9, view.k * factor));
  view.x = px - ((px - view.x) / view.k) * k;
  view.y = py - ((py - view.y) / view.k) * k;
  view.k = k;
  place();
}

/** Where a pointer is, in units of the drawing before zoom. */
function pointOf(event) {
  const map = $("map");
  const box = map.getBoundingClientRect();
  const scale = scaleOf(map);
  const { width, height } = map.viewBox.baseVal;
  return [(event.clientX - box.left - (box.width - width * scale) / 2) / scale, (event.clientY - box.top - (box.height - height * scale) / 2) / scale];
}

function pointers(map) {
  const down = new Map();
  let moved = false;
  map.onpointerdown = (event) => { down.set(event.pointerId, pointOf(event)); moved = false; };
  map.onpointermove = (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const now = pointOf(event);
    if (down.size === 2) {
      const other = [...down].find(([id]) => id !== event.pointerId)[1];
      zoom(Math.hypot(now[0] - other[0], now[1] - other[1]) / (Math.hypot(before[0] - other[0], before[1] - other[1]) || 1), other);
    } else if (view.k > 1 && Math.hypot(now[0] - before[0], now[1] - before[1]) * scaleOf(map) > (moved ? 0 : 4)) {
      if (!moved) map.setPointerCapture(event.pointerId);
      moved = true;
      view.x += now[0] - before[0];
      view.y += now[1] - before[1];
      place();
    } else return;
    down.set(event.pointerId, now);
  };
  map.onpointerup = map.onpointercancel = map.onpointerleave = (event) => down.delete(event.pointerId);
  map.onclick = (event) => {
    if (moved) return;
    const { tool, domain } = event.target.dataset;
    if (tool !== undefined) showTool(Number(tool));
    else if (domain !== undefined) showDomain(Number(domain));
  };
}

/** Says what is under the pointer. */
function hover(map) {
  const tip = $("tip");
  map.onpointerover = (event) => {
    const { tool, domain } = event.target.dataset;
    if (tool !== undefined) {
      const { name, doc } = DATA.tools[tool];
      tip.replaceChildren(el("code", {}, name), " ", el("span", { dir: "auto" }, doc.slice(0, 120)));
      light(Number(tool));
    } else if (domain !== undefined && DATA.domains[domain]) {
      tip.replaceChildren(el("b", { dir: "auto" }, DATA.domains[domain].title), " " + plural(DATA.domains[domain].all, "tool"));
      light(view.tool);
    }
    tip.hidden = tool === undefined && domain === undefined;
  };
  map.addEventListener("pointerout", (event) => {
    if (event.relatedTarget && map.contains(event.relatedTarget)) return;
    tip.hidden = true;
    light(view.tool);
  });
}

function startGraph() {
  const map = $("map");
  if (!map) return;
  pointers(map);
  hover(map);
  map.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), pointOf(event));
  }, { passive: false });
  $("zoom-in").onclick = () => zoom(1.6);
  $("zoom-out").onclick = () => zoom(1 / 1.6);
  $("zoom-all").onclick = () => { view.k = 1; view.tool = null; light(null); selectDomain(null); place(); };
  const toggle = (box, layer) => { map.classList.toggle("no-" + layer, !box.checked); };
  for (const [id, layer] of [["show-dep", "dep"], ["show-sim", "sim"]]) {
    $(id).onchange = (event) => toggle(event.target, layer);
    toggle($(id), layer);
  }
  $("find").oninput = search;
  $("domains").onclick = (event) => {
    const button = event.target.closest("button");
    if (button && DATA.domains[button.dataset.domain]) showDomain(Number(button.dataset.domain));
  };
  new ResizeObserver(place).observe(map);
}
