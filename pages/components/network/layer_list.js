// The stack of layers: rows to drag, to move by keyboard, to select, duplicate, delete and mend.
// A row is named by its layer's id, a copy by the gesture that made it until the server has answered: what was pressed
// late never hits another row.
const SLACK = 5; // px that a press may wander before it is a drag
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
const states = new WeakMap();

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

// ---- sending -------------------------------------------------------------------------------------------------------

function send(state, gesture) {
  state.root.querySelector(".list").classList.add("pending");
  return state.gestures.send(gesture);
}

// ---- gestures ------------------------------------------------------------------------------------------------------

const rowsOf = state => [...state.root.querySelectorAll(".layer")];
const say = (state, words) => {
  state.root.querySelector(".said").textContent = words;
};

function move(state, from, to) {
  const rows = rowsOf(state);
  if (to < 0 || to >= rows.length || to === from) return;
  // The row goes there at once; the numbers follow with the server's answer.
  rows[to][to > from ? "after" : "before"](rows[from]);
  number(state);
  focusRow(state, to);
  say(state, `${rows[from].dataset.kind} moved to place ${to + 1} of ${rows.length}`);
  send(state, { action: "move", at: rows[from].dataset.id, to });
}

function remove(state, at) {
  const row = rowsOf(state)[at],
    ids = meant(state, row);
  takeAway(state, ids);
  say(state, ids.length > 1 ? `${counted(ids.length, "layer")} removed` : `${row.dataset.kind} removed`);
  send(state, { action: "delete", ids });
}

function duplicate(state, at) {
  const row = rowsOf(state)[at],
    ids = meant(state, row);
  if (ids.length > 1) {
    send(state, { action: "duplicate", ids });
    say(state, `${counted(ids.length, "layer")} duplicated`);
    return;
  }
  const copy = row.cloneNode(true);
  wire(state, copy);
  row.after(copy);
  number(state);
  focusRow(state, at + 1);
  say(state, `${row.dataset.kind} duplicated`);
  copy.dataset.id = send(state, { action: "duplicate", ids });
}

function select(state, at) {
  const rows = rowsOf(state);
  unmark(state);
  rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === at)));
  focusRow(state, at);
  if (state.component.data.selected !== at || state.gestures.waits || state.component.data.adding)
    send(state, { action: "select", at: rows[at].dataset.id });
}

// A fix is for the stack as it is drawn: a second press of a double click finds it mended already.
function mend(state, gesture) {
  if (!state.gestures.waits) send(state, gesture);
}

function focusRow(state, at) {
  const rows = rowsOf(state);
  rows.forEach((row, i) => {
    row.tabIndex = i === at ? 0 : -1;
  });
  state.focus = at;
  rows[at]?.focus({ preventScroll: false });
}

function number(state) {
  rowsOf(state).forEach((row, i) => row.setAttribute("aria-rowindex", i + 3));
}

const placeOf = (state, row) => rowsOf(state).indexOf(row);

function onKey(state, row, event) {
  if (event.target !== row) return;
  const at = placeOf(state, row),
    last = rowsOf(state).length - 1;
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const key = event.key.toLowerCase(),
    withControl = { d: () => duplicate(state, at), c: () => copyRows(state, row), x: () => cutRows(state, row) },
    alone = { g: () => groupRows(state, row), t: () => takeApart(state, row) };
  Object.assign(alone, {
    b: () => branchFrom(state, row),
    j: () => openStrip(state, row, "join"),
    escape: () => unmark(state),
  });
  withControl.v = () => pasteBehind(state, row);
  const isControl = event.ctrlKey || event.metaKey,
    act = event.altKey || event.shiftKey ? null : isControl ? withControl[key] : alone[key],
    next = Math.min(last, Math.max(0, at + step));
  let done = true;
  if (step && !event.shiftKey) unmark(state);
  if (step && event.altKey) move(state, at, at + step);
  else if (step && event.shiftKey) markTo(state, at, next);
  else if (step) focusRow(state, next);
  else if (event.key === "Home") focusRow(state, 0);
  else if (event.key === "End") focusRow(state, last);
  else if (event.key === "ArrowRight" || event.key === "ArrowLeft")
    done = unfold(state, row, event.key === "ArrowRight");
  else if (event.key === "Delete" || event.key === "Backspace") remove(state, at);
  else if (event.key === "Enter" || event.key === " ") select(state, at);
  else if (act) act();
  else done = false;
  if (done) {
    event.preventDefault();
    event.stopPropagation();
  }
}

// ---- dragging ------------------------------------------------------------------------------------------------------

