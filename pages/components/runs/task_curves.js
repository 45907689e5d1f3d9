// A line per task and a row of pixels per class, on one axis of epochs.
const HIGH = 150, // px of the lines, and of a row of pixels
  ROW = 14,
  DASHES = ["", "7 4", "2 4", "10 3 2 3", "1 3"];

// Where things stand: a column of whole px for each epoch, beside the names.
function laidOut(host, data) {
  const gutter = Math.round(
    Math.min(8.5, 2.2 + 0.5 * Math.max(...data.rows.map(row => row.name.length), 6)) * 16 * rem(),
  );
  const room = Math.max(120, host.clientWidth - gutter - 8);
  const step = room / data.total;
  return { gutter, room, step: step >= 1 ? Math.min(64, Math.floor(step)) : step };
}

function lines(data, { gutter, step }) {
  const r = rem(),
    high = HIGH * r,
    top = 20 * r,
    wide = gutter + step * data.total + 8,
    low = top + high;
  const up = value => low - value * high,
    across = epoch => gutter + (epoch - 0.5) * step;
  const node = svg("svg", {
    class: "lines",
    width: wide,
    height: low + 8 * r,
    role: "img",
    "aria-label": spoken(data),
  });
  for (const value of [0, 0.5, 1]) {
    addSvg(node, "line", { class: "grid", x1: gutter, x2: wide - 8, y1: up(value), y2: up(value) });
    addSvg(node, "text", { x: gutter - 6, y: up(value) + 4 * r, "text-anchor": "end" }, value.toFixed(1));
  }
  for (const [epoch, what] of data.borders) {
    const x = gutter + epoch * step;
    addSvg(node, "line", { class: "border", x1: x, x2: x, y1: top - 14 * r, y2: low });
    const late = epoch > data.total / 2;
    addSvg(
      node,
      "text",
      { x: x + (late ? -5 : 5), y: top - 6 * r, "text-anchor": late ? "end" : "start" },
      `${what} →`,
    );
  }
  data.tasks.forEach((task, place) => {
    const points = task.values.flatMap((value, i) =>
      value === null ? [] : [`${across(data.epochs[i])},${up(value)}`],
    );
    const look = { class: `task task-${place % 2}`, "stroke-dasharray": DASHES[place % DASHES.length] };
    addSvg(node, "polyline", { ...look, points: points.join(" ") });
    if (points.length === 1)
      addSvg(node, "circle", {
        class: `dot task-${place % 2}`,
        cx: across(data.epochs[0]),
        cy: up(task.values[0]),
        r: 3,
      });
  });
  return node;
}

function key(data) {
  const names = data.tasks.map((task, place) => {
    const mark = svg(
      "svg",
      { width: 28, height: 8 },
      svg("line", {
        class: `task task-${place % 2}`,
        x1: 0,
        x2: 28,
        y1: 4,
        y2: 4,
        "stroke-dasharray": DASHES[place % DASHES.length],
      }),
    );
    return element("span", "", mark, ` ${task.name}`);
  });
  const ramp = element("span", "ramp");
  return element("div", "key", ...names, element("span", "scale", "right for 0", ramp, "1 of the images"));
}

// A pixel for each class and epoch, as large as the room allows.
function pixels(host, data, { gutter, step }) {
  const canvas = element("canvas");
  canvas.width = data.total;
  canvas.height = data.rows.length;
  const pen = canvas.getContext("2d"),
    image = pen.createImageData(canvas.width, canvas.height);
  const [r, g, b] = rgbOf(TOKENS["teal-600"]);
  data.rows.forEach((row, y) =>
    row.values.forEach((value, i) => {
      if (value === null) return;
      image.data.set([r, g, b, Math.round(255 * value)], 4 * (y * canvas.width + data.epochs[i] - 1));
    }),
  );
  pen.putImageData(image, 0, 0);
  const high = Math.round(ROW * rem());
  canvas.style.width = `${step * data.total}px`;
  canvas.style.height = `${high * data.rows.length}px`;
  const names = data.rows.map((row, place) => {
    const begins = place && data.rows[place - 1].task !== row.task;
    return element("span", begins ? "begins" : "", row.name);
  });
  const beside = element("div", "names", ...names);
  beside.style.width = `${gutter}px`;
  for (const name of names) name.style.height = `${high}px`;
  canvas.onpointermove = event => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * data.total),
      row = data.rows[Math.floor(((event.clientY - box.top) / box.height) * data.rows.length)];
    tell(host, row, column + 1);
  };
  canvas.onpointerleave = () => tell(host, null, 0);
  return element("div", "map", beside, canvas);
}

function tell(host, row, epoch) {
  const at = host.data.epochs.indexOf(epoch),
    value = row?.values[at];
  const words =
    row && value != null
      ? `${row.name}, ${host.data.tasks[row.task].name}: right for ${percentText(value)} after epoch ${epoch}`
      : "\u00a0";
  host.said.textContent = words;
}

// The same numbers, for who does not see the picture.
function table(data) {
  const head = element("tr", "", element("th", "", "epoch"), ...data.tasks.map(task => element("th", "", task.name)));
  const rows = data.epochs.map((epoch, i) =>
    element(
      "tr",
      "",
      element("th", "", `${epoch}`),
      ...data.tasks.map(task => element("td", "", task.values[i]?.toFixed(3) ?? "–")),
    ),
  );
  return element(
    "details",
    "numbers",
    element("summary", "", "Numbers"),
    element("table", "", element("thead", "", head), element("tbody", "", ...rows)),
  );
}

const spoken = data => data.said.join(" ") || "Accuracy of each task through the epochs";

function draw(host) {
  const isOpen = host.querySelector("details")?.open ?? false,
    layout = laidOut(host, host.data);
  host.said = element("p", "said", "\u00a0");
  const numbers = table(host.data);
  numbers.open = isOpen;
  host.replaceChildren(key(host.data), lines(host.data, layout), pixels(host, host.data, layout), host.said, numbers);
}

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".tasks"),
    told = JSON.stringify(data);
  host.data = data;
  if (host.told !== told) draw(host);
  host.told = told;
  if (!host.watch) {
    let width = host.clientWidth;
    host.watch = new ResizeObserver(() => {
      if (host.clientWidth === width) return;
      width = host.clientWidth;
      draw(host);
    });
    host.watch.observe(host);
  }
}
