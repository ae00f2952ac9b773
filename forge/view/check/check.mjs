// Uses the page of a graph like a reader. See README.md beside this file.
import { chromium } from "playwright-core";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [page_path, pictures] = process.argv.slice(2);
if (!page_path || !pictures) {
  console.error("usage: node check.mjs PAGE.html FOLDER_FOR_PICTURES");
  process.exit(2);
}
mkdirSync(pictures, { recursive: true });
const url = pathToFileURL(resolve(page_path)).href;
const faults = [];
const fail = (text) => { faults.push(text); console.error("FAIL " + text); };
const expect = (what, good) => (good ? console.log("ok   " + what) : fail(what));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...(process.env.CHROMIUM_ARGS || "--use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader").split(" ")],
});
const sizes = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

async function open(name, size, colorScheme, hash = "", more = {}) {
  const phone = size === "phone";
  const context = await browser.newContext({ viewport: sizes[size], colorScheme, reducedMotion: "reduce", deviceScaleFactor: phone ? 2 : 1, hasTouch: phone, isMobile: phone, ...more });
  const page = await context.newPage();
  page.on("console", (message) => { if (message.type() === "error") fail(name + ": console: " + message.text()); });
  page.on("pageerror", (error) => fail(name + ": " + error.message));
  page.on("dialog", (dialog) => { fail(name + ": a dialog: " + dialog.message()); dialog.dismiss(); });
  page.on("request", (request) => { if (request.url().split("#")[0] !== url) fail(name + ": requested " + request.url()); });
  await page.goto(url + hash);
  await page.waitForSelector("html[data-ready]");
  const ready_ms = Math.round(await page.evaluate(() => performance.now()));
  const at = async (part) => {
    await page.waitForTimeout(250);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(`${name}: ${part}: no scroll bar to the side`, wide <= 0);
    const strange = await page.evaluate(() => document.querySelectorAll("img, iframe, object, embed, link, base, script[src], [onerror], [onload]").length);
    expect(`${name}: ${part}: no foreign element`, strange === 0 && !(await page.title()).startsWith("pwned"));
    await page.screenshot({ path: `${pictures}/${name}-${part}.png` });
  };
  return { page, at, ready_ms, close: () => context.close() };
}

const hash = (page) => page.evaluate(() => location.hash);

/** Treemap → domain → tool → edge, then back. */
async function reads(name, size, scheme) {
  const { page, at, close } = await open(name, size, scheme, "#/");
  await at("1-treemap");
  const cell = page.locator("#tree a.cell:not(.rest)").first();
  const label = (await cell.getAttribute("aria-label")) || "";
  await cell.click();
  await page.waitForSelector("#domain .digraph");
  expect(`${name}: a cell opens its domain`, label.startsWith((await page.locator("#domain h1").innerText()).trim().slice(0, 10)));
  await at("2-domain");
  const node = page.locator("#domain .node").first();
  await node.click();
  await page.waitForSelector("#panel h2");
  expect(`${name}: a tool opens its schema`, (await page.locator("#panel h3").first().innerText()) === "Parameters" || (await page.locator("#panel").innerText()).includes("without schemas"));
  expect(`${name}: the address names it`, (await hash(page)).startsWith("#tool/"));
  await at("3-tool");
  const why = page.locator("#panel a.why").first();
  if (await why.count()) {
    await why.click();
    await page.waitForSelector("#panel .end");
    expect(`${name}: an edge says why`, (await page.locator("#panel .end").count()) === 2);
    await at("4-edge");
    await page.goBack();
    await page.waitForFunction(() => location.hash.startsWith("#tool/"));
    await page.waitForFunction(() => document.querySelector("#panel h3") !== null);
    expect(`${name}: back is the tool`, (await page.locator("#panel .end").count()) === 0);
  }
  await page.goBack();
  await page.goBack();
  await page.waitForSelector("#tree a.cell");
  expect(`${name}: back is the treemap`, await page.locator("#home").isVisible());
  await close();
}

