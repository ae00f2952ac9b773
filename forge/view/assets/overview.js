
// The map: camera, pointer, keys.

const camera = { x: 0, y: 0, k: 1, least: 1, set: false };
const scene = { ratio: 1, over: null, painter: null };
const box = { width: 0, height: 0, foot: 0 };
const GROW = 1.5;
const PIXELS_MAX = 90;
/** Pixels at the foot of the map that the legend covers, with a margin. */
const footOf = () => $("canvas").clientHeight - $("legend").offsetTop + 8;

/** Colours of tools and domains, dim where a search does not find them. */
function colourScene() {
  const dark = isDark();
  const by = $("colour").value;
  const style = getComputedStyle(document.documentElement);
  const paint = (name) => style.getPropertyValue(name).trim();
  const channels = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16) / 255);
  [scene.text, scene.halo] = [paint("--ink"), paint("--paper")];
  [scene.ink, scene.paper] = [channels(scene.text), channels(scene.halo)];
  const hits = found.words.length ? new Set(found.tools) : null;
  const domains = new Set(found.domains);
  const colour = (hue, grey, shift = 0) => rgbOf(hue, (dark ? 0.74 : 0.6) + shift, grey ? 0 : dark ? 0.125 : 0.135);
  const known = new Map();
  const ofProvider = (provider) => { if (!known.has(provider)) known.set(provider, colour(hueOf(G.rankOf[provider]), false)); return known.get(provider); };
  for (const domain of G.domains) {
    const grey = domain.name === "~none";
    const own = colour(domainHue(domain), grey, (((domain.index * 3) % 4) - 1.5) * 0.035);
    scene.discColours.set(by === "domain" || !domain.providers.length ? own : ofProvider(domain.providers[0][0]), domain.index * 3);
    for (let tool = domain.start; tool < domain.end; tool += 1) {
      const rgb = by === "domain" ? own : ofProvider(G.core.tools.provider[tool]);
      const alpha = !hits || hits.has(tool) || domains.has(domain.index) ? 255 : 34;
      scene.colours.set([rgb[0], rgb[1], rgb[2], alpha], tool * 4);
    }
  }
}

/** Whether this browser paints WebGL on the processor: then it is spared what the eye can miss. */
function isSlow() {
  const probe = document.createElement("canvas").getContext("webgl2");
  const info = probe && probe.getExtension("WEBGL_debug_renderer_info");
  const name = info ? String(probe.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  const lose = probe && probe.getExtension("WEBGL_lose_context");
  if (lose) lose.loseContext();
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
}

function openMap() {
  scene.places = toolPlaces();
  scene.colours = new Uint8Array(G.count * 4);
  scene.discColours = new Uint8Array(G.domains.length * 3);
  scene.bySize = [...G.domains].sort((a, b) => b.size - a.size || a.index - b.index);
  colourScene();
  const canvas = $("gl");
  scene.slow = isSlow();
  const gl = canvas.getContext("webgl2", { antialias: !scene.slow, alpha: false, powerPreference: "high-performance" });
  scene.painter = gl ? glPainter(gl, scene) : plainPainter(canvas.getContext("2d"), scene);
  scene.overlay = $("labels").getContext("2d");
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => { scene.painter = glPainter(gl, scene); dirty(); });
}

function resize() {
  const parent = $("canvas");
  [box.width, box.height, scene.ratio] = [parent.clientWidth, parent.clientHeight, Math.min(scene.slow ? 1 : 2, devicePixelRatio || 1)];
  for (const id of ["gl", "labels"]) {
    $(id).width = Math.max(1, Math.round(box.width * scene.ratio));
    $(id).height = Math.max(1, Math.round(box.height * scene.ratio));
  }
  const [width, height] = G.core.map.size;
  box.foot = Math.min(footOf(), box.height / 4);
  camera.least = Math.min(box.width / Math.max(1, width), (box.height - box.foot - 16) / Math.max(1, height)) * 0.97;
  if (!camera.set) whole();
  dirty();
}

function whole() {
  [camera.x, camera.y, camera.k, camera.set] = [...middleOfAll(), camera.least, true];
}

/** Where the middle of the view is when the whole map stands above the legend. */
const middleOfAll = () => [G.core.map.size[0] / 2, G.core.map.size[1] / 2 + (box.foot - 8) / 2 / camera.least];

let waiting = false;

function dirty() {
  if (waiting || $("map").hidden) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    const show = { dependencies: $("show-dependencies").checked, similarities: $("show-similarities").checked };
    scene.painter.paint(camera, box.width, box.height, show);
    paintLabels(scene.overlay, camera, box.width, box.height, scene);
  });
}

/** Keeps the middle of the view on the map. */
function held() {
  camera.k = Math.max(camera.least * 0.8, Math.min(PIXELS_MAX / SPACING, camera.k));
  camera.x = Math.max(0, Math.min(G.core.map.size[0], camera.x));
  camera.y = Math.max(0, Math.min(G.core.map.size[1], camera.y));
  dirty();
}

/** Zooms so that the point (px, py) of the canvas stays where it is. */
function zoomAt(factor, px, py) {
  const k = Math.max(camera.least * 0.8, Math.min(PIXELS_MAX / SPACING, camera.k * factor));
  const [dx, dy] = [px - box.width / 2, py - box.height / 2];
  camera.x += dx / camera.k - dx / k;
  camera.y += dy / camera.k - dy / k;
  camera.k = k;
  held();
}

