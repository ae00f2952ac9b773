
// Over the map: names that have room, and what is under the pointer.

const TITLES_MAX = 90;
const NAMES_MAX = 260;
/** Pixels between two tools from which their names are written. */
const NAMES_FROM = 30;

/** Places that are taken, in a grid, so that a name is compared with its neighbours only. */
function takenPlaces() {
  const cells = new Map();
  const each = ([x0, y0, x1, y1], visit) => {
    for (let x = Math.floor(x0 / 90); x <= Math.floor(x1 / 90); x += 1) for (let y = Math.floor(y0 / 40); y <= Math.floor(y1 / 40); y += 1) if (visit(x * 65536 + y)) return true;
    return false;
  };
  return (spot) => {
    const clash = each(spot, (cell) => (cells.get(cell) || []).some((t) => spot[0] < t[2] && spot[2] > t[0] && spot[1] < t[3] && spot[3] > t[1]));
    if (!clash) each(spot, (cell) => { if (!cells.has(cell)) cells.set(cell, []); cells.get(cell).push(spot); return false; });
    return !clash;
  };
}

/** The legend and the buttons, as places that are taken. */
function coveredSpots() {
  const parts = [$("legend"), $("zoom-in").parentElement];
  return parts.map((part) => [part.offsetLeft, part.offsetTop, part.offsetLeft + part.offsetWidth, part.offsetTop + part.offsetHeight]);
}

const widths = new Map();

function widthOf(context, text) {
  const key = context.font + text;
  if (!widths.has(key)) widths.set(key, context.measureText(text).width);
  return widths.get(key);
}

function write(context, text, x, y, colours) {
  context.strokeStyle = colours.halo;
  context.strokeText(text, x, y);
  context.fillStyle = colours.ink;
  context.fillText(text, x, y);
}

function paintLabels(context, camera, width, height, scene) {
  const { ratio, places } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const at = (x, y) => [(x - camera.x) * camera.k + width / 2, (y - camera.y) * camera.k + height / 2];
  if (scene.over) paintOver(context, camera, at, scene);
  context.font = "600 " + (width < 600 ? 11 : 12.5) + "px system-ui, sans-serif";
  const free = takenPlaces();
  const colours = { halo: scene.halo, ink: scene.text };
  for (const spot of coveredSpots()) free(spot);
  let titles = 0;
  const seen = [];
  for (const domain of scene.bySize) {
    if (!inSight(domain, camera, width, height)) continue;
    seen.push(domain);
    const radius = domain.r * camera.k;
    if (titles >= TITLES_MAX || domain.name === "~none" || (seen.length > 900 && radius < 20)) continue;
    const title = brief(domain.title, width < 600 ? 20 : 30);
    // From afar titles keep more room around them.
    const room = camera.k < camera.least * 2 ? 9 : 3;
    const half = widthOf(context, title) / 2 + room;
    const [middle, y] = at(domain.x, domain.y);
    // Whole, where the middle of its disc is in sight.
    const x = middle > 0 && middle < width ? Math.max(half, Math.min(width - half, middle)) : middle;
    // Inside of a small disc the title covers its middle, over a large one it stands above.
    const ty = radius > 46 ? y - radius - 8 : y;
    if (!free([x - half, ty - 7 - room, x + half, ty + 7 + room])) continue;
    titles += 1;
    write(context, title, x, ty, colours);
  }
  if (camera.k * SPACING < NAMES_FROM) return;
  context.font = "11px ui-monospace, Menlo, Consolas, monospace";
  let names = 0;
  const drop = pointSize(camera) / 2 + 9;
  for (const domain of seen) {
    for (let tool = domain.start; tool < domain.end && names < NAMES_MAX; tool += 1) {
      const [x, y] = at(places[tool * 2], places[tool * 2 + 1]);
      if (x < 0 || y < 0 || x > width || y > height) continue;
      const name = bothEnds(nameOf(tool), 28);
      const half = widthOf(context, name) / 2 + 2;
      if (!free([x - half, y + drop - 7, x + half, y + drop + 7])) continue;
      names += 1;
      write(context, name, x, y + drop, colours);
    }
  }
}

/** The dependencies that enter or leave a domain. */
function paintAcross(context, domain, at, { places }) {
  context.globalAlpha = 0.45;
  context.lineWidth = 1;
  context.beginPath();
  for (let tool = domain.start; tool < domain.end; tool += 1) {
    const others = [...outgoing(G.dependencies, tool).map((edge) => G.dependencies.to[edge]), ...incoming(G.dependencies, tool).map((edge) => G.dependencies.from[edge])];
    for (const other of others) {
      if (G.groupOf[other] === domain.index) continue;
      context.moveTo(...at(places[tool * 2], places[tool * 2 + 1]));
      context.lineTo(...at(places[other * 2], places[other * 2 + 1]));
    }
  }
  context.stroke();
}

/** The edges of the tool under the pointer, or those that leave the domain. */
function paintOver(context, camera, at, scene) {
  const { domain, tool } = scene.over;
  const { places } = scene;
  context.save();
  context.strokeStyle = scene.text;
  context.fillStyle = scene.text;
  if (tool === null) {
    const [x, y] = at(domain.x, domain.y);
    context.lineWidth = 1.6;
    context.beginPath();
    context.arc(x, y, domain.r * camera.k + 1.5, 0, 7);
    context.stroke();
    paintAcross(context, domain, at, scene);
    context.restore();
    return;
  }
  const spot = (t) => at(places[t * 2], places[t * 2 + 1]);
  const size = pointSize(camera) / 2;
  const line = (from, to, dashed) => {
    const [[x1, y1], [x2, y2]] = [spot(from), spot(to)];
    context.setLineDash(dashed ? [3, 3] : []);
    context.globalAlpha = dashed ? 0.5 : 0.9;
    context.lineWidth = dashed ? 1 : 1.4;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
    if (dashed) return;
    const far = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [ux, uy] = [(x2 - x1) / far, (y2 - y1) / far];
    const [tx, ty] = [x2 - ux * size, y2 - uy * size];
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(tx, ty);
    context.lineTo(tx - ux * 7 - uy * 3.4, ty - uy * 7 + ux * 3.4);
    context.lineTo(tx - ux * 7 + uy * 3.4, ty - uy * 7 - ux * 3.4);
    context.fill();
  };
  for (const [edges, dashed] of [[G.similarities, true], [G.dependencies, false]]) {
    for (const edge of outgoing(edges, tool)) line(tool, edges.to[edge], dashed);
    for (const edge of incoming(edges, tool)) line(edges.from[edge], tool, dashed);
  }
  const [x, y] = spot(tool);
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, size + 2.5, 0, 7);
  context.stroke();
  context.restore();
}
