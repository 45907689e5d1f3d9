// All images that are found, a page of them: chosen like files on a desktop, with the pointer or the keyboard.
const LEAST = 72; // px of a tile at least, in usual type, so that its class can be read
const SPACE = 8; // px between two tiles, as in picked.css

function chooser(picked, data, refresh, words = "Shift for a range · Enter enlarges · Delete leaves out") {
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
  line.append(page, all, element("span", "hint", words), splitKey(data));
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

// `made` makes a tile, and says by `pressed` what a click on it does; without a bar nothing can be done to them.
function grid(data, picked, alone, refresh, bar, made = chosenByClick) {
  const box = element("div", "tiles");
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-multiselectable", "true");
  box.setAttribute("aria-label", "pictures");
  const tiles = data.items.map((item, i) => {
    const toggle = isRange => {
      if (!bar) return;
      picked.toggle(item, data.items, isRange);
      focusOn(tile);
      refresh();
    };
    const tile = made(item, i, data, alone, toggle);
    tile.setAttribute("role", "option");
    tile.tabIndex = -1;
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
    const tile = event.target.closest(".tile");
    if (event.target !== tile) return; // a button within it has keys of its own
    const next = neighbour(tiles, tile, event.key);
    if (next) {
      focusOn(next);
      if (bar && event.shiftKey) {
        if (picked.anchor === null) picked.anchor = tile.item.at;
        picked.toggle(next.item, data.items, true);
        refresh();
      }
    } else if (event.key === "Enter" || (event.key === " " && !bar)) alone.ask(tile.item);
    else if (!bar) return;
    else if (event.key === " ") {
      picked.toggle(tile.item, data.items, event.shiftKey);
      refresh();
    } else if (event.key === "Escape") {
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

// A click chooses, a second one or the glass enlarges.
function chosenByClick(item, i, data, alone, toggle) {
  const tile = pictureTile(item, data, data.sheet, i);
  tile.append(largerButton(item, alone));
  tile.setAttribute("aria-label", `${item.class}, ${item.words}, ${item.split}`);
  tile.onclick = event => toggle(event.shiftKey);
  tile.ondblclick = () => alone.ask(item);
  return tile;
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

// Draws them into `root`: what can be done to them, what chooses many, the tiles; anew when what is shown changes.
function drawTiles(root, data, picked, alone, send, { made, words } = {}) {
  const { gestures: _answered, alone: _alone, ...shown } = data;
  const sign = JSON.stringify(shown);
  if (root.dataset.shown === sign) return;
  const focused = root.getRootNode().activeElement?.closest?.(".tile")?.item?.at;
  root.dataset.shown = sign;
  for (const item of data.items) if (picked.chosen.has(item.at)) picked.set(item, true);
  const parts = [];
  const refresh = () =>
    parts.forEach(part => {
      part.refresh();
    });
  const bar = data.mends === false ? null : actsBar(picked, data, send, refresh);
  const box = grid(data, picked, alone, refresh, bar, made);
  parts.push(...(bar ? [bar, chooser(picked, data, refresh, words)] : []), box);
  root.replaceChildren(...parts);
  refresh();
  fit(box, data);
  if (focused !== undefined) [...box.children].find(tile => tile.item.at === focused)?.focus();
  root.observer?.disconnect();
  root.observer = new ResizeObserver(() => fit(box, data));
  root.observer.observe(box);
}