async function searches(name, size, scheme) {
  const { page, at, close } = await open(name, size, scheme, "#/");
  await page.keyboard.press("/");
  const word = ((await page.locator("#tree a.cell:not(.rest)").first().getAttribute("aria-label")) || "").split(/[ ,]/)[0].toLowerCase();
  const began = Date.now();
  await page.keyboard.type(word);
  await page.waitForSelector("#hits .hit");
  console.log(`     ${name}: search for “${word}”: ${Date.now() - began} ms with typing, ${await page.locator("#hits .hit").count()} hits shown`);
  await at("5-search");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#panel");
  expect(`${name}: Enter opens the first hit`, /^#(domain|tool)\//.test(await hash(page)));
  await page.fill("#find", "zzzzqqqq");
  expect(`${name}: search without a hit says so`, (await page.locator("#hits").innerText()).startsWith("Nothing fits"));
  await close();
}

const blank = await (await browser.newContext()).newPage();

/** What a picture of the map holds: the share of its pixels that are not the commonest colour, and the pixels of names and titles. */
async function drawn(page) {
  const clip = await page.locator("#gl").boundingBox();
  const picture = (await page.screenshot({ clip, type: "png" })).toString("base64");
  const share = await blank.evaluate(async (data) => {
    const image = new Image();
    image.src = "data:image/png;base64," + data;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) || 0) + 1);
    return 1 - Math.max(...counts.values()) / pixels.length;
  }, picture);
  const names = await page.evaluate(() => {
    // From a copy: a canvas that is read is painted more slowly from then on.
    const labels = document.getElementById("labels");
    const copy = new OffscreenCanvas(labels.width, labels.height).getContext("2d");
    copy.drawImage(labels, 0, 0);
    const { data } = copy.getImageData(0, 0, labels.width, labels.height);
    let seen = 0;
    for (let i = 3; i < data.length; i += 4) seen += data[i] > 128 ? 1 : 0;
    return seen;
  });
  return { share, names };
}

/** Something is drawn there: discs or points, and names. */
async function shows(name, page, what) {
  await page.waitForTimeout(150);
  const { share, names } = await drawn(page);
  expect(`${name}: ${what}: ${(share * 100).toFixed(0)} % of the pixels are drawn, ${names} of names`, share > 0.05 && names > 300);
}

/** Far away again, with a large domain in the middle of the view, so that zooming in ends among its tools. */
async function aim(page) {
  await page.evaluate(() => { location.hash = "#/"; });
  const cell = page.locator("#tree a.cell:not(.rest)").first();
  const name = decodeURIComponent((await cell.getAttribute("href")).replace("#domain/", ""));
  await page.evaluate((place) => { location.hash = place; }, "#map/" + encodeURIComponent(name));
  await page.waitForTimeout(700);
  for (let i = 0; i < 9; i += 1) await page.click("#zoom-out");
  return page.evaluate(() => { const box = document.getElementById("gl").getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; });
}

/** Times between frames, and the processor time of the page's thread (another one paints), while `act` runs. */
async function frames(page, what, act) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const busy = async () => (await session.send("Performance.getMetrics")).metrics.find((metric) => metric.name === "TaskDuration").value * 1000;
  const before = await busy();
  await page.evaluate(() => {
    window.gaps = [];
    let last = performance.now();
    const step = (now) => { window.gaps.push(now - last); last = now; window.counting = requestAnimationFrame(step); };
    window.counting = requestAnimationFrame(step);
  });
  await act();
  const gaps = await page.evaluate(() => { cancelAnimationFrame(window.counting); return window.gaps.slice(2).sort((a, b) => a - b); });
  const each = ((await busy()) - before) / gaps.length;
  await session.detach();
  const at = (share) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))].toFixed(1);
  console.log(`     ${what}: ${gaps.length} frames, median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms; ${each.toFixed(1)} ms of its own processor time a frame`);
}

