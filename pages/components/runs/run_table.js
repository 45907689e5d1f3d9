// All runs as a table: sorted, filtered and chosen in the browser; what changes a run is asked of the server, one
// gesture at a time.
const COLUMNS = [
  ["name", "Run", 1, row => row.name.toLowerCase()],
  ["dataset", "Data", 1, row => row.dataset],
  ["network", "Network", 1, row => row.network],
  ["accuracy", "Accuracy", -1, row => row.accuracy],
  ["parameters", "Parameters", 1, row => row.parameters || null],
  ["seconds", "Time", 1, row => row.seconds || null],
  ["state", "State", 1, row => `${row.state} ${String(row.position).padStart(4, "0")}`],
  ["created", "Newest", -1, row => row.created],
];
const ACTIONS = [
  [
    "open",
    "Open",
    "Look at it live: curves, pictures, next steps",
    chosen => chosen.length === 1 && !chosen[0].trouble,
  ],
  ["rename", "Rename", "Give it a name and a note", chosen => chosen.length === 1],
  ["clone", "Edit a copy", "Take its experiment into the editor", chosen => chosen.length === 1 && !chosen[0].trouble],
  ["resume", "Resume", "Go on from its last saved epoch", chosen => chosen.some(row => row.canResume)],
  ["stop", "Stop", "End after the step in progress and keep the network", chosen => chosen.some(row => row.live)],
  ["delete", "Delete", "Into the fold of deleted runs below; it can be had back", chosen => chosen.length > 0],
];
const FILTERS = [
  ["state", "All states"],
  ["dataset", "All data"],
  ["family", "All families"],
];
const states = new WeakMap();

// ---- choosing, sorting, filtering ----------------------------------------------------------------------------------

const rowsOf = () => ROWS.rows;
const chosenRows = state => rowsOf().filter(row => state.chosen.includes(row.id));

function choose(state, ids) {
  state.chosen = ids;
  state.asking = null;
  draw(state);
  state.gestures.send({ action: "choose", ids });
}

function toggle(state, id, event) {
  const on = !state.chosen.includes(id),
    shown = visible(state).map(row => row.id);
  const from = event?.shiftKey && state.last ? shown.indexOf(state.last) : -1,
    to = shown.indexOf(id);
  const range = from < 0 ? [id] : shown.slice(Math.min(from, to), Math.max(from, to) + 1);
  state.last = id;
  choose(
    state,
    on
      ? [...state.chosen, ...range.filter(one => !state.chosen.includes(one))]
      : state.chosen.filter(one => !range.includes(one)),
  );
}

function matches(state, row) {
  const words = state.filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [row.name, row.varied, row.note, row.dataset, row.network, row.family, row.state]
    .join(" ")
    .toLowerCase();
  return (
    words.every(word => text.includes(word)) &&
    FILTERS.every(([field]) => !state.filter[field] || row[field] === state.filter[field])
  );
}

function visible(state) {
  const [, , , value] = COLUMNS.find(([name]) => name === state.sort.by);
  const order = (one, other) => {
    const a = value(one),
      b = value(other);
    if (a == null || b == null) return (a == null) - (b == null); // what is unknown stands last, whichever way is up
    return (
      (typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b) * state.sort.way ||
      other.created - one.created
    );
  };
  return rowsOf()
    .filter(row => matches(state, row))
    .sort(order);
}

function sortBy(state, name, way) {
  const first = COLUMNS.find(column => column[0] === name)[2];
  state.sort = { by: name, way: way ?? (state.sort.by === name ? -state.sort.way : first) };
  draw(state);
}

// ---- acting --------------------------------------------------------------------------------------------------------

function act(state, action) {
  const chosen = chosenRows(state),
    ids = chosen.map(row => row.id),
    live = chosen.filter(row => row.live).length;
  if (action === "rename") {
    state.editing = ids[0];
    draw(state);
    edit(state, ids[0]);
    return;
  }
  if (action === "delete" && live) {
    state.asking = live;
    draw(state);
    state.root.querySelector(".sure")?.focus();
    return;
  }
  state.gestures.send({ action, ids });
}

