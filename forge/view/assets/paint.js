
// The painter of the map: WebGL 2, or a plain canvas where there is none. Lengths are in units of the map; `camera.k` is pixels a unit.

const SPACING = 10;
const DENSITY = 0.5641895835477563;
const GOLDEN = 2.399963229728653;
/** Pixels between two tools from which lines inside of domains are drawn. */
const LINES_FROM = 3.4;

/** Where every tool is: x and y in turn. The same sunflower as in the program that made this page. */
function toolPlaces() {
  const places = new Float32Array(G.count * 2);
  for (const domain of G.domains) {
    for (let tool = domain.start; tool < domain.end; tool += 1) {
      const seat = tool - domain.start;
      const radius = SPACING * DENSITY * Math.sqrt(seat + 0.5);
      places[tool * 2] = domain.x + radius * Math.cos(seat * GOLDEN);
      places[tool * 2 + 1] = domain.y + radius * Math.sin(seat * GOLDEN);
    }
  }
  return places;
}

/** Red, green and blue from 0 to 255 of a hue, by way of OKLCH at a fixed lightness. */
function rgbOf(hue, lightness, chroma) {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)];
  const [l, m, s] = [lightness + 0.3963377774 * a + 0.2158037573 * b, lightness - 0.1055613458 * a - 0.0638541728 * b, lightness - 0.0894841775 * a - 1.291485548 * b].map((v) => v ** 3);
  const linear = [4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s, -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s];
  return linear.map((v) => Math.round(255 * Math.max(0, Math.min(1, v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055))));
}

/** Lines of one kind inside of domains, in the order of domains. Every end has a strength: faint where the line starts. */
function linesOf(edges, places) {
  const inside = [];
  for (let edge = 0; edge < edges.count; edge += 1) if (G.groupOf[edges.from[edge]] === G.groupOf[edges.to[edge]]) inside.push(edge);
  const ends = new Float32Array(inside.length * 6);
  inside.forEach((edge, i) => {
    const [a, b] = [edges.from[edge] * 2, edges.to[edge] * 2];
    ends.set([places[a], places[a + 1], 0.25, places[b], places[b + 1], 1], i * 6);
  });
  return { ends, tools: Uint32Array.from(inside, (edge) => edges.from[edge]) };
}

const COMMON = "#version 300 es\nprecision highp float;\nuniform vec2 middle; uniform vec2 scale; uniform float px; uniform float alpha; uniform vec3 paper;\n";
const SHADERS = {
  discs: ["in vec2 corner; in vec3 disc; in vec3 colour; out vec2 at; out vec3 tint; out float size;\nvoid main() { at = corner; tint = colour; size = disc.z * px; vec2 p = disc.xy + corner * (disc.z + 1.0 / px); gl_Position = vec4((p - middle) * scale, 0, 1); at *= (disc.z + 1.0 / px) / disc.z; }",
    "in vec2 at; in vec3 tint; in float size; out vec4 result;\nvoid main() { float far = (1.0 - length(at)) * size; float inside = clamp(far + 0.5, 0.0, 1.0); float rim = inside * clamp(1.8 - abs(far - 0.8), 0.0, 1.0); result = vec4(tint, inside * 0.13 + rim * 0.3 * min(1.0, size / 12.0)); }"],
  points: ["in vec2 place; in vec4 colour; out vec4 tint; out float size;\nvoid main() { tint = colour; size = alpha; gl_PointSize = alpha + 1.0; gl_Position = vec4((place - middle) * scale, 0, 1); }",
    "in vec4 tint; in float size; out vec4 result;\nvoid main() { float far = size * 0.5 - length(gl_PointCoord - 0.5) * (size + 1.0); result = vec4(tint.rgb, tint.a * clamp(far + 0.5, 0.0, 1.0)); }"],
  lines: ["in vec3 end; out float strength;\nvoid main() { strength = end.z; gl_Position = vec4((end.xy - middle) * scale, 0, 1); }",
    "in float strength; out vec4 result;\nvoid main() { result = vec4(paper, alpha * strength); }"],
};

function compile(gl, [vertex, fragment]) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, COMMON + text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) || "a shader does not link");
  const uniform = Object.fromEntries(["middle", "scale", "px", "alpha", "paper"].map((name) => [name, gl.getUniformLocation(program, name)]));
  return { program, uniform };
}

/** A vertex array with `parts` of [name, size, type, stride, offset, divisor, data]. */
function vertices(gl, program, parts) {
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  const buffers = parts.map(({ name, size, type, data, each }) => {
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    const at = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, type === gl.UNSIGNED_BYTE, 0, 0);
    gl.vertexAttribDivisor(at, each ? 1 : 0);
    return buffer;
  });
  return { array, buffers };
}

