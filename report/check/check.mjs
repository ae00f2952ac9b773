// Uses a report like a reader. See README.md beside this file.
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
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function open(name, options, hash = "") {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) fail(name + ": console: " + message.text()); });
  page.on("pageerror", (error) => fail(name + ": " + error.message));
  page.on("request", (request) => { if (request.url().split("#")[0] !== url) fail(name + ": requested " + request.url()); });
  await page.goto(url + hash);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(name + ": no horizontal scroll bar", wide <= 0);
  return { page, picture: (part, more = {}) => page.screenshot({ path: `${pictures}/${name}-${part}.png`, ...more }), close: () => context.close() };
}

const section = (page, id) => page.locator("#" + id).evaluate((node) => node.scrollIntoView({ behavior: "instant" }));

async function reads(name, options) {
  const { page, picture, close } = await open(name, options);
  await picture("top");
  await picture("all", { fullPage: true });
  for (const id of ["graph", "inside", "packs", "funnel", "episodes", "reproduce"]) {
    if (await page.locator("#" + id).count()) {
      await section(page, id);
      await picture(id);
    }
  }
  await close();
}

async function uses(name, options) {
  const { page, picture, close } = await open(name, options);
  await section(page, "graph");
  const first = page.locator("#domains button").first();
  await first.click();
  expect(name + ": a domain opens in the inspector", (await page.locator("#inspector h3").innerText()) === (await first.locator("span").innerText()));
  expect(name + ": its inside is drawn", await page.locator("#inside").isVisible());
  await picture("domain");
  await page.locator("#inspector .tools button").first().click();
  expect(name + ": a tool opens from the list", (await page.locator("#inspector h4").first().innerText()) === "Parameters");
  expect(name + ": the address names it", /#tool-\d+$/.test(page.url()));
  const node = page.locator("#inside .node").first();
  if (await node.count()) {
    await node.focus();
    await page.keyboard.press("Enter");
    expect(name + ": a tool opens by keyboard", (await page.locator("#inside .node.on").count()) === 1);
    await section(page, "inside");
    await picture("inside-chosen");
  }
  await section(page, "graph");
  await page.locator("#map [data-tool]").nth(3).click({ force: true });
  expect(name + ": a tool opens from the drawing", (await page.locator("#map .points .at").count()) === 1);
  const word = (await page.locator("#inspector h3").innerText()).split("_")[0];
  await page.fill("#find", word);
  expect(name + ": search finds " + word, (await page.locator("#hits button").count()) > 0);
  await picture("search");
  await page.fill("#find", "zzzzzz");
  expect(name + ": search without a hit says so", (await page.locator("#hits").innerText()) === "No tool fits.");
  await page.fill("#find", "");
  const before = await page.locator("#world").getAttribute("transform");
  for (let i = 0; i < 4; i += 1) await page.click("#zoom-in");
  expect(name + ": zooms", (await page.locator("#world").getAttribute("transform")) !== before);
  await picture("zoomed");
  await page.click("#zoom-all");
  await page.check("#show-sim");
  await picture("similar");
  await steps(page, name, picture);
  await close();
}

async function steps(page, name, picture) {
  await section(page, "episodes");
  const episodes = page.locator("#episode option");
  for (let index = 0; index < (await episodes.count()); index += 1) {
    const value = await episodes.nth(index).getAttribute("value");
    await page.selectOption("#episode", value);
    const calls = await page.locator("#viewer [data-call]").count();
    const label = () => page.locator("#call .steps span").innerText();
    if (!calls) continue;
    const shown = await label();
    expect(`${name}: episode ${value} opens at ${shown}`, shown === `Call 1 of ${calls}`);
    if (calls > 1) {
      await page.locator('#call [aria-label="Next call"]').click();
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowRight");
      expect(`${name}: episode ${value} steps`, (await label()) === `Call 2 of ${calls}`);
      if (calls > 2) await page.locator('#call [aria-label="Last call"]').click();
      expect(`${name}: episode ${value} reaches its end`, (await label()) === `Call ${calls} of ${calls}`);
    }
    if (index < 8) {
      await picture("episode-" + value);
      await page.locator("#viewer .compared").evaluate((part) => part.scrollIntoView({ behavior: "instant", block: "end" })).catch(() => {});
      await picture("episode-" + value + "-compared");
      await section(page, "episodes");
    }
  }
}

const sizes = { wide: { width: 1400, height: 900 }, middle: { width: 1000, height: 800 }, narrow: { width: 420, height: 860 } };
for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ["light", "dark"]) await reads(`${size}-${colorScheme}`, { viewport, colorScheme, deviceScaleFactor: size === "narrow" ? 2 : 1 });
}
await uses("use-wide", { viewport: sizes.wide, colorScheme: "light" });
await uses("use-narrow", { viewport: sizes.narrow, colorScheme: "light", hasTouch: true, isMobile: true });
const linked = await open("linked", { viewport: sizes.wide }, "#episode-0-1");
expect("linked: the address chooses episode and call", /^Call 2 of|^Call 1 of 1/.test(await linked.page.locator("#call .steps span").innerText()));
await linked.page.emulateMedia({ media: "print" });
await linked.page.pdf({ path: `${pictures}/print.pdf` });
await linked.close();
await browser.close();
console.log(faults.length ? `${faults.length} faults` : "no faults");
process.exit(faults.length ? 1 : 0);
