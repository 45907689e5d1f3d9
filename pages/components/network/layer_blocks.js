// A block of the layer list: an arrow unfolds the layers that it stands for, to be read and not to be edited. What is
// unfolded stays so through redraws.

function innerRow(row) {
  const node = line("inner", element("div", "cell grip", String(row.number)), ...cells(row), markOf(row));
  if (row.comment) node.querySelector(".what").append(element("span", "small comment", row.comment));
  node.setAttribute("role", "listitem");
  node.setAttribute("aria-label", `${row.number}: ${row.title} ${row.words}${row.shape ? `, gives ${row.shape}` : ""}`);
  return node;
}

// Several layers of a long block under one line, which unfolds them.
function stageRow(state, block, row) {
  const name = `${block}/${row.kind}`,
    members = element("div", "members"),
    node = line("inner stage", element("div", "cell grip"), ...cells(row), markOf(row));
  node.setAttribute("role", "listitem");
  const show = isOpen => {
    arrow.setAttribute("aria-expanded", String(isOpen));
    arrow.setAttribute("aria-label", `${isOpen ? "Fold" : "Show the layers of"} ${row.kind}`);
    arrow.title = arrow.getAttribute("aria-label");
    members.replaceChildren(...(isOpen ? row.inner.map(innerRow) : []));
  };
  const arrow = button("fold", foldSign(), "", () => {
    if (!state.shown.delete(name)) state.shown.add(name);
    show(state.shown.has(name));
  });
  node.querySelector(".what .main").prepend(arrow);
  show(state.shown.has(name));
  return [node, members];
}

function inside(state, block, rows) {
  const node = element("div", "inside");
  node.append(...rows.flatMap(row => (row.inner ? stageRow(state, block, row) : [innerRow(row)])));
  node.setAttribute("role", "list");
  // The block is dragged by its own row; here text may be marked.
  node.addEventListener("pointerdown", event => event.stopPropagation());
  node.addEventListener("click", event => event.stopPropagation());
  return node;
}

const foldSign = () => svg("svg", { viewBox: "0 0 12 12" }, svg("path", { d: "M4 2l4 4-4 4" }));

function addInside(state, node, row) {
  state.shown ??= new Set();
  const arrow = button("fold", foldSign(), "", () => unfold(state, node, !state.shown.has(node.dataset.id)));
  node.querySelector(".what .main").prepend(arrow);
  Object.assign(node, { inner: row.inner, holds: row.holds, isWhole: "learning" in row });
  showInside(state, node, state.shown.has(row.id));
}

function showInside(state, node, isOpen) {
  const arrow = node.querySelector(".fold"),
    words = isOpen ? "Fold this block" : `Show the ${counted(node.holds, "layer")} of this block`;
  arrow.setAttribute("aria-expanded", String(isOpen));
  arrow.setAttribute("aria-label", words);
  arrow.title = `${words} (${isOpen ? "←" : "→"})`;
  node.querySelector(".inside")?.remove();
  if (isOpen) node.append(inside(state, node.dataset.id, node.inner));
}

// Whether there was something to unfold or to fold.
function unfold(state, node, isOpen) {
  if (!node.inner || state.shown.has(node.dataset.id) === isOpen) return false;
  if (isOpen) state.shown.add(node.dataset.id);
  else state.shown.delete(node.dataset.id);
  showInside(state, node, isOpen);
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
// A base stays whole: its layers would begin fresh.
function takeApart(state, row) {
  if (row.isWhole) return;
  if (!row.inner && !state.gestures.waits) return;
  send(state, { action: "ungroup", at: row.dataset.id });
  say(state, `${row.dataset.kind} taken apart`);
}
