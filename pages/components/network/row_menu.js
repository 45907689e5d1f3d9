// What can be done to a row of the layer list besides moving it: a second path from it, a join, copies. A strip of
// buttons opens under the row; an end that nobody reads shows with what it can be joined right away.
const DOTS = "M6 12h.01 M12 12h.01 M18 12h.01";

function dots() {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true", class: "sign" },
    svg("path", { d: DOTS, ...STROKE, "stroke-width": 3 }),
  );
}

// Where the page is narrow the form of the selected row stands below the whole list.
function toForm() {
  const panel = document.querySelector(".st-key-layer-panel");
  panel?.scrollIntoView({ block: "start", behavior: "smooth" });
}

const idOf = row => row.dataset.id;

// ---- what is done --------------------------------------------------------------------------------------------------

const layers = n => counted(n, "layer");

function copyRows(state, row) {
  const ids = meant(state, row);
  send(state, { action: "copy", ids });
  say(state, `${layers(ids.length)} copied`);
}

function cutRows(state, row) {
  const ids = meant(state, row);
  takeAway(state, ids);
  send(state, { action: "cut", ids });
  say(state, `${layers(ids.length)} cut`);
}

function pasteBehind(state, row) {
  send(state, { action: "paste", at: meant(state, row).at(-1) });
}

function branchFrom(state, row) {
  send(state, { action: "branch", at: idOf(row) });
  say(state, `A second path from ${row.dataset.kind}`);
}

// Rows go at once; the numbers follow with the server's answer.
function takeAway(state, ids) {
  const rows = rowsOf(state),
    gone = rows.filter(row => ids.includes(idOf(row))),
    first = rows.indexOf(gone[0]);
  for (const row of gone) row.remove();
  unmark(state);
  number(state);
  focusRow(state, Math.min(first, rows.length - gone.length - 1));
}

// ---- the strip -----------------------------------------------------------------------------------------------------

function openStrip(state, row, what) {
  const isOpen = state.open?.id === idOf(row) && state.open.what === what;
  state.open = isOpen ? null : { id: idOf(row), what };
  showStrips(state);
  // With what an end can be joined is known of the selected row.
  if (!isOpen && what === "join" && !(idOf(row) in state.component.data.paths.partners))
    send(state, { action: "select", at: idOf(row) });
  row.querySelector(".strip.asked :is(button, select)")?.focus();
}

function closeStrip(state, row) {
  if (state.open?.what === "marks") unmark(state);
  state.open = null;
  showStrips(state);
  row.focus();
}

// The strip that is open stands under its row, put into its notes; it is drawn anew when it has something else to say.
function showStrips(state) {
  for (const row of rowsOf(state)) {
    const says = state.open?.id === idOf(row) ? stripSays(state, row) : "";
    if ((row.strip ?? "") === says) continue;
    row.strip = says;
    row.querySelector(".strip.asked")?.remove();
    if (says) withNotes(row).prepend(asked(state, row));
    else if (row.querySelector(".notes:empty")) row.querySelector(".notes").remove();
  }
}

function stripSays(state, row) {
  const { partners, copied } = state.component.data.paths;
  return JSON.stringify([state.open.what, idOf(row), partners[idOf(row)], copied, meant(state, row).length]);
}

function asked(state, row) {
  const { what } = state.open,
    close = () => closeStrip(state, row);
  const node = what === "join" ? joining(state, row, close) : what === "marks" ? marks(state, row) : menu(state, row);
  node.classList.add("asked");
  node.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    closeStrip(state, row);
  });
  return node;
}

// The place under a row for notes and strips.
function withNotes(row) {
  return row.querySelector(".notes") ?? row.appendChild(element("div", "notes"));
}

function stripOf(...children) {
  const node = element("div", "strip", ...children);
  node.addEventListener("pointerdown", event => event.stopPropagation());
  node.addEventListener("click", event => event.stopPropagation());
  return node;
}

function menu(state, row) {
  const several = meant(state, row).length,
    { copied } = state.component.data.paths;
  const act = (words, key, done) =>
    button("fix", words, key ? `${words} (${key})` : words, () => {
      state.open = null;
      state.byTap = false;
      showStrips(state);
      done(state, row);
    });
  const copy = several > 1 ? `Copy ${layers(several)}` : "Copy";
  const one = [
    act("Branch here", "B", branchFrom),
    button("fix", "Join with …", "Join with … (J)", () => openStrip(state, row, "join")),
  ];
  return stripOf(
    ...(several > 1 ? [] : one),
    act(several > 1 ? `Make a block of ${layers(several)}` : "Make a block", "G", groupRows),
    ...(several === 1 && row.inner && !row.isWhole ? [act("Take apart", "T", takeApart)] : []),
    act("Duplicate", "Ctrl+D", () => duplicate(state, placeOf(state, row))),
    act(copy, "Ctrl+C", copyRows),
    act("Cut", "Ctrl+X", cutRows),
    act("Mark several", "Shift+↓", markByTaps),
    ...(copied ? [act(`Paste ${layers(copied)} behind it`, "Ctrl+V", pasteBehind)] : []),
  );
}

function choice(label, options, chosen) {
  const node = element("select", "choice");
  node.setAttribute("aria-label", label);
  node.append(...options.map(([value, words]) => new Option(words, value, false, value === chosen)));
  return node;
}

// With which row an end is joined, and how: the most natural is chosen already.
function joining(state, row, close) {
  const { partners, joins } = state.component.data.paths,
    found = partners[idOf(row)] ?? [];
  const other = choice(
      "The other end",
      found.map(one => [one.id, one.label]),
      found[0]?.id,
    ),
    kind = choice(
      "Joined by",
      joins.map(one => [one, one]),
      found[0]?.kind,
    );
  other.addEventListener("change", () => {
    kind.value = found[other.selectedIndex].kind;
  });
  const act = button("fix", "Join", `Join ${row.dataset.kind}`, () => {
    if (state.gestures.waits) return;
    state.open = null;
    send(state, { action: "join", at: idOf(row), other: other.value, value: kind.value });
  });
  act.disabled = found.length === 0;
  const cancel = close ? [button("fix", "Cancel", "Cancel", close)] : [];
  return stripOf(element("span", "", "Join with"), other, element("span", "", "by"), kind, act, ...cancel);
}
