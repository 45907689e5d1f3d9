// A wall of samples. Every picture is a window on its row's sheet; enlarging one costs no round trip.
const SPLITS = ["train", "validation", "test"];
const EDGE = 8; // px kept between the enlarged picture and the edge of the window
const ACROSS = { narrow: 4, wide: 5 }; // pictures of a row that are seen at least

function key(rows, words) {
  const line = element("div", "key");
  SPLITS.filter(split => rows.some(row => row.counts[SPLITS.indexOf(split)])).forEach(split => {
    const part = element("span", "", split);
    part.prepend(element("i", split));
    line.append(part);
  });
  line.append(element("span", "hint", words));
  return line;
}

function header(row, most, open) {
  const button = element("button", "open");
  const total = row.counts.reduce((a, b) => a + b, 0);
  const head = element("div", "head"),
    bar = element("div", "bar");
  head.append(element("span", "name", row.name), element("span", "count", grouped(total)));
  SPLITS.forEach((split, i) => {
    const part = element("span", split);
    part.style.width = `${(100 * row.counts[i]) / most}%`;
    bar.append(part);
  });
  button.append(head, bar);
  const words = SPLITS.map((split, i) => [row.counts[i], split])
    .filter(([n]) => n)
    .map(([n, split]) => `${grouped(n)} ${split}`);
  button.title = `${row.name}: ${words.join(", ")}. Click for more of them.`;
  button.setAttribute("aria-label", `Open ${row.name}: ${words.join(", ")}`);
  button.onclick = () => open(row.label);
  return button;
}

function tiles(row, lens) {
  const box = element("div", "tiles");
  box.setAttribute("role", "list");
  box.setAttribute("aria-label", `pictures of ${row.name}`);
  row.sheet.items.forEach((item, i) => {
    const tile = element("div", `tile ${item.split}`);
    tile.setAttribute("role", "listitem");
    tile.setAttribute("aria-label", `${row.name}, ${item.words}, ${item.split}`);
    tile.tabIndex = -1;
    tile.onpointerenter = tile.onfocus = () => lens.show(tile, row, item, i);
    tile.onpointerleave = tile.onblur = lens.hide;
    box.append(tile);
  });
  return box;
}

// Gives all tiles the size that their room allows, and does so again when it changes.
function fit(wall, rows, data) {
  const boxes = [...wall.querySelectorAll(".tiles")];
  const room = boxes[0]?.clientWidth;
  if (!room) return;
  const least = room < 420 ? ACROSS.narrow : ACROSS.wide,
    count = Math.min(least, Math.max(1, ...rows.map(row => row.sheet.items.length)));
  boxes.forEach((box, r) => {
    const { sheet } = rows[r],
      zoom = zoomFor(Math.max(...sheet.size), room, count);
    if (box.dataset.zoom === String(zoom)) return;
    box.dataset.zoom = zoom;
    [...box.children].forEach((tile, i) => place(tile, sheet, i, zoom));
    // Whole tiles only: what does not fit into the one line of an overview is left out, never cut.
    if (data.overview) box.style.maxHeight = `${sheet.size[1] * zoom + 8}px`;
  });
}

function makeLens(node, data) {
  const large = node.querySelector(".large"),
    words = node.querySelector(".words");
  return {
    show(tile, row, item, i) {
      place(large, row.sheet, i, Math.max(1, Math.floor(data.large * rem())));
      words.replaceChildren(element("b", "", row.name), `${item.words} · ${item.split}`);
      node.style.display = "block";
      const at = tile.getBoundingClientRect(),
        own = node.getBoundingClientRect();
      const left = Math.min(
        Math.max(EDGE, at.left + at.width / 2 - own.width / 2),
        window.innerWidth - own.width - EDGE,
      );
      const below = at.bottom + EDGE + own.height < window.innerHeight;
      node.style.left = `${left}px`;
      node.style.top = `${below ? at.bottom + EDGE : Math.max(EDGE, at.top - own.height - EDGE)}px`;
      window.dispatchEvent(new CustomEvent("kernelscope-sample", { detail: { label: row.label } }));
    },
    hide() {
      node.style.display = "none";
    },
  };
}

// Arrow keys walk over the pictures; one of them at a time is in the tab order.
function walk(wall) {
  const all = [...wall.querySelectorAll(".tiles")].map(box => [...box.children]);
  if (all[0]?.[0]) all[0][0].tabIndex = 0;
  wall.onkeydown = event => {
    const row = all.findIndex(box => box.includes(event.target));
    if (row < 0) return;
    const column = all[row].indexOf(event.target);
    const steps = {
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
    };
    if (event.key === "Escape") event.target.blur();
    const [y, x] = steps[event.key] ?? [];
    const next = all[y]?.[Math.min(x, all[y].length - 1)];
    if (!next || x < 0) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
}

function draw({ data, parentElement }, open) {
  const wall = parentElement.querySelector(".wall"),
    node = parentElement.querySelector(".lens");
  const sign = JSON.stringify([data.sign, data.large]);
  if (wall.dataset.sign === sign) return; // the same pictures: keep the nodes, and the reader's place among them
  wall.dataset.sign = sign;
  const lens = makeLens(node, data);
  lens.hide();
  const most = Math.max(1, ...data.rows.map(row => row.counts.reduce((a, b) => a + b, 0)), data.most);
  const rows = data.rows.map(row => {
    const line = element("div", data.overview ? "row" : "");
    if (data.overview) line.append(header(row, most, open));
    line.append(tiles(row, lens));
    return line;
  });
  wall.replaceChildren(
    key(
      data.rows,
      data.overview ? "point at a picture to enlarge it, click a class for more" : "point at a picture to enlarge it",
    ),
    ...rows,
  );
  walk(wall);
  const fitted = () => fit(wall, data.rows, data);
  fitted();
  wall.observer?.disconnect();
  wall.observer = new ResizeObserver(fitted);
  wall.observer.observe(wall);
}

export default function (component) {
  const gestures = Gestures.of(component).hear(component);
  gestures.release(() => draw(component, label => gestures.send({ dataset: component.data.dataset, label })));
}
