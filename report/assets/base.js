"use strict";
// Small helpers. Everything shown is set as text, never as markup.

const DATA = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

/** el("p.note", {title: "…", onclick: f}, "text", child, …) */
function el(kind, props, ...children) {
  const [tag, ...classes] = kind.split(".");
  return fill(document.createElement(tag), classes, props, children);
}

/** The same for SVG. */
function draw(kind, props, ...children) {
  const [tag, ...classes] = kind.split(".");
  return fill(document.createElementNS(SVG, tag), classes, props, children);
}

function fill(node, classes, props, children) {
  if (classes.length) node.setAttribute("class", classes.join(" "));
  for (const [name, value] of Object.entries(props || {})) {
    if (typeof value === "function") node[name] = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Text in which `words` between backticks are set as code. */
function ticked(text) {
  return text.split(/`([^`]+)`/).map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

/** JSON text with its keys, strings and numbers set apart. */
function json(text) {
  const pre = el("pre.json", { tabindex: 0 });
  const token = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\b\d[\d.eE+-]*|\b(?:true|false|null)\b/g;
  let at = 0;
  for (const match of text.matchAll(token)) {
    const kind = match[2] !== undefined ? "key" : match[1] !== undefined ? "text" : "number";
    const shown = match[1] !== undefined ? match[1] : match[0];
    pre.append(text.slice(at, match.index), el("span." + kind, {}, shown));
    at = match.index + shown.length;
  }
  pre.append(text.slice(at));
  return pre;
}

function plural(n, noun, nouns) {
  return n === 1 ? "1 " + noun : n.toLocaleString("en") + " " + (nouns || noun + "s");
}

/** Names the place in the address bar without a jump or a step of history. */
function remember(place) {
  history.replaceState(null, "", "#" + place);
}
