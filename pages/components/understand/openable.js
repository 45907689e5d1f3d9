// Rows and columns of groups of images: a press opens the images of one below.
const MOST_NUMBERED = 24; // columns that have room for their numbers
const HIGH = 4.5, // rem of the highest column
  NUMBER = 1.2; // rem of the number beyond it

const shareOf = (value, start) => `${((100 * (value - start)) / (1 - start)).toFixed(2)}%`;

// A button that opens a group.
function opener(className, key, words, host) {
  const button = element("button", className);
  button.type = "button";
  button.dataset.key = key;
  button.setAttribute("aria-label", words);
  button.setAttribute("aria-pressed", String(host.data.opened === key));
  button.title = words;
  button.onclick = () => host.open(key);
  return button;
}

function rowOf(row, block, host) {
  const button = opener("row", row.key, `${row.name}: ${row.words}. Opens these pictures.`, host),
    track = element("span", `track ${block.tone}`),
    [low, high] = row.between;
  const mark = element("i", row.between.length ? "dot" : "bar");
  if (row.between.length) {
    const whisker = element("i", "whisker");
    whisker.style.left = shareOf(low, block.start);
    whisker.style.width = shareOf(block.start + high - low, block.start);
    mark.style.left = shareOf(row.value, block.start);
    track.append(whisker);
  } else {
    mark.style.width = shareOf(row.value, 0);
  }
  track.append(mark);
  button.append(element("span", "name", row.name), track, element("span", "words", row.words));
  return button;
}

function rowsOf(block, host) {
  const box = element("div", "rows", ...block.rows.map(row => rowOf(row, block, host)));
  if (block.rows.some(row => row.between.length)) {
    const ends = element(
      "span",
      "ends",
      element("span", "", percentText(block.start)),
      element("span", "", "100\u202f%"),
    );
    box.append(element("span", "scale", element("span"), ends, element("span")));
  }
  return box;
}

// Upwards what came, downwards what went; the first column may be far higher than all others and is cut then.
function columnsOf(block, host) {
  const later = block.columns.slice(1).flatMap(one => [one.up, one.down]),
    whole = Math.max(1, ...block.columns.flatMap(one => [one.up, one.down])),
    most = later.length ? Math.max(1, ...later) : whole;
  const cut = whole > 2 * most ? 1.25 * most : whole,
    isNumbered = block.columns.length <= MOST_NUMBERED;
  const every = Math.ceil(block.columns.length / MOST_NUMBERED);
  const half = (column, side, word) => {
    const count = column[side],
      words = `${counted(count, "picture")} ${word} at epoch ${column.name}. Opens them.`;
    const button = opener(`half ${side}`, `${side}:${column.name}`, words, host),
      bar = element("i", count > cut ? "cut" : "");
    bar.style.height = `${((HIGH * Math.min(count, cut)) / cut).toFixed(3)}rem`;
    button.disabled = count === 0;
    const number = element("span", "count", isNumbered && count ? grouped(count) : "");
    button.append(...(side === "up" ? [number, bar] : [bar, number]));
    return button;
  };
  const all = block.columns.map((column, i) => {
    const name = element("span", "epoch", i % every === 0 ? column.name : "");
    return element("div", "column", half(column, "up", "learnt"), name, half(column, "down", "forgotten"));
  });
  const sides = element(
    "div",
    "sides",
    element("span", "up", "learnt"),
    element("span", "", "epoch"),
    element("span", "down", "forgotten"),
  );
  const chart = element("div", "chart", sides, element("div", "columns", ...all)),
    deepest = Math.max(...block.columns.map(column => Math.min(column.down, cut)));
  chart.style.setProperty("--rows", `${HIGH + NUMBER}rem 1.25rem ${((HIGH * deepest) / cut + NUMBER).toFixed(3)}rem`);
  return chart;
}

function blockOf(block, host) {
  const drawn = block.kind === "rows" ? rowsOf(block, host) : columnsOf(block, host),
    note = block.note ? element("p", "note", block.note) : null;
  return element("section", block.kind, element("h4", "", block.title), drawn, note);
}

export default function (component) {
  const { data, parentElement } = component,
    gestures = Gestures.of(component).hear(component),
    host = parentElement.querySelector(".openable");
  gestures.draw(() => {
    const sign = JSON.stringify([data.blocks, data.opened]);
    if (host.sign === sign) return;
    const active =
        parentElement.ownerDocument.activeElement?.shadowRoot?.activeElement ?? host.getRootNode().activeElement,
      focused = active?.dataset?.key;
    Object.assign(host, {
      sign,
      data,
      open: key => gestures.send({ sign: data.sign, what: key === data.opened ? "" : key }),
    });
    host.replaceChildren(...data.blocks.map(block => blockOf(block, host)));
    if (focused) host.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  });
}
