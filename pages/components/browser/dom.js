// Nodes of a page. Read before the parts of every component; TOKENS holds the colours of tokens.css.

// A node with its class and what is in it; children that are undefined or null are left out.
function element(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter(child => child != null));
  return node;
}

// Words that may break before a capital or behind a bar only: GlobalAverage|Pooling2D, block_|12_|add.
const breakable = words =>
  words.split(/(?<=[a-z])(?=[A-Z])|(?<=_)/).flatMap((part, i) => (i ? [document.createElement("wbr"), part] : [part]));

// A whole number in groups of three: 21 386.
const grouped = n => n.toLocaleString("en").replaceAll(",", "\u202f");

// How many of something: "1 epoch", "2 epochs", "3 batches"; the only way in which scripts count in words.
const counted = (n, one, many = `${one}s`) => `${grouped(n)} ${n === 1 ? one : many}`;

// Whether the reader has only fingers, with which one can't point without a tap.
const isTouched = () => matchMedia("(hover: none)").matches;

// A colour of tokens.css as its red, green and blue, 0 to 255.
const rgbOf = colour => [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16));

// A class keeps its colour wherever it is shown: hues that differ as much as may be; from the ninth on hues come near
// those before, so that eight are lighter and eight darker by turns.
const classColour = label => `oklch(${label % 16 < 8 ? 0.66 : 0.52} 0.13 ${(label * 137.5 + 40) % 360})`;

// A number, or the nearest end of a range that it lies outside of.
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// A part of a drawing, such as svg("circle", { r: 3 }).
function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter(child => child != null));
  return node;
}

const MOST_DIGITS = 4; // behind the point of a share in percent

// A share 0..1 in percent as people may rely on it: 100 is all and 0 is none; near them it has as many digits as it
// takes. `core.words.percent` says the same.
function percentText(share, digits = 0) {
  if (share === 0 || share === 1) return `${100 * share}\u202f%`;
  for (let more = digits; more <= MOST_DIGITS; more++) {
    const text = (100 * share).toFixed(more);
    if (Number(text) !== 0 && Number(text) !== 100) return `${text}\u202f%`;
  }
  return share > 0.5 ? "more than 99.9999\u202f%" : "less than 0.0001\u202f%";
}

// The same, put last into another node.
const addSvg = (parent, ...parts) => parent.appendChild(svg(...parts));

// 1, more with large type. Asked once per event: after a change of the page the answer costs a new layout.
let remNow = null;
function rem() {
  if (remNow === null) {
    remNow = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    queueMicrotask(() => {
      remNow = null;
    });
  }
  return remNow;
}
