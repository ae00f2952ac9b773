"use strict";
// Small helpers. Everything shown is set as text, never as markup.

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
    else if (name === "style") for (const [key, text] of Object.entries(value)) node.style.setProperty(key, text);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const grouped = (n) => n.toLocaleString("en");
const plural = (n, noun, nouns) => (n === 1 ? "1 " + noun : grouped(n) + " " + (nouns || noun + "s"));
const short = (text, max) => (text.length > max ? text.slice(0, max - 1) + "…" : text);
/** A tool's name where there is little room: both ends, since names of one API start alike and say last what they do. */
const bothEnds = (text, max) => (text.length > max ? text.slice(0, Math.ceil(max / 3)) + "…" + text.slice(text.length - (max - 1 - Math.ceil(max / 3))) : text);
/** A title where there is little room: whose tools they are says more than the start of a list of nouns. */
function brief(title, max) {
  const [whose] = title.split(": ");
  return title.length <= max || whose.length === title.length || !whose.includes(" ") ? short(title, max) : short(whose, max);
}
const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const reduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The hue of the n-th thing: neighbours in number are far apart in colour. */
const hueOf = (n) => (152 + n * 137.508) % 360;

/** The hue of a domain: that of its region on the map, a little aside of its neighbours. */
const domainHue = (domain) => (hueOf(domain.region) + ((domain.index * 7) % 5) * 8 - 16 + 360) % 360;

/** Names of places in the address bar. */
const domainLink = (name) => "#domain/" + encodeURIComponent(name);
const toolLink = (id) => "#tool/" + encodeURIComponent(id);
const edgeLink = (kind, from, to) => "#" + kind + "/" + encodeURIComponent(from) + "/" + encodeURIComponent(to);
