// Curves of several runs on one pair of axes. Which quantity is shown is chosen here, so that looking costs no round
// trip.
const MARGIN = { left: 46, right: 12, top: 14, bottom: 36 };
const LABEL = 14; // px between two labels at least
const LETTER = 6.6; // px of a letter, about
const SAMPLE = 16; // px of a piece of the line before its name
const states = new WeakMap();

// How much larger type is than usual: what makes room for letters grows with them.

const three = value => (value == null ? "–" : Number(value.toPrecision(3)).toString());

function niceStep(span, wanted) {
  const raw = (span || 1) / wanted,
    power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= raw * 0.999);
}

function ticks(low, high, wanted) {
  const step = niceStep(high - low, wanted),
    found = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-9; value += step)
    found.push(Number(value.toPrecision(6)));
  return found;
}

// Of a long name both ends: either may tell it from the others.
function cut(text, most) {
  const half = Math.floor(most / 2);
  return text.length > most ? `${text.slice(0, Math.max(1, most - 1 - half))}…${text.slice(-half)}` : text;
}

// ---- what is shown -------------------------------------------------------------------------------------------------

function shownLines(state) {
  const { lines } = state,
    { quantity, sets, along } = state.view,
    found = [];
  for (const [kind, field] of [
    ["train", quantity],
    ["validation", `val_${quantity}`],
  ]) {
    if (!sets[kind]) continue;
    lines.forEach((line, place) => found.push({ kind, place, line, x: line[along], y: line[field] }));
  }
  return found;
}

function scales(state, shown) {
  const width = Math.max(260, state.root.querySelector(".plot").clientWidth),
    height = state.component.data.height * rem(),
    { quantity, along } = state.view;
  const values = shown.flatMap(one => one.y.filter(value => value != null));
  const lowest = values.length ? Math.min(...values) : 0,
    step = niceStep((quantity === "accuracy" ? 1 : Math.max(...values, 1e-3)) - lowest, 4);
  const isCut = quantity === "accuracy" && state.view.axis === "cut";
  const low = isCut ? Math.max(0, Math.floor(lowest / step) * step) : 0;
  const top = quantity === "accuracy" ? 1 : values.length ? Math.max(...values, 1e-3) * 1.03 : 1;
  const end = Math.max(
    along === "epoch" ? 2 : 1e-3,
    ...state.lines.map(line => (along === "epoch" ? line.epochs : (line.seconds.at(-1) ?? 0))),
  );
  const { shared } = state.component.data,
    longest = Math.max(shared.length, ...state.lines.map(line => line.label.length));
  const zoom = rem(),
    letter = LETTER * zoom,
    left = MARGIN.left * zoom;
  const letters = Math.min(longest, Math.floor(Math.min(170 * zoom, width * 0.3) / letter));
  const right = width - MARGIN.right - (longest ? letters * letter + SAMPLE + 14 : 0),
    bottom = height - MARGIN.bottom * zoom;
  return {
    width,
    height,
    right,
    bottom,
    low,
    top,
    end,
    letters,
    zoom,
    left,
    x: value => left + (value / end) * (right - left),
    y: value => bottom - ((value - low) / (top - low || 1)) * (bottom - MARGIN.top),
  };
}

// ---- drawing -------------------------------------------------------------------------------------------------------

function path(one, scale) {
  let text = "",
    pen = "M";
  one.y.forEach((value, i) => {
    if (value == null) {
      pen = "M";
      return;
    }
    text += `${pen}${scale.x(one.x[i]).toFixed(1)},${scale.y(value).toFixed(1)}`;
    pen = "L";
  });
  return text;
}

