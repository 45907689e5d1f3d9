// A row for each class: its name to be changed, its mean image, its pictures by split, its sizes and its values.
const BAR = [60, 22]; // px of a histogram
const SPLIT_NAMES = ["train", "validation", "test"];

function histogram(shares) {
  const top = Math.max(...shares.flat(), 1e-9),
    hues = shares.length === 1 ? ["currentColor"] : [TOKENS["red-600"], TOKENS["green-600"], TOKENS.blue];
  const icon = svg("svg", { viewBox: `0 0 ${BAR[0]} ${BAR[1]}`, class: "values", "aria-hidden": "true" });
  shares.forEach((channel, i) => {
    const points = channel.map((share, x) => `${(x * BAR[0]) / (channel.length - 1)},${BAR[1] * (1 - share / top)}`);
    icon.append(svg("polyline", { points: points.join(" "), fill: "none", stroke: hues[i] }));
  });
  return icon;
}

function bar(counts, most) {
  const line = element("div", "bar");
  counts.forEach((count, i) => {
    const part = element("span", SPLIT_NAMES[i]);
    part.style.width = `${(100 * count) / Math.max(1, most)}%`;
    line.append(part);
  });
  return line;
}

function nameField(row, longest, send) {
  const field = Object.assign(element("input", "name"), { defaultValue: row.name, maxLength: longest });
  field.title = row.name;
  field.setAttribute("aria-label", `Name of the class ${row.name}`);
  field.onchange = () => {
    if (field.value.trim() && field.value.trim() !== row.name)
      send({ action: "rename", labels: [row.label], name: field.value });
    else field.value = row.name;
  };
  field.onkeydown = event => {
    if (event.key === "Escape") field.value = row.name;
    if (event.key === "Enter" || event.key === "Escape") field.blur();
  };
  return field;
}

function classRow(row, data, chosen, refresh, send) {
  const box = Object.assign(element("input"), { type: "checkbox", checked: chosen.has(row.label) });
  box.setAttribute("aria-label", `Choose the class ${row.name}`);
  box.onchange = () => {
    if (box.checked) chosen.add(row.label);
    else chosen.delete(row.label);
    refresh();
  };
  const dot = element("i", "dot"),
    total = row.counts.reduce((a, b) => a + b, 0),
    told = row.counts
      .map((n, i) => [n, SPLIT_NAMES[i]])
      .filter(([n]) => n)
      .map(([n, split]) => `${grouped(n)} ${split}`);
  dot.style.background = classColour(row.label);
  const mean = element("div", "mean");
  if (row.mean) {
    const image = Object.assign(element("img"), { src: row.mean, alt: `mean of ${row.name}` });
    image.style.width = `${row.side}px`;
    mean.append(image);
  }
  const remove = pressed("Remove", () => send({ action: "remove", labels: [row.label] }));
  remove.title = "Takes the class away with its pictures. The files stay, and the step can be taken out.";
  const numbers = element(
    "div",
    "numbers",
    element("span", "count", counted(total, "picture")),
    bar(row.counts, data.most),
  );
  numbers.append(element("small", "", told.join(" · ")), element("small", "", row.sizes));
  return element(
    "li",
    "",
    box,
    dot,
    nameField(row, data.longest, send),
    mean,
    histogram(row.histogram),
    numbers,
    remove,
  );
}

function pressed(words, act) {
  const button = element("button", "", words);
  button.type = "button";
  button.onclick = act;
  return button;
}

function lineOf(label, words, act) {
  const field = Object.assign(element("input", "new"), { placeholder: label });
  field.setAttribute("aria-label", label);
  const go = pressed(words, () => {
    act(field.value);
    field.value = "";
  });
  field.onkeydown = event => event.key === "Enter" && !go.disabled && go.click();
  return Object.assign(element("span", "line", field, go), { field, go });
}

// An answer to what was sent before sweeps away nothing that is half typed: the newest is drawn once that is finished.
function drawOnceTyped(root, gestures, drawing) {
  root.drawing = drawing;
  gestures.draw(() => {
    const field = root.querySelector("input:focus"),
      isHalfTyped = field?.type === "text" && field.value !== field.defaultValue;
    if (isHalfTyped) field.addEventListener("blur", () => drawOnceTyped(root, gestures, root.drawing), { once: true });
    else root.drawing();
  });
}

// A name that was refused gives way to the one that the class has.
function standAsTheyAre(root) {
  for (const field of root.querySelectorAll("input.name:not(:focus)")) field.value = field.defaultValue;
}

export default function (component) {
  const { data, parentElement } = component,
    root = parentElement.querySelector(".classes"),
    gestures = Gestures.of(component).hear(component);
  const send = gesture => gestures.send({ dataset: data.dataset, classes: data.classes, ...gesture });
  drawOnceTyped(root, gestures, () => {
    const shown = JSON.stringify([data.classes, data.rows]);
    if (root.dataset.shown === shown) return standAsTheyAre(root);
    root.dataset.shown = shown;
    const chosen = new Set();
    const merge = lineOf("name of the merged class", "Merge", name =>
        send({ action: "merge", labels: [...chosen], name }),
      ),
      add = lineOf("name of a new class", "Add a class", name => name.trim() && send({ action: "add", name }));
    const told = element("span", "told");
    const refresh = () => {
      told.textContent = chosen.size > 1 ? `${chosen.size} classes chosen` : "Choose two or more to merge them";
      merge.go.disabled = merge.field.disabled = chosen.size < 2;
    };
    const rows = data.rows.map(row => classRow(row, data, chosen, refresh, send));
    refresh();
    root.replaceChildren(element("div", "bars", told, merge, element("span", "room"), add), element("ul", "", ...rows));
  });
}
