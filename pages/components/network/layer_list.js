// The stack of layers: rows to drag, to move by keyboard, to select, duplicate, delete and mend.
// A row is named by its layer's id, a copy by the gesture that made it until the server has answered: what was pressed
// late never hits another row.
const states = new WeakMap();
const LATE = 350; // ms after which numbers that wait for the server fade

// ---- sending -------------------------------------------------------------------------------------------------------

// A class that changes how every row looks costs more than the answer takes: only a late one is seen.
function send(state, gesture) {
  const list = state.root.querySelector(".list");
  list.classList.add("pending");
  state.late ??= setTimeout(() => list.classList.add("late"), LATE);
  return state.gestures.send(gesture);
}

function answered(state) {
  state.root.querySelector(".list").classList.remove("pending", "late");
  clearTimeout(state.late);
  state.late = null;
}

// ---- gestures ------------------------------------------------------------------------------------------------------

const rowsOf = state => [...state.root.querySelectorAll(".layer")];
const say = (state, words) => {
  state.root.querySelector(".said").textContent = words;
};

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
  rows.forEach((row, i) => put(row, "aria-selected", i === at));
  focusRow(state, at);
  if (state.component.data.selected !== at || state.gestures.waits || state.component.data.adding)
    send(state, { action: "select", at: rows[at].dataset.id });
}

// A fix is for the stack as it is drawn: a second press of a double click finds it mended already.
function mend(state, gesture) {
  if (!state.gestures.waits) send(state, gesture);
}

// An attribute is written where it changes, so that nothing is laid out anew for the others.
function put(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

function focusRow(state, at, preventScroll = false) {
  const rows = rowsOf(state);
  state.focus = at;
  reachable(state);
  rows[at]?.focus({ preventScroll });
}

// The tab key reaches one row, the arrows the others.
function reachable(state) {
  const at = state.focus ?? state.component.data.selected ?? 0;
  rowsOf(state).forEach((row, i) => put(row, "tabindex", i === at ? 0 : -1));
}

function number(state) {
  rowsOf(state).forEach((row, i) => put(row, "aria-rowindex", i + 3));
}

const placeOf = (state, row) => rowsOf(state).indexOf(row);

function onKey(state, row, event) {
  if (event.target !== row) return;
  const at = placeOf(state, row),
    last = rowsOf(state).length - 1;
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const key = event.key.toLowerCase(),
    withControl = { d: () => duplicate(state, at), c: () => copyRows(state, row), x: () => cutRows(state, row) },
    alone = { g: () => groupRows(state, row), t: () => takeApart(state, row) };
  Object.assign(alone, {
    b: () => branchFrom(state, row),
    j: () => openStrip(state, row, "join"),
    escape: () => unmark(state),
  });
  withControl.v = () => pasteBehind(state, row);
  withControl.a = () => markAll(state, at);
  const isControl = event.ctrlKey || event.metaKey,
    act = event.altKey || event.shiftKey ? null : isControl ? withControl[key] : alone[key],
    next = Math.min(last, Math.max(0, at + by));
  let done = true;
  if (by && !event.shiftKey && !event.altKey) unmark(state);
  if (by && event.altKey) step(state, row, by);
  else if (by && event.shiftKey) markTo(state, at, next);
  else if (by) focusRow(state, next);
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

// ---- drawing -------------------------------------------------------------------------------------------------------

// The lines of the list from above: what names each, what it says, and how it is made.
function lines(state) {
  const { data } = state.component,
    { paths } = data;
  const rows = data.rows.map(row => ({
    name: row.id,
    says: [row, paths.comments[row.id], paths.loose.includes(row.id) && [paths.partners[row.id], paths.joins]],
    make: () => layerRow(state, row),
  }));
  const fixed = name => ({ name: `:${name}`, says: data[name], make: () => fixedRow(state, name, data[name]) });
  if (data.insertAt !== null)
    rows.splice(data.insertAt, 0, {
      name: ":here",
      says: "",
      make: () => element("div", "here", "The new layer goes here"),
    });
  return [
    { name: ":titles", says: "", make: header },
    fixed("input"),
    ...rows,
    { name: ":add", says: data.adding, make: () => addButton(state) },
    fixed("head"),
    fixed("total"),
  ];
}

// A line that says what it said keeps its node, and with it what is typed, chosen and opened in it.
function arrange(state, list) {
  const kept = new Map();
  for (const { name, says, make } of lines(state)) {
    const words = JSON.stringify(says),
      old = state.lines.get(name);
    kept.set(name, old?.says === words ? old : Object.assign(make(), { says: words }));
  }
  state.lines = kept;
  const nodes = [...kept.values()],
    stay = new Set(nodes);
  for (const node of [...list.children]) if (!stay.has(node)) node.remove();
  let next = list.firstElementChild;
  for (const node of nodes) {
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
  }
}

const namesOf = row => row.dataset.id ?? row.dataset.rail ?? "";
const controlsOf = row => [...row.querySelectorAll("button, select")];
const isAlike = (one, other) => one?.tagName === other.tagName && one.ariaLabel === other.ariaLabel;

// What has the keyboard in the list: the node, and where to find its like if that is drawn anew.
function held(state) {
  const node = state.root.activeElement,
    row = node?.closest(".list > *");
  return row ? { node, name: namesOf(row), control: controlsOf(row).indexOf(node) } : null;
}

function holdOn(state, { node, name, control }) {
  const { copies, selected } = state.component.data,
    rows = rowsOf(state),
    row = [...state.root.querySelectorAll(".list > .row")].find(one => namesOf(one) === (copies[name] ?? name)),
    like = row && controlsOf(row)[control],
    at = rows.indexOf(row);
  if (at >= 0) state.focus = at;
  if (state.root.activeElement === node) return;
  if (node.isConnected) node.focus({ preventScroll: true });
  else if (isAlike(like, node)) like.focus({ preventScroll: true });
  else if (rows.length) focusRow(state, Math.min(state.focus ?? selected ?? 0, rows.length - 1), true);
}

function draw(state) {
  const { data } = state.component,
    list = state.root.querySelector(".list"),
    keyboard = held(state);
  // What was opened on a copy stays open once the copy has the name that the server gave it.
  if (state.open) state.open.id = data.copies[state.open.id] ?? state.open.id;
  arrange(state, list);
  rowsOf(state).forEach((row, at) => {
    put(row, "aria-selected", data.selected === at);
    row.classList.toggle("marked", state.marked.has(row.dataset.id));
  });
  showStrips(state);
  drawRails(list, data.paths, data.rows[data.selected]?.id);
  answered(state);
  number(state);
  if (state.gestures.hasNew(data.added)) focusRow(state, data.selected);
  else if (keyboard) holdOn(state, keyboard);
  reachable(state);
}

export default function (component) {
  const root = component.parentElement,
    gestures = Gestures.of(component);
  const isNew = !states.has(root);
  if (isNew)
    states.set(root, {
      root,
      gestures,
      focus: null,
      isDragged: false,
      marked: new Set(),
      anchor: null,
      open: null,
      byTap: false,
      isHeld: false,
      late: null,
      lines: new Map(),
    });
  const state = states.get(root);
  state.component = component;
  if (isNew) shareSwitch(state);
  gestures.hear(component);
  // While a gesture is under way the rows already stand as they will; older answers would make them jump.
  if (root.querySelector(".layer")) gestures.draw(() => draw(state));
  else draw(state);
}
