// All images that are found, a page of them: chosen like files on a desktop, with the pointer or the keyboard.
const LEAST = 72; // px of a tile at least, in usual type, so that its class can be read
const SPACE = 8; // px between two tiles, as in picked.css

function chooser(picked, data, refresh) {
  const line = element("div", "choose");
  const page = pressable("", () => {
    picked.page(data.items);
    refresh();
  });
  const all = pressable(`Choose all ${grouped(data.found)} found`, () => {
    picked.clear();
    picked.every = data.found;
    refresh();
  });
  all.hidden = data.found <= data.items.length;
  const hint = element("span", "hint", "Shift for a range · Enter enlarges · Delete leaves out");
  line.append(page, all, hint, splitKey(data));
  line.refresh = () => {
    const isWhole = !picked.every && data.items.every(one => picked.chosen.has(one.at));
    page.textContent = isWhole ? "Choose none of this page" : "Choose this page";
  };
  return line;
}

// Walks over the tiles with the arrow keys: the tiles of a line are those that stand equally high.
function neighbour(tiles, tile, key) {
  const at = tiles.indexOf(tile);
  const wide = tiles.filter(one => one.offsetTop === tiles[0].offsetTop).length;
  const to = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - wide,
    ArrowDown: at + wide,
    Home: 0,
    End: tiles.length - 1,
  }[key];
  return tiles[to];
}

function grid(data, picked, alone, refresh, bar) {
  const box = element("div", "tiles");
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-multiselectable", "true");
  box.setAttribute("aria-label", "pictures");
  const tiles = data.items.map((item, i) => {
    const tile = pictureTile(item, data, data.sheet, i);
    tile.append(largerButton(item, alone));
    tile.setAttribute("role", "option");
    tile.setAttribute("aria-label", `${item.class}, ${item.words}, ${item.split}`);
    tile.tabIndex = -1;
    tile.onclick = event => {
      picked.toggle(item, data.items, event.shiftKey);
      focusOn(tile);
      refresh();
    };
    tile.ondblclick = () => alone.ask(item);
    tile.item = item;
    return tile;
  });
  const focusOn = tile => {
    box.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    tile.tabIndex = 0;
    tile.focus();
  };
  if (tiles[0]) tiles[0].tabIndex = 0;
  box.onkeydown = event => {
    const tile = event.target.closest(".tile"),
      next = neighbour(tiles, tile, event.key);
    if (next) {
      focusOn(next);
      if (event.shiftKey) {
        if (picked.anchor === null) picked.anchor = tile.item.at;
        picked.toggle(next.item, data.items, true);
        refresh();
      }
    } else if (event.key === " ") {
      picked.toggle(tile.item, data.items, event.shiftKey);
      refresh();
    } else if (event.key === "Enter") alone.ask(tile.item);
    else if (event.key === "Escape") {
      picked.clear();
      refresh();
    } else if (event.key === "Delete") bar.querySelector(".out").click();
    else if (event.key === "l") bar.menus.label.focus();
    else if (event.key === "m") bar.menus.move.focus();
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      picked.page(data.items);
      refresh();
    } else return;
    event.preventDefault();
  };
  box.append(...tiles);
  box.refresh = () =>
    tiles.forEach(tile => {
      tile.setAttribute("aria-selected", String(picked.has(tile.item)));
    });
  return box;
}

function fit(box, data) {
  const room = box.clientWidth;
  if (!room || !data.items.length) return;
  const side = Math.max(...data.sheet.size),
    least = LEAST * rem();
  // Small pictures at whole multiples; of photos as many as have room, and as large as fills the line.
  const count = Math.max(3, Math.floor((room - 4 + SPACE) / (least + SPACE)));
  const zoom = side <= least ? Math.ceil(least / side) : ((room - 4 + SPACE) / count - SPACE - 0.01) / side;
  if (box.dataset.zoom === String(zoom)) return;
  box.dataset.zoom = zoom;
  for (const tile of box.children) tile.fit(zoom);
}

export default function (component) {
  const { data, parentElement } = component;
  const gestures = Gestures.of(component).hear(component),
    root = parentElement.querySelector(".gallery"),
    dialog = parentElement.querySelector(".alone");
  dialog.alone ??= new Alone(dialog);
  const alone = dialog.alone;
  const send = gesture => gestures.send({ dataset: data.dataset, classes: data.classes, ...gesture });
  gestures.release(() => {
    alone.hear(data.alone, data, data.items, send);
    const shown = JSON.stringify([data.dataset, data.classes, data.items, data.found, data.page]);
    if (root.dataset.shown === shown) return;
    const focused = root.getRootNode().activeElement?.closest?.(".tile")?.item?.at;
    root.dataset.shown = shown;
    const picked = Picked.of("gallery", data.dataset);
    for (const item of data.items) if (picked.chosen.has(item.at)) picked.set(item, true);
    const parts = [];
    const refresh = () =>
      parts.forEach(part => {
        part.refresh();
      });
    const bar = actsBar(picked, data, send, refresh);
    const box = grid(data, picked, alone, refresh, bar);
    parts.push(bar, chooser(picked, data, refresh), box);
    root.replaceChildren(...parts);
    refresh();
    fit(box, data);
    if (focused !== undefined) [...box.children].find(tile => tile.item.at === focused)?.focus();
    root.observer?.disconnect();
    root.observer = new ResizeObserver(() => fit(box, data));
    root.observer.observe(box);
  });
}