async function maps(name, size, scheme, measure) {
  const { page, at, close } = await open(name, size, scheme, "#map");
  await at("6-map");
  await shows(name, page, "from afar");
  const wheel = async (delta) => { for (let i = 0; i < 40; i += 1) { await page.mouse.wheel(0, delta); await page.waitForTimeout(12); } };
  if (measure) {
    const [x, y] = await aim(page);
    const drag = async () => {
      await page.mouse.move(x, y);
      await page.mouse.down();
      for (let i = 0; i <= 120; i += 1) await page.mouse.move(x + 160 * Math.sin(i / 12), y + 90 * Math.cos(i / 9));
      await page.mouse.up();
    };
    await page.mouse.move(x, y);
    await frames(page, name + ": zoom in", () => wheel(-30));
    await shows(name, page, "near");
    await at("7-map-near");
    await frames(page, name + ": pan, near", drag);
    await shows(name, page, "near, moved");
    await page.click("#zoom-all");
    await page.waitForTimeout(700);
    await page.mouse.move(x, y);
    for (let i = 0; i < 6; i += 1) await page.mouse.wheel(0, -60);
    await frames(page, name + ": pan, far", drag);
    await shows(name, page, "half way");
    await page.check("#show-similarities");
    await frames(page, name + ": pan, far, with similarities", drag);
    await aim(page);
    await page.mouse.move(x, y);
    await frames(page, name + ": zoom in, with similarities", () => wheel(-30));
    await shows(name, page, "near, with similarities");
    await frames(page, name + ": zoom out, with similarities", () => wheel(40));
    await page.uncheck("#show-similarities");
  }
  await page.click("#zoom-all");
  await page.waitForTimeout(700);
  await page.focus("#gl");
  for (const key of ["+", "+", "ArrowLeft", "ArrowRight", "0"]) await page.keyboard.press(key);
  for (let i = 0; i < 10; i += 1) await page.keyboard.press("+");
  await page.waitForTimeout(200);
  await at("8-map-keys");
  // A domain from the list shows where it is, and a click on the map opens it.
  await page.evaluate(() => { location.hash = "#/"; });
  await page.locator("#tree a.cell:not(.rest)").first().click();
  await page.locator("#domain .head a", { hasText: "Show on the map" }).click();
  await page.waitForTimeout(700);
  await shows(name, page, "a domain");
  await at("9-map-domain");
  const [cx, cy] = await page.evaluate(() => { const box = document.getElementById("gl").getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; });
  await page.mouse.move(cx + 2, cy + 2);
  expect(`${name}: the pointer tells what is there`, size === "phone" || (await page.locator("#tip").isVisible()));
  await page.mouse.click(cx + 2, cy + 2);
  await page.waitForSelector("#domain .digraph");
  expect(`${name}: a click on the map opens a domain`, /^#(domain|tool)\//.test(await hash(page)));
  await close();
}

async function keyboard(name) {
  const { page, close } = await open(name, "wide", "light", "#/");
  await page.locator("#tree a[tabindex='0']").focus();
  for (const key of ["ArrowRight", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
  expect(`${name}: arrows stay in the treemap`, await page.evaluate(() => document.getElementById("tree").contains(document.activeElement)));
  await page.locator("#tree a.cell:not(.rest)").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("#domain .node");
  await page.locator("#domain .node").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash.startsWith("#tool/"));
  await page.waitForSelector("#panel.chosen");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => location.hash.startsWith("#domain/"));
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => location.hash === "#/");
  expect(`${name}: Escape goes up`, true);
  await close();
}

const times = [];
for (let i = 0; i < 3; i += 1) {
  const first = await open("time", "wide", "light", "#/");
  times.push(first.ready_ms);
  await first.close();
}
console.log(`     ready after ${times.join(", ")} ms`);
for (const scheme of ["light", "dark"]) for (const size of ["wide", "phone"]) await reads(`${size}-${scheme}`, size, scheme);
await searches("search-wide", "wide", "light");
await searches("search-phone", "phone", "dark");
await keyboard("keys");
await maps("map-wide", "wide", "light", true);
await maps("map-dark", "wide", "dark", false);
await maps("map-phone", "phone", "light", false);
for (const [place, word] of [["#domain/no-such-domain", "no domain"], ["#tool/nothing%2", "no tool"], ["#similar/a/b", "no such edge"]]) {
  const missing = await open("missing", "wide", "light", place);
  expect(`missing: ${place} says so`, (await missing.page.locator("#domain").innerText()).includes(word));
  await missing.close();
}
await browser.close();
console.log(faults.length ? `${faults.length} faults` : "no faults");
process.exit(faults.length ? 1 : 0);
