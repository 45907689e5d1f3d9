// Two charts on one set of epochs. Nodes are made once and only their numbers change, so nothing flickers.
// px, in usual type: all of a chart is drawn as in usual type and then enlarged with it.
const MARGIN = { left: 44, right: 10, top: 18, bottom: 34 };
const TITLES = { loss: "Loss", accuracy: "Accuracy" };

const finite = values => values.filter(value => value != null);
const GROW_MS = 450; // the axis glides to its next length

function niceStep(span, wanted) {
  const raw = span / wanted,
    power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= raw);
}

function ticks(low, high, wanted) {
  const step = niceStep(high - low || 1, wanted),
    found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step)
    found.push(Number(value.toPrecision(6)));
  return found;
}

function makeChart(parent, quantity) {
  const title = element("h4", "", TITLES[quantity]);
  for (const [kind, words] of [
    ["batch", "train, batches"],
    ["train", "train"],
    ["validation", "validation"],
  ]) {
    title.append(element("span", kind, element("i"), words));
  }
  const picture = svg("svg", { role: "img" });
  const tip = element("div", "tip");
  const place = element("div", "chart", title, picture, tip);
  parent.appendChild(place);
  const parts = { axes: addSvg(picture, "g") };
  for (const kind of ["batches", "train", "validation"]) parts[kind] = addSvg(picture, "path", { class: kind });
  Object.assign(parts, {
    borders: addSvg(picture, "g"),
    rates: addSvg(picture, "g"),
    marks: addSvg(picture, "g"),
    best: addSvg(picture, "g"),
    next: addSvg(picture, "g"),
    cursor: addSvg(picture, "line", { class: "cursor", visibility: "hidden" }),
  });
  const chart = { place, svg: picture, tip, parts, data: null };
  picture.addEventListener("pointermove", event => point(chart, event));
  picture.addEventListener("pointerleave", () => {
    tip.style.visibility = "hidden";
    parts.cursor.setAttribute("visibility", "hidden");
  });
  return chart;
}

function scales(chart) {
  const { data, shown, height } = chart,
    width = Math.max(240, chart.place.clientWidth / rem());
  const values = finite([...data.batches[1], ...data.train, ...data.validation]);
  const top = data.quantity === "accuracy" ? 1 : Math.max(...values, 1e-3) * 1.05;
  const right = width - MARGIN.right,
    bottom = height - MARGIN.bottom;
  return {
    width,
    right,
    bottom,
    top: values.length || data.quantity === "accuracy" ? top : 1,
    x: epoch => MARGIN.left + (epoch / shown) * (right - MARGIN.left),
    y(value) {
      return bottom - (value / this.top) * (bottom - MARGIN.top);
    },
  };
}