function flyTo(x, y, k) {
  const start = { ...camera };
  const began = performance.now();
  const step = (now) => {
    const t = reduced() ? 1 : Math.min(1, (now - began) / 450);
    const ease = t * t * (3 - 2 * t);
    camera.k = start.k * (k / start.k) ** ease;
    camera.x = start.x + (x - start.x) * ease;
    camera.y = start.y + (y - start.y) * ease;
    dirty();
    if (t < 1 && !$("map").hidden) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

/** What lies at a point of the canvas: {domain, tool} or null. */
function atPoint(px, py) {
  const [x, y] = [camera.x + (px - box.width / 2) / camera.k, camera.y + (py - box.height / 2) / camera.k];
  const domain = G.domains.find((d) => (d.x - x) ** 2 + (d.y - y) ** 2 <= d.r ** 2);
  if (!domain) return null;
  let [tool, best] = [null, (Math.max(pointSize(camera) / 2 + 3, 5) / camera.k) ** 2];
  for (let t = domain.start; t < domain.end; t += 1) {
    const far = (scene.places[t * 2] - x) ** 2 + (scene.places[t * 2 + 1] - y) ** 2;
    if (far < best) [tool, best] = [t, far];
  }
  return { domain, tool };
}

function hoverAt(px, py) {
  const over = px === null ? null : atPoint(px, py);
  const same = (a, b) => (a && b ? a.domain === b.domain && a.tool === b.tool : a === b);
  const tip = $("tip");
  if (!same(over, scene.over)) {
    scene.over = over;
    tip.hidden = !over;
    if (over) {
      const { domain, tool } = over;
      const title = el("span", { dir: "auto" }, el("i.dot", { style: { "--h": domainHue(domain) } }), domain.title, el("small", {}, " · " + plural(domain.size, "tool")));
      tip.replaceChildren(...(tool === null ? [el("b", {}, title), el("small", { dir: "auto" }, domain.text)] : [el("code", { dir: "auto" }, nameOf(tool)), el("small", { dir: "auto" }, lineOf(tool)), title, el("small", { dir: "auto" }, providerOf(tool))]));
    }
    $("gl").style.cursor = over ? "pointer" : "grab";
    dirty();
  }
  if (!over) return;
  tip.style.left = Math.max(8, Math.min(box.width - tip.offsetWidth - 8, px + 16)) + "px";
  tip.style.top = (py + 20 + tip.offsetHeight > box.height ? Math.max(8, py - tip.offsetHeight - 14) : py + 20) + "px";
}

function openAt(px, py) {
  const over = atPoint(px, py);
  if (over) location.hash = over.tool === null ? domainLink(over.domain.name) : toolLink(idOf(over.tool));
}

function mapPointers(canvas) {
  const down = new Map();
  let moved = 0;
  canvas.onpointerdown = (event) => { canvas.setPointerCapture(event.pointerId); down.set(event.pointerId, [event.offsetX, event.offsetY]); if (down.size === 1) moved = 0; };
  canvas.onpointermove = (event) => {
    const now = [event.offsetX, event.offsetY];
    const before = down.get(event.pointerId);
    if (!before) { if (event.pointerType === "mouse") hoverAt(...now); return; }
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    down.set(event.pointerId, now);
    if (down.size === 2) {
      const other = [...down].find(([id]) => id !== event.pointerId)[1];
      zoomAt(Math.hypot(now[0] - other[0], now[1] - other[1]) / (Math.hypot(before[0] - other[0], before[1] - other[1]) || 1), other[0], other[1]);
    } else if (moved > 4) {
      hoverAt(null);
      camera.x -= (now[0] - before[0]) / camera.k;
      camera.y -= (now[1] - before[1]) / camera.k;
      held();
    }
  };
  canvas.onpointerup = (event) => { const single = down.size === 1; down.delete(event.pointerId); if (single && moved <= 4) openAt(event.offsetX, event.offsetY); };
  canvas.onpointercancel = (event) => down.delete(event.pointerId);
  canvas.onpointerleave = () => hoverAt(null);
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    zoomAt(Math.exp(-Math.max(-120, Math.min(120, event.deltaY * lines)) / 300), event.offsetX, event.offsetY);
    hoverAt(event.offsetX, event.offsetY);
  }, { passive: false });
}

function startMap() {
  const canvas = $("gl");
  mapPointers(canvas);
  canvas.onkeydown = (event) => {
    const step = 80 / camera.k;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) { camera.x += moves[event.key][0]; camera.y += moves[event.key][1]; held(); }
    else if (event.key === "+" || event.key === "=") zoomAt(GROW, box.width / 2, box.height / 2);
    else if (event.key === "-") zoomAt(1 / GROW, box.width / 2, box.height / 2);
    else if (event.key === "0") { whole(); dirty(); }
    else if (event.key === "Enter") openAt(box.width / 2, box.height / 2);
    else return;
    event.preventDefault();
    if (event.key !== "Enter") hoverAt(box.width / 2, box.height / 2);
  };
  $("zoom-in").onclick = () => zoomAt(GROW, box.width / 2, box.height / 2);
  $("zoom-out").onclick = () => zoomAt(1 / GROW, box.width / 2, box.height / 2);
  $("zoom-all").onclick = () => flyTo(...middleOfAll(), camera.least);
  $("show-dependencies").onchange = $("show-similarities").onchange = dirty;
  $("colour").onchange = recolour;
  new ResizeObserver(() => { if (!$("map").hidden) resize(); }).observe($("canvas"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
}

function recolour() {
  if (!scene.painter) return;
  colourScene();
  scene.painter.recolour();
  dirty();
}

function showMap(domain) {
  if (!scene.painter) openMap();
  resize();
  recolour();
  if (domain) flyTo(domain.x, domain.y, Math.min(PIXELS_MAX / SPACING, (0.32 * Math.min(box.width, box.height)) / domain.r));
}