function glPainter(gl, scene) {
  const programs = Object.fromEntries(Object.entries(SHADERS).map(([name, texts]) => [name, compile(gl, texts)]));
  const { FLOAT, UNSIGNED_BYTE } = gl;
  const discs = vertices(gl, programs.discs.program, [
    { name: "corner", size: 2, type: FLOAT, data: new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]) },
    { name: "disc", size: 3, type: FLOAT, data: Float32Array.from(G.domains.flatMap(({ x, y, r }) => [x, y, r])), each: true },
    { name: "colour", size: 3, type: UNSIGNED_BYTE, data: scene.discColours, each: true }]);
  const points = vertices(gl, programs.points.program, [{ name: "place", size: 2, type: FLOAT, data: scene.places }, { name: "colour", size: 4, type: UNSIGNED_BYTE, data: scene.colours }]);
  const lines = {};
  gl.enable(gl.BLEND);
  gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const use = ({ program, uniform }, camera, width, height, alpha) => {
    gl.useProgram(program);
    gl.uniform2f(uniform.middle, camera.x, camera.y);
    gl.uniform2f(uniform.scale, (2 * camera.k) / width, (-2 * camera.k) / height);
    gl.uniform1f(uniform.px, camera.k * scene.ratio);
    gl.uniform1f(uniform.alpha, alpha);
    gl.uniform3fv(uniform.paper, scene.ink);
  };
  const recolour = () => {
    for (const [buffer, data] of [[discs.buffers[2], scene.discColours], [points.buffers[1], scene.colours]]) {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferSubData(gl.ARRAY_BUFFER, 0, data);
    }
  };
  const paint = (camera, width, height, show) => {
    gl.viewport(0, 0, gl.canvas.width, gl.canvas.height);
    gl.clearColor(...scene.paper, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    use(programs.discs, camera, width, height, 1);
    gl.bindVertexArray(discs.array);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, G.domains.length);
    for (const [kind, strength] of [["similarities", 0.16], ["dependencies", 0.42]]) {
      if (!show[kind]) continue;
      lines[kind] = lines[kind] || { ...linesOf(G[kind], scene.places) };
      const set = lines[kind];
      set.vertices = set.vertices || vertices(gl, programs.lines.program, [{ name: "end", size: 3, type: FLOAT, data: set.ends }]);
      gl.bindVertexArray(set.vertices.array);
      const gap = camera.k * SPACING;
      if (gap > LINES_FROM) {
        use(programs.lines, camera, width, height, strength * Math.min(1, (gap - LINES_FROM) / 8));
        for (const [first, count] of rangesInSight(set.tools, camera, width, height)) gl.drawArrays(gl.LINES, first * 2, count * 2);
      }
    }
    use(programs.points, camera, width, height, pointSize(camera) * scene.ratio);
    gl.bindVertexArray(points.array);
    for (const [first, count] of toolsInSight(camera, width, height)) gl.drawArrays(gl.POINTS, first, count);
  };
  return { paint, recolour };
}

const pointSize = (camera) => Math.max(1.3, Math.min(15, camera.k * SPACING * 0.62));

/** Whether a disc is in sight. */
function inSight({ x, y, r }, camera, width, height) {
  return Math.abs(x - camera.x) < width / 2 / camera.k + r && Math.abs(y - camera.y) < height / 2 / camera.k + r;
}

/** Runs of tools whose domain is in sight, as [first, count]. */
function toolsInSight(camera, width, height) {
  const seen = G.domains.filter((domain) => inSight(domain, camera, width, height));
  if (seen.length * 2 > G.domains.length) return [[0, G.count]];
  return seen.map((domain) => [domain.start, domain.end - domain.start]);
}

/** Runs of lines whose domain is in sight, as [first, count]. `tools` are the starts of the lines, ascending. */
function rangesInSight(tools, camera, width, height) {
  const firstOf = (tool) => {
    let [low, high] = [0, tools.length];
    while (low < high) { const middle = (low + high) >> 1; if (tools[middle] < tool) low = middle + 1; else high = middle; }
    return low;
  };
  const seen = G.domains.filter((domain) => inSight(domain, camera, width, height));
  if (seen.length * 2 > G.domains.length) return [[0, tools.length]];
  const out = [];
  for (const domain of seen) {
    const [first, end] = [firstOf(domain.start), firstOf(domain.end)];
    const last = out[out.length - 1];
    if (last && last[0] + last[1] === first) last[1] += end - first;
    else if (end > first) out.push([first, end - first]);
  }
  return out;
}

/** The plain painter draws no more than is in sight and lines only of what is large. */
function plainPainter(context, scene) {
  const css = (data, at) => "rgb(" + data[at] + "," + data[at + 1] + "," + data[at + 2] + ")";
  const lines = {};
  const paint = (camera, width, height, show) => {
    const { ratio, places, colours, discColours } = scene;
    const [sx, sy] = [(x) => (x - camera.x) * camera.k + width / 2, (y) => (y - camera.y) * camera.k + height / 2];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = "rgb(" + scene.paper.map((v) => Math.round(v * 255)).join(",") + ")";
    context.fillRect(0, 0, width, height);
    const size = pointSize(camera);
    for (const domain of G.domains.filter((d) => inSight(d, camera, width, height))) {
      context.fillStyle = css(discColours, domain.index * 3);
      context.globalAlpha = 0.16;
      context.beginPath();
      context.arc(sx(domain.x), sy(domain.y), domain.r * camera.k, 0, 7);
      context.fill();
      for (let tool = domain.start; tool < domain.end; tool += 1) {
        context.globalAlpha = colours[tool * 4 + 3] / 255;
        context.fillStyle = css(colours, tool * 4);
        context.fillRect(sx(places[tool * 2]) - size / 2, sy(places[tool * 2 + 1]) - size / 2, size, size);
      }
    }
    for (const kind of ["similarities", "dependencies"]) {
      if (!show[kind] || camera.k * SPACING < 9) continue;
      lines[kind] = lines[kind] || linesOf(G[kind], places);
      context.strokeStyle = "rgb(" + scene.ink.map((v) => Math.round(v * 255)).join(",") + ")";
      context.globalAlpha = 0.2;
      context.beginPath();
      for (const [first, count] of rangesInSight(lines[kind].tools, camera, width, height)) {
        for (let i = first; i < first + count; i += 1) {
          const e = lines[kind].ends;
          context.moveTo(sx(e[i * 6]), sy(e[i * 6 + 1]));
          context.lineTo(sx(e[i * 6 + 3]), sy(e[i * 6 + 4]));
        }
      }
      context.stroke();
    }
    context.globalAlpha = 1;
  };
  return { paint, recolour: () => {} };
}