function onPress(state, row, press) {
  const byTouch = press.pointerType !== "mouse";
  if (press.button !== 0 || (byTouch && !press.target.closest(".grip"))) return;
  const rows = rowsOf(state),
    from = rows.indexOf(row),
    list = row.parentElement;
  if (press.shiftKey) {
    press.preventDefault();
    markTo(state, state.focus ?? state.component.data.selected ?? 0, from);
    return;
  }
  const top = () => list.getBoundingClientRect().top;
  const places = rows.map(one => ({ top: one.offsetTop, height: one.offsetHeight }));
  const start = press.clientY - top();
  let to = from;

  const follow = event => {
    const shift = event.clientY - top() - start;
    if (!state.isDragged && Math.abs(shift) < SLACK) return;
    if (!state.isDragged) {
      state.isDragged = true;
      unmark(state);
      row.setPointerCapture(press.pointerId);
      list.classList.add("sorting");
      row.classList.add("dragged");
    }
    event.preventDefault();
    const middle = places[from].top + places[from].height / 2 + shift;
    to = places.filter((place, i) => i !== from && place.top + place.height / 2 < middle).length;
    rows.forEach((one, i) => {
      const makesRoom =
        i === from ? shift : i > from && i <= to ? -places[from].height : i < from && i >= to ? places[from].height : 0;
      one.style.transform = makesRoom ? `translateY(${makesRoom}px)` : "";
    });
  };
  const end = keep => {
    window.removeEventListener("pointermove", follow);
    window.removeEventListener("pointerup", drop);
    window.removeEventListener("pointercancel", cancel);
    window.removeEventListener("keydown", giveUp, true);
    if (!state.isDragged) return;
    state.isDragged = false;
    list.classList.remove("sorting");
    row.classList.remove("dragged");
    rows.forEach(one => {
      one.style.transform = "";
    });
    if (keep && to !== from) move(state, from, to);
    else state.gestures.draw(() => draw(state));
  };
  const drop = () => {
    const dragged = state.isDragged;
    end(true);
    if (!dragged && !byTouch) select(state, placeOf(state, row));
  };
  const cancel = () => end(false);
  const giveUp = event => {
    if (event.key === "Escape") {
      event.stopPropagation();
      end(false);
    }
  };
  window.addEventListener("pointermove", follow);
  window.addEventListener("pointerup", drop);
  window.addEventListener("pointercancel", cancel);
  window.addEventListener("keydown", giveUp, true);
}

// ---- drawing -------------------------------------------------------------------------------------------------------

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
  what.querySelector(".main").replaceChildren(...breakable(row.kind));
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

function layerRow(state, row, at) {
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
  if (row.inner) addInside(state, node, row);
  node.dataset.kind = row.kind;
  node.dataset.id = node.dataset.rail = row.id;
  const { comments, loose } = state.component.data.paths;
  if (row.id in comments) node.querySelector(".what").append(element("span", "small comment", comments[row.id]));
  if (loose.includes(row.id)) withNotes(node).append(joining(state, node));
  node.classList.toggle("marked", state.marked.has(row.id));
  strip(state, node);
  node.setAttribute("aria-label", `${row.kind} ${row.words}${row.shape ? `, gives ${row.shape}` : ""}`);
  node.setAttribute("aria-selected", String(state.component.data.selected === at));
  node.tabIndex = (state.focus ?? state.component.data.selected ?? 0) === at ? 0 : -1;
  wire(state, node);
  return node;
}

function wire(state, row) {
  row.addEventListener("keydown", event => onKey(state, row, event));
  row.addEventListener("pointerdown", event => onPress(state, row, event));
  // A finger scrolls the page: only a tap, which ends as a click, selects.
  row.addEventListener("click", event => {
    if (event.pointerType && event.pointerType !== "mouse") select(state, placeOf(state, row));
  });
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

function draw(state) {
  const { data } = state.component;
  const held = state.root.activeElement;
  const hadFocus = held !== null && held.closest(".list") !== null;
  const control = controlsOf(state).indexOf(held);
  const list = state.root.querySelector(".list");
  // What was opened on a copy stays open once the copy has the name that the server gave it.
  if (state.open) state.open.id = data.copies[state.open.id] ?? state.open.id;
  const rows = data.rows.map((row, at) => layerRow(state, row, at));
  const here = element("div", "here", "The new layer goes here");
  const middle = data.insertAt === null ? rows : [...rows.slice(0, data.insertAt), here, ...rows.slice(data.insertAt)];
  list.replaceChildren(
    header(),
    fixedRow(state, "input", data.input),
    ...middle,
    addButton(state),
    fixedRow(state, "head", data.head),
    fixedRow(state, "total", data.total),
  );
  drawRails(list, data.paths, data.rows[data.selected]?.id);
  list.classList.remove("pending");
  number(state);
  if (state.gestures.hasNew(data.added)) focusRow(state, data.selected);
  else if (controlsOf(state)[control]) controlsOf(state)[control].focus();
  else if (hadFocus && rows.length) focusRow(state, Math.min(state.focus ?? data.selected ?? 0, rows.length - 1));
}

export default function (component) {
  const root = component.parentElement,
    gestures = Gestures.of(component);
  const isNew = !states.has(root);
  if (isNew)
    states.set(root, { root, gestures, focus: null, isDragged: false, marked: new Set(), anchor: null, open: null });
  const state = states.get(root);
  state.component = component;
  if (isNew) shareSwitch(state);
  gestures.hear(component);
  // While a gesture is under way the rows already stand as they will; older answers would make them jump.
  if (root.querySelector(".layer")) gestures.draw(() => draw(state));
  else draw(state);
}