function line(xs, ys, scale) {
  let path = "",
    pen = "M";
  ys.forEach((value, i) => {
    if (value == null) {
      pen = "M";
      return;
    }
    path += `${pen}${scale.x(xs[i]).toFixed(1)},${scale.y(value).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

function drawAxes(chart, scale) {
  const { axes } = chart.parts,
    { data } = chart,
    key = [scale.width, chart.height, scale.top.toPrecision(3), chart.shown, data.total].join();
  if (chart.axesKey === key) return;
  chart.axesKey = key;
  axes.replaceChildren();
  for (const value of ticks(0, scale.top, 4)) {
    addSvg(axes, "line", { class: "grid", x1: MARGIN.left, x2: scale.right, y1: scale.y(value), y2: scale.y(value) });
    addSvg(axes, "text", { x: MARGIN.left - 8, y: scale.y(value) + 4, "text-anchor": "end" }, three(value));
  }
  const inWholes = chart.shown > 2;
  for (const value of ticks(0, chart.shown, inWholes ? Math.min(Math.ceil(chart.shown), 8) : 5)) {
    if (inWholes && !Number.isInteger(value)) continue;
    addSvg(axes, "text", { x: scale.x(value), y: scale.bottom + 16, "text-anchor": "middle" }, value);
  }
  if (data.total > chart.shown)
    addSvg(
      axes,
      "text",
      { class: "more", x: scale.right, y: scale.bottom + 31, "text-anchor": "end" },
      `on to ${data.total} →`,
    );
  addSvg(axes, "text", { x: (MARGIN.left + scale.right) / 2, y: scale.bottom + 31, "text-anchor": "middle" }, "epoch");
}

function drawMarks(chart, scale) {
  const { marks, best } = chart.parts,
    { data } = chart,
    small = data.train.length > 60;
  marks.replaceChildren();
  best.replaceChildren();
  const size = small ? 0 : 3.5;
  data.train.forEach(
    (value, i) =>
      value != null &&
      size &&
      addSvg(marks, "circle", { class: "train", cx: scale.x(data.epochs[i]), cy: scale.y(value), r: size }),
  );
  data.validation.forEach((value, i) => {
    if (value == null || !size) return;
    const x = scale.x(data.epochs[i]),
      y = scale.y(value),
      r = size + 1;
    addSvg(marks, "path", { class: "mark", d: `M${x - r},${y}L${x},${y - r}L${x + r},${y}L${x},${y + r}Z` });
  });
  if (!data.best) return;
  const x = scale.x(data.best),
    end = x > scale.right - 80;
  addSvg(best, "line", { class: "best", x1: x, x2: x, y1: MARGIN.top - 8, y2: scale.bottom });
  addSvg(
    best,
    "text",
    { class: "best", x: end ? x - 5 : x + 5, y: MARGIN.top - 6, "text-anchor": end ? "end" : "start" },
    `★ best: epoch ${data.best}`,
  );
}

// Before the first epoch ends: where its validation will stand.
function drawNext(chart, scale) {
  const { next } = chart.parts,
    { data } = chart;
  next.replaceChildren();
  if (!data.live || data.train.length || !data.batches[0].length) return;
  const x = Math.min(scale.x(1), scale.right),
    words = "validation follows with epoch 1",
    y = MARGIN.top + 8;
  if (chart.shown >= 1) addSvg(next, "line", { class: "best", x1: x, x2: x, y1: MARGIN.top - 8, y2: scale.bottom });
  const width = words.length * chart.letter,
    end = x - width - 6 > MARGIN.left;
  addSvg(next, "text", { x: end ? x - 6 : x + 6, y, "text-anchor": end ? "end" : "start" }, words);
}

function draw(chart) {
  if (!chart.data || !chart.shown) return;
  const { data, parts, svg, height } = chart,
    scale = scales(chart);
  svg.setAttribute("viewBox", `0 0 ${scale.width} ${height}`);
  svg.style.height = `${height * rem()}px`;
  drawAxes(chart, scale);
  parts.batches.setAttribute("d", line(data.batches[0], data.batches[1], scale));
  parts.train.setAttribute("d", line(data.epochs, data.train, scale));
  parts.validation.setAttribute("d", line(data.epochs, data.validation, scale));
  chart.letter = (Number.parseFloat(getComputedStyle(svg).fontSize) / rem()) * 0.56;
  drawMarks(chart, scale);
  drawBorders(chart, scale);
  drawRates(chart, scale);
  drawNext(chart, scale);
  const last = data.train.length;
  svg.setAttribute(
    "aria-label",
    last
      ? `${TITLES[data.quantity]} after epoch ${data.epochs[last - 1]}: train ${three(data.train[last - 1])}, ` +
          `validation ${three(data.validation[last - 1])}${borderWords(data.borders)}`
      : `${TITLES[data.quantity]}: no epoch yet`,
  );
}

function nearest(values, wanted) {
  let low = 0,
    high = values.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle;
    else high = middle;
  }
  return Math.abs(values[low] - wanted) <= Math.abs(values[high] - wanted) ? low : high;
}

// "epoch 2, batch 431", of a place in epochs.
function placeOf(x, steps) {
  if (!steps) return `batches at ${x.toFixed(2)}`;
  const step = Math.max(1, Math.round(x * steps)),
    epoch = Math.ceil(step / steps);
  return `epoch ${epoch}, batch ${step - (epoch - 1) * steps}`;
}

function point(chart, event) {
  const { data, svg, tip, parts } = chart;
  if (!data || !data.batches[0].length) return;
  const scale = scales(chart),
    bounds = svg.getBoundingClientRect();
  const epoch =
    ((((event.clientX - bounds.left) / bounds.width) * scale.width - MARGIN.left) / (scale.right - MARGIN.left)) *
    chart.shown;
  const batch = nearest(data.batches[0], epoch),
    whole = nearest(data.epochs, epoch);
  const lines = [`${placeOf(data.batches[0][batch], data.steps)}  ${three(data.batches[1][batch])}`];
  if (data.train.length)
    lines.unshift(
      `epoch ${data.epochs[whole]}`,
      `train       ${three(data.train[whole])}`,
      `validation  ${three(data.validation[whole])}`,
    );
  const x = scale.x(Math.max(0, Math.min(chart.shown, epoch)));
  tip.textContent = lines.join("\n");
  tip.style.visibility = "visible";
  const left = svg.offsetLeft + (x / scale.width) * bounds.width;
  const isFull = left + tip.offsetWidth + 20 > chart.place.clientWidth;
  tip.style.left = `${isFull ? left - tip.offsetWidth - 12 : left + 12}px`;
  tip.style.top = `${svg.offsetTop + 24}px`;
  for (const [key, value] of Object.entries({ x1: x, x2: x, y1: MARGIN.top, y2: scale.bottom, visibility: "visible" }))
    parts.cursor.setAttribute(key, value);
}

// How long the axis is to be: while a run is alive it never gets shorter, once the pace tells what comes soon.
function lengthOf(axis, data) {
  const isSame = axis.run === data.run,
    keeps = isSame && data.live && axis.isPaced && axis.length > data.epochs;
  Object.assign(axis, { run: data.run, isPaced: data.paced || (isSame && axis.isPaced) });
  return keeps ? axis.length : data.epochs;
}

// Lets the axis glide to its length; who wants no motion sees it there at once.
function glide(axis, length, redraw) {
  const from = axis.shown ?? length,
    isStill = matchMedia("(prefers-reduced-motion: reduce)").matches || from === length;
  axis.length = length;
  cancelAnimationFrame(axis.frame);
  if (isStill) {
    axis.shown = length;
    redraw();
    return;
  }
  const began = performance.now();
  const step = now => {
    const share = Math.min(1, Math.max(0, (now - began) / GROW_MS)),
      eased = 1 - (1 - share) ** 3;
    axis.shown = share < 1 ? from + (length - from) * eased : length;
    redraw();
    if (share < 1) axis.frame = requestAnimationFrame(step);
  };
  step(began);
}

const mounted = new WeakMap();

function mount(parent, root) {
  const charts = parent.charts.map(chart => makeChart(parent, chart.quantity)),
    host = root.querySelector(".schedule"),
    button = root.querySelector(".more"),
    axis = {};
  const drawAll = () => {
    for (const chart of charts) {
      chart.shown = axis.shown;
      draw(chart);
    }
    if (!host.hidden && axis.data) drawRateCurve(host, axis.data, axis.shown, axis.lived);
  };
  button.onclick = () => {
    host.hidden = !host.hidden;
    button.setAttribute("aria-expanded", String(!host.hidden));
    drawAll();
  };
  new ResizeObserver(drawAll).observe(parent);
  return { charts, axis, button, drawAll };
}

export default function ({ data, parentElement }) {
  const parent = parentElement.querySelector(".curves");
  // The charts come as one text, which the server makes once for all who watch.
  if (parent.read !== data.charts) Object.assign(parent, { read: data.charts, charts: JSON.parse(data.charts) });
  if (!mounted.has(parent)) mounted.set(parent, mount(parent, parentElement));
  const { charts, axis, button, drawAll } = mounted.get(parent),
    batches = parent.charts[0].batches[0];
  charts.forEach((chart, i) => {
    const best = data.best <= (parent.charts[i].epochs.at(-1) ?? 0) ? data.best : 0,
      { total, steps, live } = data;
    Object.assign(chart, { data: { ...parent.charts[i], best, total, steps, live }, height: data.height });
  });
  button.style.visibility = data.rate[0].length ? "visible" : "hidden"; // its place is held
  Object.assign(axis, { data, lived: Math.max(batches.at(-1) ?? 0, parent.charts[0].epochs.at(-1) ?? 0) });
  const length = lengthOf(axis, data);
  if (axis.length === length) drawAll();
  else glide(axis, length, drawAll);
}