function drawAxes(state, scale) {
  const { axes } = state.parts,
    { quantity, along } = state.view;
  const key = [scale.width, scale.height, scale.right, scale.low, scale.top, scale.end, quantity, along].join();
  if (state.axesKey === key) return;
  state.axesKey = key;
  axes.replaceChildren();
  for (const value of ticks(scale.low, scale.top, 4)) {
    addSvg(axes, "line", { class: "grid", x1: scale.left, x2: scale.right, y1: scale.y(value), y2: scale.y(value) });
    addSvg(axes, "text", { x: scale.left - 8, y: scale.y(value) + 4, "text-anchor": "end" }, three(value));
  }
  for (const value of ticks(0, scale.end, 6).filter(value => along === "seconds" || Number.isInteger(value))) {
    addSvg(
      axes,
      "text",
      { x: scale.x(value), y: scale.bottom + 16 * scale.zoom, "text-anchor": "middle" },
      three(value),
    );
  }
  if (scale.low > 0) {
    addSvg(axes, "path", { class: "break", d: `M${scale.left - 5},${scale.bottom - 9}l10,-4m-10,9l10,-4` });
    const words = `axis cut: it begins at ${three(scale.low)}, not at 0`;
    addSvg(axes, "text", { class: "cut", x: scale.left + 12, y: scale.bottom - 7 }, words);
  }
  addSvg(
    axes,
    "text",
    { x: (scale.left + scale.right) / 2, y: scale.bottom + 32 * scale.zoom, "text-anchor": "middle" },
    along === "epoch" ? "epoch" : "time, s",
  );
}

function drawLines(state, shown, scale) {
  const { curves } = state.parts,
    wanted = new Set();
  for (const one of shown) {
    const key = `${one.kind}-${one.line.id}`;
    wanted.add(key);
    let node = state.curves.get(key);
    if (!node) {
      node = addSvg(curves, "g");
      node.dataset.run = one.line.id;
      addSvg(node, "path", { class: `curve ${one.kind}` });
      addSvg(node, "circle", { class: `end ${one.kind}`, r: 3 });
      state.curves.set(key, node);
    }
    const last = one.y.findLastIndex(value => value != null),
      [curve, end] = node.children;
    curve.setAttribute("d", path(one, scale));
    curve.setAttribute("stroke-dasharray", DASHES[one.place]);
    node.style.setProperty("--shade", shadeOf(one.place, state.lines.length));
    end.setAttribute("visibility", last < 0 ? "hidden" : "visible");
    if (last >= 0) {
      end.setAttribute("cx", scale.x(one.x[last]));
      end.setAttribute("cy", scale.y(one.y[last]));
    }
  }
  for (const [key, node] of state.curves)
    if (!wanted.has(key)) {
      node.remove();
      state.curves.delete(key);
    }
}

// Names stand at the ends of the lines, moved apart where they would touch, with a thin line back to their end.
function drawLabels(state, shown, scale) {
  const { labels } = state.parts,
    step = LABEL * scale.zoom,
    named = state.view.sets.validation ? "validation" : "train";
  labels.replaceChildren();
  const wanted = shown
    .filter(one => one.kind === named)
    .map(one => {
      const last = one.y.findLastIndex(value => value != null);
      return last < 0 ? null : { one, x: scale.x(one.x[last]), from: scale.y(one.y[last]), y: scale.y(one.y[last]) };
    })
    .filter(Boolean)
    .sort((a, b) => a.y - b.y);
  const first = MARGIN.top + (state.component.data.shared ? step - 4 : 0);
  wanted.forEach((label, i) => {
    label.y = Math.max(label.y, i ? wanted[i - 1].y + step : first);
  });
  for (let i = wanted.length - 1, floor = scale.bottom; i >= 0; i--, floor -= step)
    wanted[i].y = Math.min(wanted[i].y, i === wanted.length - 1 ? floor : wanted[i + 1].y - step);
  const start = scale.right + 10,
    { shared } = state.component.data;
  for (const { one, x, from, y } of wanted) {
    const group = addSvg(labels, "g");
    group.dataset.run = one.line.id;
    group.style.setProperty("--shade", shadeOf(one.place, state.lines.length));
    addSvg(group, "path", { class: "leader", d: `M${x + 4},${from}L${start - 2},${y}` });
    const dash = { class: `sample ${one.kind}`, d: `M${start},${y}h${SAMPLE}`, "stroke-dasharray": DASHES[one.place] };
    addSvg(group, "path", dash);
    addSvg(group, "text", { class: "label", x: start + SAMPLE + 4, y: y + 4 }, cut(one.line.label, scale.letters));
  }
  if (shared && wanted.length) {
    const above = { class: "shared", x: start, y: Math.max(9, wanted[0].y - step + 3) };
    addSvg(labels, "text", above, cut(shared, scale.letters));
  }
}

