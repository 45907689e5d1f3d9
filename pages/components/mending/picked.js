// Images that are chosen, in whatever view they stand: by click, over a range, all of a page, all that are found.
const PICKED = (window.kernelscopePicked ??= new Map());

// Positions as text, as the server keeps them: 7, 3, 8, 9 is "3,7-9".
function runsOf(positions) {
  const runs = [];
  for (const at of [...positions].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[1] === at - 1) last[1] = at;
    else runs.push([at, at]);
  }
  return runs.map(([low, high]) => (low === high ? low : `${low}-${high}`)).join(",");
}

class Picked {
  // Those of one dataset in one view: they last while the page is drawn anew, and when another page of them is.
  static of(view, dataset) {
    const held = PICKED.get(view);
    if (held?.dataset !== dataset) PICKED.set(view, new Picked(dataset));
    return PICKED.get(view);
  }

  constructor(dataset) {
    this.dataset = dataset;
    this.clear();
  }

  clear() {
    this.chosen = new Map(); // position -> whether it is left out
    this.every = 0; // all that are found, so many
    this.anchor = null;
  }

  has = item => Boolean(this.every) || this.chosen.has(item.at);

  get count() {
    return this.every || this.chosen.size;
  }

  set(item, isChosen) {
    if (isChosen) this.chosen.set(item.at, item.out);
    else this.chosen.delete(item.at);
  }

  // One more or one less; with `isRange` all from the one before up to it.
  toggle(item, items, isRange) {
    if (this.every) this.clear();
    const from = items.findIndex(one => one.at === this.anchor),
      to = items.findIndex(one => one.at === item.at);
    if (isRange && from >= 0) {
      items.slice(Math.min(from, to), Math.max(from, to) + 1).forEach(one => {
        this.set(one, true);
      });
      return;
    }
    this.set(item, !this.chosen.has(item.at));
    this.anchor = item.at;
  }

  page(items) {
    this.every = 0;
    const isWhole = items.every(one => this.chosen.has(one.at));
    items.forEach(one => {
      this.set(one, !isWhole);
    });
  }

  // What the server is to do it to.
  asked = () => (this.every ? { every: true } : { images: runsOf(this.chosen.keys()) });
}

// A menu that acts at once and then stands at its first line again.
function menuOf(title, choices, act) {
  const menu = element("select", "", element("option", "", title));
  menu.setAttribute("aria-label", title);
  menu.append(...choices.map((name, i) => Object.assign(element("option", "", name), { value: String(i) })));
  menu.onchange = () => {
    const at = menu.selectedIndex - 1;
    menu.selectedIndex = 0;
    if (at >= 0) act(at);
  };
  return menu;
}

function pressable(words, act, className = "") {
  const button = element("button", className, words);
  button.type = "button";
  button.onclick = act;
  return button;
}

// Pictures chosen before another page or name was asked for stay chosen: what is pressed is done to them too.
function elsewhere(picked, data) {
  const shown = new Set(data.items.map(one => one.at)),
    away = picked.every ? 0 : [...picked.chosen.keys()].filter(at => !shown.has(at)).length;
  return away ? `, ${away === picked.count ? "not" : `${grouped(away)} of them not`} shown here` : "";
}

// What can be done to the chosen images; it stands there always, so that nothing jumps when one is chosen.
function actsBar(picked, data, send, refresh) {
  const bar = element("div", "acts"),
    told = element("span", "told");
  told.setAttribute("role", "status");
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "What is done to the chosen pictures");
  const act = gesture => {
    if (!picked.count) return;
    send({ ...gesture, ...picked.asked() });
    picked.clear();
    refresh();
  };
  const out = pressable("Leave out", () => act({ action: "exclude" }), "out"),
    back = pressable("Take back in", () => act({ action: "include" })),
    label = menuOf("Label as …", data.names, at => act({ action: "relabel", label: at })),
    move = menuOf("Move to …", data.splits, at => act({ action: "move", split: data.splits[at] }));
  const none = pressable(
    "Choose none",
    () => {
      picked.clear();
      refresh();
    },
    "none",
  );
  bar.append(told, none, element("span", "room"), out, back, label, move);
  bar.refresh = () => {
    const some = picked.count > 0,
      isOut = [...picked.chosen.values()];
    told.textContent = some ? `${counted(picked.count, "picture")} chosen${elsewhere(picked, data)}` : "Nothing chosen";
    none.hidden = !some;
    out.disabled = !some || (!picked.every && isOut.every(one => one));
    back.disabled = !some || (!picked.every && !isOut.some(one => one));
    label.disabled = move.disabled = !some;
  };
  bar.menus = { label, move };
  bar.refresh();
  return bar;
}

// A tile: its picture, its class by name and colour, where it stands; what was said of it before where that differs.
function pictureTile(item, data, sheet, i) {
  const picture = element("div", "picture"),
    dot = element("i", "dot"),
    name = element("span", "name", item.class),
    tile = element("div", `tile ${item.out ? "gone" : item.split}`, picture, element("div", "label", dot, name));
  dot.style.background = classColour(data.names.indexOf(item.class) < 0 ? 0 : data.names.indexOf(item.class));
  if (item.out) tile.append(element("div", "mark", "left out"));
  else if (item.came !== item.class) tile.append(element("div", "mark", `was ${item.came}`));
  tile.title = `${item.words} · ${item.class} · ${item.split}`;
  tile.fit = zoom => {
    place(picture, sheet, i, zoom);
    tile.style.width = `${sheet.size[0] * zoom}px`;
  };
  return tile;
}

function glass() {
  const icon = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" });
  icon.append(
    svg("circle", { cx: 8.5, cy: 8.5, r: 5 }),
    svg("path", { d: "M12.5 12.5 17 17M8.5 6.2v4.6M6.2 8.5h4.6" }),
  );
  return icon;
}

// Leads from a tile to its picture alone; the tile itself does so by Enter.
function largerButton(item, alone) {
  const larger = pressable(
    "",
    event => {
      event.stopPropagation();
      alone.ask(item);
    },
    "larger",
  );
  larger.append(glass());
  larger.title = "Look at it alone";
  larger.setAttribute("aria-label", `Enlarge ${item.words}`);
  larger.tabIndex = -1;
  larger.ondblclick = event => event.stopPropagation();
  return larger;
}

// What the colours under the pictures mean.
function splitKey(data) {
  const key = element("span", "key");
  for (const split of data.splits) key.append(element("i", split), split);
  return key;
}