function edit(state, id) {
  const row = rowsOf().find(one => one.id === id),
    node = state.nodes.get(id);
  const form = element("form", "edit"),
    cell = node.querySelector(".name");
  const field = (label, value, most) => {
    const input = element("input");
    Object.assign(input, { value, maxLength: most, placeholder: label });
    input.setAttribute("aria-label", label);
    form.append(input);
    return input;
  };
  const name = field("Name", row.name, 80),
    note = field("Note", row.note, 2000),
    save = element("button", "small primary", "Save"),
    leave = element("button", "small", "Cancel");
  const close = () => {
    state.editing = null;
    node.drawn = null;
    draw(state);
    state.nodes.get(id)?.querySelector(".title").focus();
  };
  leave.type = "button";
  leave.addEventListener("click", close);
  form.append(save, leave);
  form.addEventListener("keydown", event => {
    event.stopPropagation();
    if (event.key === "Escape") close();
  });
  form.addEventListener("click", event => event.stopPropagation());
  form.addEventListener("submit", event => {
    event.preventDefault();
    state.gestures.send({ action: "annotate", ids: [id], name: name.value, note: note.value });
    Object.assign(row, { name: name.value.trim() || row.name, note: note.value.trim() });
    close();
  });
  cell.replaceChildren(form);
  name.focus();
  name.select();
}

// ---- one row -------------------------------------------------------------------------------------------------------

function sparkline(row) {
  const picture = svg("svg", {
    class: "spark",
    viewBox: "0 0 84 26",
    width: 84,
    height: 26,
    "aria-hidden": "true",
  });
  const last = row.curve.length - 1;
  addSvg(picture, "line", { class: "floor", x1: 0, x2: 84, y1: 25.5, y2: 25.5 });
  if (last < 0) return picture;
  const x = i => (last ? 2 + (80 * i) / last : 42),
    y = value => 24 - 22 * value;
  let path = "",
    pen = "M";
  row.curve.forEach((value, i) => {
    if (value == null) {
      pen = "M";
      return;
    }
    path += `${pen}${x(i).toFixed(1)},${y(value).toFixed(1)}`;
    pen = "L";
  });
  addSvg(picture, "path", { d: path });
  if (row.curve[last] != null) addSvg(picture, "circle", { cx: x(last), cy: y(row.curve[last]), r: 2 });
  return picture;
}

function cell(className, ...content) {
  const node = element("td", className);
  node.setAttribute("role", "cell");
  node.append(...content);
  return node;
}

// "28 Nov 21:47" as on all pages (`when.py`), with its year where that is not this one.
function dateOf(made) {
  const month = made.toLocaleString("en", { month: "short" }),
    year = made.getFullYear() === new Date().getFullYear() ? "" : ` ${made.getFullYear()}`,
    time = made.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return `${made.getDate()} ${month}${year} ${time}`;
}

// What a run is called in its row. A sweep's runs share all but a value, which then stands alone; its family, below,
// says the rest. A name that people gave stays, with the value behind it.
function titlesOf(row) {
  const ending = ` · ${row.varied}`,
    isOfSweep = row.varied && row.name.endsWith(ending) && row.family.startsWith(row.name.slice(0, -ending.length));
  return isOfSweep ? [row.varied, ""] : [row.name, row.varied];
}

function nameCell(state, row) {
  const [name, varied] = titlesOf(row),
    title = element("button", "title", name),
    node = cell("name", title);
  title.type = "button";
  title.title = row.trouble || `Open ${row.name}`;
  title.setAttribute("aria-label", row.name);
  title.disabled = Boolean(row.trouble);
  title.addEventListener("click", event => {
    event.stopPropagation();
    state.gestures.send({ action: "open", ids: [row.id] });
  });
  const made = new Date(1000 * row.created);
  if (varied) node.append(element("span", "varied", varied));
  if (row.family) node.append(element("span", "family", row.family));
  node.append(element("time", "when", row.created ? dateOf(made) : ""));
  if (row.note) node.append(element("span", "note", row.note));
  node.append(element("span", "sub", row.trouble || [row.dataset, row.network].filter(Boolean).join(" · ")));
  return node;
}