function drawBest(state, scale) {
  const { best } = state.parts,
    { lines } = state,
    { best: id } = state.component.data,
    { quantity, along, sets } = state.view;
  best.replaceChildren();
  const line = lines.find(one => one.id === id),
    at = line ? line.epoch.indexOf(line.best) : -1;
  if (quantity !== "accuracy" || !sets.validation || at < 0 || line.val_accuracy[at] == null) return;
  addSvg(
    best,
    "text",
    { class: "star", x: scale.x(line[along][at]), y: scale.y(line.val_accuracy[at]) - 5, "text-anchor": "middle" },
    "★",
  );
}

function draw(state) {
  const shown = shownLines(state),
    scale = scales(state, shown),
    picture = state.picture;
  picture.setAttribute("viewBox", `0 0 ${scale.width} ${scale.height}`);
  picture.style.height = `${scale.height}px`;
  drawAxes(state, scale);
  drawLines(state, shown, scale);
  drawLabels(state, shown, scale);
  drawBest(state, scale);
  Object.assign(state, { shown, scale });
  const { lines } = state,
    field = `val_${state.view.quantity}`;
  picture.setAttribute(
    "aria-label",
    `Validation ${state.view.quantity} of ${counted(lines.length, "run")} after the last epoch: ` +
      `${lines.map(line => `${line.name} ${three(line[field].at(-1))}`).join(", ")}`,
  );
  state.root
    .querySelectorAll("[data-quantity]")
    .forEach(node => node.setAttribute("aria-pressed", String(node.dataset.quantity === state.view.quantity)));
  const axis = state.root.querySelector("[data-axis]").parentElement;
  axis.hidden = state.view.quantity !== "accuracy";
  state.root
    .querySelectorAll("[data-axis]")
    .forEach(node => node.setAttribute("aria-pressed", String(node.dataset.axis === state.view.axis)));
  state.root
    .querySelectorAll("[data-along]")
    .forEach(node => node.setAttribute("aria-pressed", String(node.dataset.along === state.view.along)));
  state.root
    .querySelectorAll("[data-set]")
    .forEach(node => node.setAttribute("aria-pressed", String(state.view.sets[node.dataset.set])));
  stress(state, ROWS.pointed);
}

// The run under the pointer, here or in the table, stands out.
function stress(state, id) {
  const isHere = state.lines.some(line => line.id === id);
  for (const node of state.root.querySelectorAll("[data-run]")) {
    node.classList.toggle("faded", isHere && node.dataset.run !== id);
    node.classList.toggle("pointed", isHere && node.dataset.run === id);
  }
}

// ---- pointing ------------------------------------------------------------------------------------------------------

// The point of a curve that is nearest; where the pointer is on a name or a line, of that run.
function nearest(state, px, py, id) {
  let found = null;
  for (const one of state.shown.filter(one => !id || one.line.id === id)) {
    one.y.forEach((value, i) => {
      if (value == null) return;
      const x = state.scale.x(one.x[i]),
        y = state.scale.y(value),
        far = Math.hypot((x - px) * 1.5, y - py);
      if (!found || far < found.far) found = { one, i, x, y, far };
    });
  }
  return found;
}

