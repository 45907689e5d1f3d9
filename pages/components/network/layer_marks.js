// Several rows of the layer list: marked by Shift and arrows or a click; by a finger that stays on a row, or by a row's
// menu, and then by a tap on the last row that is meant.
const HOLD = 450; // ms that a finger stays on a row

// The rows that a gesture on one of them means: all that are marked, in their order, or it alone.
function meant(state, row) {
  const marked = rowsOf(state)
    .map(idOf)
    .filter(id => state.marked.has(id));
  return marked.length > 1 && marked.includes(idOf(row)) ? marked : [idOf(row)];
}

function mark(state, ids) {
  state.marked = new Set(ids);
  for (const row of rowsOf(state)) row.classList.toggle("marked", state.marked.has(idOf(row)));
}

// Marks all rows from where the marking began, at first the row that has the keyboard, to one that gets it.
function markTo(state, at, to) {
  const ids = rowsOf(state).map(idOf);
  if (!ids.includes(state.anchor)) state.anchor = ids[at];
  const from = ids.indexOf(state.anchor);
  focusRow(state, to);
  mark(state, ids.slice(Math.min(from, to), Math.max(from, to) + 1));
  say(state, `${layers(state.marked.size)} marked`);
}

// The keyboard stays where it is; Shift and an arrow then mark from there anew.
function markAll(state, at) {
  const ids = rowsOf(state).map(idOf);
  state.anchor = ids[at];
  mark(state, ids);
  say(state, `${layers(ids.length)} marked`);
}

function unmark(state) {
  state.anchor = null;
  state.byTap = false;
  if (state.marked.size) mark(state, []);
  if (state.open?.what !== "marks") return;
  state.open = null;
  showStrips(state);
}

// From now on a tap marks all rows up to the one that is tapped.
function markByTaps(state, row) {
  unmark(state);
  state.byTap = true;
  markTo(state, placeOf(state, row), placeOf(state, row));
  state.open = { id: idOf(row), what: "marks" };
  showStrips(state);
}

function tap(state, row) {
  if (!state.byTap) {
    select(state, placeOf(state, row));
    return;
  }
  markTo(state, state.focus, placeOf(state, row));
  state.open = { id: idOf(row), what: "marks" };
  showStrips(state);
}

// A finger that stays where it is begins to mark; one that moves scrolls the page.
function markByHolding(state, row, press) {
  const far = event => Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) > 2 * SLACK;
  const hold = setTimeout(() => {
    end();
    state.isHeld = true; // the click that follows is the end of this
    markByTaps(state, row);
  }, HOLD);
  const end = () => {
    clearTimeout(hold);
    window.removeEventListener("pointermove", leave);
    for (const name of ["pointerup", "pointercancel", "scroll"]) window.removeEventListener(name, end, true);
  };
  const leave = event => far(event) && end();
  state.isHeld = false;
  window.addEventListener("pointermove", leave);
  for (const name of ["pointerup", "pointercancel", "scroll"]) window.addEventListener(name, end, true);
}

// What can be done with the rows that taps have marked stands under the one that was tapped last.
function marks(state, row) {
  const done = button("fix", "Done", "Done marking", () => unmark(state));
  const words = state.marked.size > 1 ? `${layers(state.marked.size)} marked.` : "Tap the last row that is meant.";
  const more = state.marked.size > 1 ? menu(state, row).children : [];
  return stripOf(element("span", "", words), ...more, done);
}
