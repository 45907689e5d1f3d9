// How the lines of the layer list look: titles, the image, a row for each layer, the head, and the whole.
const HEADINGS = [
  ["what", "Layer", "One step of the network"],
  [
    "shape",
    "Output",
    "Height × width × maps after this layer; the box is as wide " +
      "as a map and as high as there are maps (on a log scale)",
  ],
  ["parameters", "Parameters", "Numbers this layer learns"],
  ["cost", "Multiply-adds", "Multiplications, each with its addition, for one picture"],
  ["memory", "Memory", "What it gives for one batch, kept until the way back"],
  ["sees", "Sees", "Receptive field: side of the part of the picture that one value depends on"],
];

function button(className, content, label, onClick) {
  const node = element("button", className);
  node.append(content);
  node.type = "button";
  node.setAttribute("aria-label", label);
  node.title = label;
  node.addEventListener("pointerdown", event => event.stopPropagation());
  node.addEventListener("click", event => {
    event.stopPropagation();
    onClick();
  });
  return node;
}

function cell(className, main, small, title) {
  const node = element("div", `cell ${className}`);
  if (title) node.title = title;
  node.setAttribute("role", "gridcell");
  if (main !== undefined) node.append(element("span", "main", main));
  if (small) node.append(element("span", "small", small));
  return node;
}

function cells(row) {
  const what = cell("what", row.kind, row.words, row.sentence);
  what.querySelector(".main").replaceChildren(...breakable(row.title ?? row.kind));
  if (row.called) what.querySelector(".main").append(element("span", "called", row.called));
  const shape = cell("shape", row.shape, "", row.shapeTitle);
  if (row.box) shape.prepend(mapBox(row.box));
  const picture = cell("picture");
  picture.append(glyph(row.family, row.kind));
  const costs = [
    cell("parameters", row.parameters, row.formula, row.parametersTitle),
    cell("cost", row.cost, "", row.costTitle),
    cell("memory", row.memory, "", row.memoryTitle),
  ];
  costs.forEach((one, i) => {
    shareBar(one, row, SHARES[i][0]);
  });
  return [picture, what, shape, ...costs, cell("sees", row.sees, "", row.seesTitle)];
}

function notes(state, row) {
  const node = element("div", "notes");
  for (const note of row.notes ?? []) {
    const line = element("div", note.blocking ? "note stop" : "note");
    line.append(
      element("b", "", note.blocking ? "Problem: " : "Note: "),
      document.createTextNode(`${note.message} ${note.hint}`),
    );
    node.append(line);
    const fixes = element("div", "fixes");
    fixes.append(
      ...note.fixes.map(fix =>
        button("fix", fix.label, fix.label, () => mend(state, { at: row.id ?? null, ...fix.gesture })),
      ),
    );
    if (note.fixes.length) node.append(fixes);
  }
  node.append(...(row.advice ?? []).map(one => adviceNote(state, row, one)));
  return node;
}

function line(role, ...children) {
  const node = element("div", `row ${role}`);
  node.setAttribute("role", "row");
  node.append(...children);
  return node;
}

function layerRow(state, row) {
  const grip = element("div", "cell grip", sign("grip"));
  grip.title = "Drag to another place; Alt+↑ and Alt+↓ do the same";
  grip.setAttribute("aria-hidden", "true");
  const tools = cell("tools");
  tools.append(
    button("tool edit", sign("pen"), `Edit ${row.kind}`, toForm),
    button("tool more", dots(), `More for ${row.kind}`, () => {}),
    button("tool bin", sign("bin"), `Delete ${row.kind}`, () => {}),
  );
  const node = line(`layer ${row.state}`, grip, ...cells(row), tools);
  if (row.notes?.length || row.advice?.length) node.append(notes(state, row));
  if (row.learning) addLearning(node, row);
  if (row.inner) addInside(state, node, row);
  node.dataset.kind = row.kind;
  node.dataset.id = node.dataset.rail = row.id;
  const { comments, loose } = state.component.data.paths;
  if (row.id in comments) node.querySelector(".what").append(element("span", "small comment", comments[row.id]));
  if (loose.includes(row.id)) withNotes(node).append(joining(state, node));
  node.setAttribute("aria-label", `${row.kind} ${row.words}${row.shape ? `, gives ${row.shape}` : ""}`);
  wire(state, node);
  return node;
}

function wire(state, row) {
  row.addEventListener("keydown", event => onKey(state, row, event));
  row.addEventListener("pointerdown", event => onPress(state, row, event));
  // A finger scrolls the page: only a tap, which ends as a click, selects.
  row.addEventListener("click", event => {
    if (event.pointerType && event.pointerType !== "mouse" && !state.isHeld) tap(state, row);
    state.isHeld = false;
  });
  row.addEventListener("contextmenu", event => state.isHeld && event.preventDefault());
  for (const [name, act] of [
    ["more", (state, at) => openStrip(state, rowsOf(state)[at], "menu")],
    ["bin", remove],
  ]) {
    const tool = row.querySelector(`.${name}`);
    tool.addEventListener("pointerdown", event => event.stopPropagation());
    tool.addEventListener("click", event => {
      event.stopPropagation();
      act(state, placeOf(state, row));
    });
  }
}

function header() {
  const node = line("titles", element("div", "cell"), element("div", "cell"));
  for (const [name, text, title] of HEADINGS) {
    const one = element("div", `cell ${name}`, text);
    if (title) one.title = title;
    one.setAttribute("role", "columnheader");
    node.append(one);
  }
  node.append(element("div", "cell"));
  return node;
}

function fixedRow(state, name, row) {
  const place = element("div", "cell grip");
  if (name === "head") place.append(sign("lock"));
  if (name === "head") place.title = "The last layer follows from the dataset: one unit for each class";
  const node = line(`fixed ${name} ${row.state ?? ""}`, place, ...cells(row), element("div", "cell tools"));
  node.dataset.rail = { input: "image", head: "head" }[name] ?? "";
  if (row.notes?.length || row.advice?.length) node.append(notes(state, row));
  return node;
}

function addButton(state) {
  const adding = state.component.data.adding;
  const node = button("add", adding ? "Choose a layer from the catalogue" : "Add a layer", "Add a layer", () =>
    send(state, { action: "open" }),
  );
  node.prepend(element("span", "plus", "+"));
  node.disabled = adding;
  return node;
}