function point(state, event) {
  const bounds = state.picture.getBoundingClientRect(),
    zoom = bounds.width / state.scale.width;
  const id = event.target.closest("[data-run]")?.dataset.run;
  const hit = nearest(state, (event.clientX - bounds.left) / zoom, (event.clientY - bounds.top) / zoom, id);
  if (!hit) return;
  const {
      one: { line, kind },
      i,
    } = hit,
    { quantity } = state.view;
  ROWS.point(line.id);
  const { cursor, tip } = state;
  for (const [key, value] of Object.entries({ cx: hit.x, cy: hit.y, visibility: "visible" }))
    cursor.setAttribute(key, value);
  cursor.setAttribute("class", `cursor ${kind}`);
  tip.replaceChildren(
    element("b", "", line.name),
    document.createTextNode(
      `\nepoch ${line.epoch[i]}, ${three(line.seconds[i])} s\nvalidation ${quantity} ` +
        `${three(line[`val_${quantity}`][i])}\ntrain ${quantity} ${three(line[quantity][i])}`,
    ),
  );
  tip.style.visibility = "visible";
  const left = hit.x * zoom,
    room = state.root.querySelector(".plot").clientWidth;
  tip.style.left = `${Math.max(0, left + tip.offsetWidth + 16 > room ? left - tip.offsetWidth - 12 : left + 12)}px`;
  tip.style.top = `${Math.max(0, hit.y * zoom - tip.offsetHeight - 8)}px`;
}

function leave(state) {
  state.tip.style.visibility = "hidden";
  state.cursor.setAttribute("visibility", "hidden");
  ROWS.point(null);
}

// ---- building ------------------------------------------------------------------------------------------------------

function group(bar, label, choices, press) {
  const node = element("div", "group");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", label);
  for (const [field, value, words] of choices) {
    const button = element("button", "", words);
    button.type = "button";
    button.dataset[field] = value;
    if (field === "set") button.prepend(element("i", value));
    button.addEventListener("click", () => press(value));
    node.append(button);
  }
  bar.append(node);
}

function build(state) {
  const bar = state.root.querySelector(".bar"),
    plot = state.root.querySelector(".plot"),
    { view } = state;
  const change = edit => {
    edit();
    leave(state);
    draw(state);
  };
  group(
    bar,
    "Quantity",
    [
      ["quantity", "accuracy", "Accuracy"],
      ["quantity", "loss", "Loss"],
    ],
    value =>
      change(() => {
        view.quantity = value;
      }),
  );
  group(
    bar,
    "Pictures",
    [
      ["set", "validation", "Validation"],
      ["set", "train", "Train"],
    ],
    value =>
      change(() => {
        view.sets[value] = !view.sets[value];
        if (!view.sets.train && !view.sets.validation) view.sets[value === "train" ? "validation" : "train"] = true;
      }),
  );
  group(
    bar,
    "Along",
    [
      ["along", "epoch", "Epochs"],
      ["along", "seconds", "Time"],
    ],
    value =>
      change(() => {
        view.along = value;
      }),
  );
  group(
    bar,
    "Axis of the accuracy",
    [
      ["axis", "cut", "Cut to fit"],
      ["axis", "whole", "0 to 1"],
    ],
    value =>
      change(() => {
        view.axis = value;
      }),
  );
  state.picture = addSvg(plot, "svg", { role: "img" });
  state.parts = Object.fromEntries(
    ["axes", "labels", "curves", "best"].map(name => [name, addSvg(state.picture, "g", { class: name })]),
  );
  state.cursor = addSvg(state.picture, "circle", { r: 5, visibility: "hidden" });
  state.tip = element("div", "tip");
  plot.append(state.tip);
  state.picture.addEventListener("pointermove", event => point(state, event));
  state.picture.addEventListener("pointerdown", event => point(state, event));
  state.picture.addEventListener("pointerleave", () => leave(state));
  new ResizeObserver(() => draw(state)).observe(plot);
}

export default function (component) {
  const root = component.parentElement;
  if (!states.has(root)) {
    const fresh = {
      root,
      component,
      curves: new Map(),
      view: { quantity: "accuracy", along: "epoch", axis: "cut", sets: { validation: true, train: false } },
    };
    states.set(root, fresh);
    build(fresh);
    ROWS.follow(root, id => stress(fresh, id));
  }
  const state = states.get(root),
    { lines, labels } = component.data;
  state.component = component;
  // The lines come as one text, which the server makes once for all who look.
  if (state.read !== lines) Object.assign(state, { read: lines, all: JSON.parse(lines) });
  state.lines = state.all.map((line, place) => ({ ...line, label: labels[place] }));
  draw(state);
}