function accuracyCell(row) {
  if (row.accuracy == null) {
    const none = cell("accuracy", row.accuracyText);
    none.title = "No epoch yet";
    return none;
  }
  const told = element("span", "best", "best ", element("span", "value", row.accuracyText)),
    node = cell("accuracy", told, element("span", "sub", `epoch ${row.best}`));
  const last = row.last && row.epoch !== row.best ? `; ${row.last} after the last, epoch ${row.epoch}` : "";
  node.title = `Best validation accuracy ${row.accuracy}, after epoch ${row.best}${last}`;
  return node;
}

function stateCell(row) {
  const words =
    row.state === "queued" && row.position
      ? `queued, ${row.position === 1 ? "next" : `place ${row.position}`}`
      : row.state;
  const node = cell("state", element("span", "word", words));
  node.dataset.state = row.state.replace(/ /g, "-");
  if (row.epochs) node.append(element("span", "sub", `${row.epoch}/${counted(row.epochs, "epoch")}`));
  if (row.reason) node.title = row.reason;
  return node;
}

function fill(state, node, row) {
  const box = element("input");
  box.type = "checkbox";
  box.setAttribute("aria-label", `Choose ${row.name}`);
  box.addEventListener("click", event => {
    event.stopPropagation();
    toggle(state, row.id, event);
  });
  const network = cell("network", row.network);
  network.title = row.network;
  const parameters = cell("parameters", row.parametersText);
  parameters.title = row.parameters ? counted(row.parameters, "parameter") : "";
  node.replaceChildren(
    cell("box", box),
    nameCell(state, row),
    cell("dataset", row.dataset),
    network,
    cell("spark", sparkline(row)),
    accuracyCell(row),
    parameters,
    cell("seconds", row.secondsText),
    stateCell(row),
  );
  node.setAttribute("aria-label", row.name);
}

function rowNode(state, row) {
  let node = state.nodes.get(row.id);
  if (!node) {
    node = element("tr", "run");
    node.setAttribute("role", "row");
    node.addEventListener("click", event => {
      if (!event.target.closest("button, input, form")) toggle(state, row.id, event);
    });
    node.addEventListener("pointerenter", () => ROWS.point(row.id));
    node.addEventListener("pointerleave", () => ROWS.point(null));
    node.addEventListener("focusin", () => ROWS.point(row.id));
    node.addEventListener("focusout", () => ROWS.point(null));
    state.nodes.set(row.id, node);
  }
  const look = JSON.stringify(row);
  if (node.drawn !== look && state.editing !== row.id) {
    const held = node.contains(state.root.activeElement) ? state.root.activeElement.className || "box" : null;
    fill(state, node, row);
    node.drawn = look;
    if (held) node.querySelector(held === "title" ? ".title" : "input")?.focus();
  }
  const place = state.chosen.indexOf(row.id);
  const box = node.querySelector(".box input");
  if (box) box.checked = place >= 0;
  node.classList.toggle("chosen", place >= 0);
  // The dash of its curve, beside the box; what is compared while nothing is chosen says the server.
  const compared = state.chosen.length ? state.chosen : state.component.data.compared,
    dash = compared.indexOf(row.id);
  node.querySelector(".box .dash")?.remove();
  const count = Math.min(compared.length, DASHES.length);
  if (dash >= 0 && dash < count) node.querySelector(".box")?.append(dashSample(dash, count));
  return node;
}

// ---- the whole -----------------------------------------------------------------------------------------------------

function toolButton(label, title, onClick, className = "") {
  const button = element("button", `tool ${className}`, label);
  button.type = "button";
  button.title = title;
  button.addEventListener("click", onClick);
  return button;
}

