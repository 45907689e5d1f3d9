// A block of the layer list: an arrow unfolds the layers that it stands for, to be read and not to be edited. What is
// unfolded stays so through redraws.

function innerRow(row, place) {
  const number = element("div", "cell grip", String(place + 1));
  const node = line("inner", number, ...cells(row), element("div", "cell tools"));
  node.setAttribute("role", "listitem");
  node.setAttribute("aria-label", `${place + 1}: ${row.kind} ${row.words}${row.shape ? `, gives ${row.shape}` : ""}`);
  return node;
}

function inside(rows) {
  const node = element("div", "inside", ...rows.map(innerRow));
  node.setAttribute("role", "list");
  // The block is dragged by its own row; here text may be marked.
  node.addEventListener("pointerdown", event => event.stopPropagation());
  node.addEventListener("click", event => event.stopPropagation());
  return node;
}

function addInside(state, node, row) {
  state.shown ??= new Set();
  const arrow = button("fold", svg("svg", { viewBox: "0 0 12 12" }, svg("path", { d: "M4 2l4 4-4 4" })), "", () =>
    unfold(state, node, !state.shown.has(node.dataset.id)),
  );
  node.querySelector(".what .main").prepend(arrow);
  node.inner = row.inner;
  showInside(node, state.shown.has(row.id));
}

function showInside(node, isOpen) {
  const arrow = node.querySelector(".fold"),
    words = isOpen ? "Fold this block" : `Show the ${counted(node.inner.length, "layer")} of this block`;
  arrow.setAttribute("aria-expanded", String(isOpen));
  arrow.setAttribute("aria-label", words);
  arrow.title = `${words} (${isOpen ? "←" : "→"})`;
  node.querySelector(".inside")?.remove();
  if (isOpen) node.append(inside(node.inner));
}

// Whether there was something to unfold or to fold.
function unfold(state, node, isOpen) {
  if (!node.inner || state.shown.has(node.dataset.id) === isOpen) return false;
  if (isOpen) state.shown.add(node.dataset.id);
  else state.shown.delete(node.dataset.id);
  showInside(node, isOpen);
  return true;
}

// The last of the rows stands for the block at once, named by this gesture until the server has answered.
function groupRows(state, row) {
  const ids = meant(state, row),
    gone = rowsOf(state).filter(one => ids.includes(one.dataset.id)),
    block = gone.pop();
  for (const one of gone) one.remove();
  unmark(state);
  number(state);
  block.dataset.kind = "Group";
  block.querySelector(".what .main").textContent = "Group";
  block.querySelector(".inside")?.remove();
  block.inner = undefined;
  block.says = null; // it is drawn anew whatever the server answers
  block.dataset.id = send(state, { action: "group", ids });
  focusRow(state, placeOf(state, block));
  say(state, `${counted(ids.length, "layer")} made a block`);
}

// A row that was made a block a moment ago is not known yet to be one.
function takeApart(state, row) {
  if (!row.inner && !state.gestures.waits) return;
  send(state, { action: "ungroup", at: row.dataset.id });
  say(state, `${row.dataset.kind} taken apart`);
}