function drawTools(state) {
  const tools = state.root.querySelector(".tools"),
    chosen = chosenRows(state),
    { notice } = state.component.data;
  const look = JSON.stringify([
    state.chosen,
    chosen.map(row => [row.live, row.canResume, row.trouble]),
    state.asking,
    notice,
  ]);
  if (tools.drawn === look) return;
  tools.drawn = look;
  const words = element("span", "count", chosen.length ? `${chosen.length} chosen` : "Choose runs to compare them.");
  words.setAttribute("role", "status");
  if (state.asking) {
    words.textContent =
      state.asking === 1 ? "One of these is being trained." : `${state.asking} of these are being trained.`;
    tools.replaceChildren(
      words,
      toolButton(
        "Stop and delete",
        "Ends the training; the run can be had back",
        () => {
          state.asking = null;
          state.gestures.send({ action: "delete", ids: state.chosen, sure: true });
          draw(state);
        },
        "sure",
      ),
      toolButton("Keep", "Changes nothing", () => {
        state.asking = null;
        draw(state);
      }),
    );
    return;
  }
  const possible = ACTIONS.filter(([, , , may]) => may(chosen));
  tools.replaceChildren(
    words,
    ...possible.map(([action, label, title]) => toolButton(label, title, () => act(state, action), action)),
  );
  if (!chosen.length && notice) {
    words.textContent = notice.text;
    if (notice.undo)
      tools.append(
        toolButton(
          "Undo",
          "Brings them back",
          () => state.gestures.send({ action: "restore", ids: notice.undo }),
          "undo",
        ),
      );
  }
  if (chosen.length) tools.append(toolButton("✕", "Choose none", () => choose(state, []), "none"));
}

function draw(state) {
  if (ROWS.base === null) return; // they are on their way
  const shown = visible(state),
    { root } = state,
    body = root.querySelector("tbody");
  drawMenus(state);
  drawTools(state);
  const nodes = shown.map(row => rowNode(state, row));
  const known = new Set(rowsOf().map(row => row.id));
  for (const id of state.nodes.keys()) if (!known.has(id)) state.nodes.delete(id);
  if (nodes.length !== body.children.length || nodes.some((node, i) => body.children[i] !== node)) {
    const held = root.activeElement;
    body.replaceChildren(...nodes);
    if (held && body.contains(held)) held.focus({ preventScroll: true });
  }
  for (const heading of root.querySelectorAll("th[data-column]")) {
    const way = heading.dataset.column === state.sort.by ? (state.sort.way > 0 ? "ascending" : "descending") : "none";
    heading.setAttribute("aria-sort", way);
  }
  const all = root.querySelector(".all"),
    count = shown.filter(row => state.chosen.includes(row.id)).length;
  all.checked = count > 0 && count === shown.length;
  all.indeterminate = count > 0 && count < shown.length;
  root.querySelector(".nothing").hidden = shown.length > 0;
  root.querySelector(".total").textContent =
    shown.length === known.size ? counted(known.size, "run") : `${shown.length} of ${counted(known.size, "run")}`;
}

export default function (component) {
  const root = component.parentElement,
    gestures = Gestures.of(component);
  if (!states.has(root)) {
    const fresh = {
      root,
      component,
      gestures,
      nodes: new Map(),
      chosen: component.data.chosen,
      editing: null,
      asking: null,
      last: null,
    };
    states.set(
      root,
      Object.assign(fresh, {
        sort: { by: "created", way: -1 },
        filter: { text: "", state: "", dataset: "", family: "" },
      }),
    );
    build(fresh);
    draw(fresh);
    ROWS.listen(root, () => fresh.gestures.release(() => draw(fresh)));
    ROWS.follow(root, id => {
      for (const [run, node] of fresh.nodes) node.classList.toggle("pointed", run === id);
    });
  }
  const state = states.get(root);
  state.component = component;
  gestures.hear(component);
  // What the browser chose and the server has not answered yet stands.
  if (!gestures.waits) state.chosen = component.data.chosen;
  gestures.release(() => draw(state));
}
