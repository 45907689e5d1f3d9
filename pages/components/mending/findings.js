// What was found: a card for each finding, one of them open, and in it the images side by side with what mends them.
const TILE = 92; // px of a picture, in usual type
const MARKS = { wrong: "!", doubtful: "?", noted: "i" };

function groupBox(group, data, start, picked, alone, press, refresh) {
  const box = element("li", `group ${group.became ? "done" : ""}`);
  const tiles = element("div", "tiles");
  group.items.forEach((item, k) => {
    const tile = pictureTile(item, data, data.sheet, start + k);
    tile.fit(zoomOf(data.sheet));
    tile.item = item;
    tile.append(largerButton(item, alone));
    tile.tabIndex = 0;
    tile.setAttribute("role", "checkbox");
    tile.setAttribute("aria-label", `${item.class}, ${item.words}, ${item.split}`);
    tile.onclick = event => {
      picked.toggle(item, data.items, event.shiftKey);
      refresh();
    };
    tile.ondblclick = () => alone.ask(item);
    tile.onkeydown = event => {
      if (event.key === "Enter") alone.ask(item);
      else if (event.key === " ") tile.onclick(event);
      else return;
      event.preventDefault();
    };
    tiles.append(tile);
  });
  if (group.more) tiles.append(element("span", "more", `and ${group.more} more`));
  const line = element("div", "line");
  if (group.became) {
    line.append(element("span", "became", group.became === "no flaw" ? "no flaw" : "✓ mended"));
    if (group.became === "no flaw")
      line.append(pressable("It is one", () => press({ action: "again", group: group.at })));
  } else {
    group.remedies.forEach((name, r) => {
      line.append(pressable(name, () => press({ action: "remedy", group: group.at, remedy: r }), "do"));
    });
    line.append(pressable("Not a flaw", () => press({ action: "dismiss", group: group.at }), "quiet"));
  }
  box.append(tiles, element("p", "note", group.note), line);
  return box;
}

function zoomOf(sheet) {
  const side = Math.max(...sheet.size),
    wanted = TILE * rem();
  return side <= wanted ? Math.floor(wanted / side) : wanted / side;
}

function card(one, i, data, picked, alone, send, refreshAll) {
  const isOpen = i === data.opened,
    press = gesture => send({ report: data.report, finding: i, ...gesture });
  const left = one.of ? (one.open ? `${grouped(one.open)} left` : "all settled") : "";
  const head = element(
    "button",
    "head",
    element("span", `mark ${one.severity}`, one.of && !one.open ? "✓" : MARKS[one.severity]),
    element("span", "title", one.title),
    element("span", "left", left),
  );
  head.type = "button";
  head.setAttribute("aria-expanded", String(isOpen));
  head.onclick = () => isOpen || press({ action: "card" });
  const box = element("section", `card ${isOpen ? "opened" : ""} ${one.of && !one.open ? "calm" : ""}`, head);
  if (!isOpen) return box;
  box.append(element("p", "sentence", one.sentence));
  const all = element("div", "all");
  const rest = one.open < one.of ? ` (${grouped(one.open)} left)` : "";
  one.remedies.forEach((name, r) => {
    all.append(
      pressable(`${name}${rest}`, () => press({ action: "remedy", group: -1, remedy: r }), r ? "do" : "do main"),
    );
  });
  if (one.balances) {
    all.append(
      pressable("Weigh classes alike", () => press({ action: "balance", how: "weights" }), "do"),
      pressable("Show each class alike", () => press({ action: "balance", how: "sampling" }), "do"),
    );
  }
  if (all.childNodes.length) box.append(all);
  if (!one.groups.length) return box;
  data.items = one.groups.flatMap(group => group.items);
  const parts = [];
  const refresh = () => {
    bar.refresh();
    for (const tile of box.querySelectorAll(".tile")) {
      const isChosen = String(picked.has(tile.item));
      tile.setAttribute("aria-checked", isChosen);
      tile.setAttribute("aria-selected", isChosen);
    }
  };
  const bar = actsBar(picked, data, send, refresh);
  let start = 0;
  for (const group of one.groups) {
    parts.push(groupBox(group, data, start, picked, alone, press, refresh));
    start += group.items.length;
  }
  const key = element("div", "choose", splitKey(data));
  box.append(bar, key, element("ul", "groups", ...parts));
  if (one.pages > 1) {
    const turn = (words, by) => {
      const button = pressable(words, () => press({ action: "card", page: one.page + by }));
      button.disabled = one.page + by < 0 || one.page + by >= one.pages;
      return button;
    };
    box.append(element("div", "pages", turn("‹ Before", -1), `${one.page + 1} of ${one.pages}`, turn("More ›", 1)));
  }
  refreshAll.push(refresh);
  return box;
}

export default function (component) {
  const { data, parentElement } = component;
  const gestures = Gestures.of(component).hear(component),
    root = parentElement.querySelector(".findings"),
    dialog = parentElement.querySelector(".alone");
  dialog.alone ??= new Alone(dialog);
  const alone = dialog.alone;
  const send = gesture => gestures.send({ dataset: data.dataset, classes: data.classes, ...gesture });
  gestures.release(() => {
    const shown = JSON.stringify([data.dataset, data.classes, data.names, data.report, data.cards, data.opened]);
    if (root.dataset.shown !== shown) {
      root.dataset.shown = shown;
      const picked = Picked.of("findings", data.dataset),
        late = [];
      data.items = [];
      root.replaceChildren(...data.cards.map((one, i) => card(one, i, data, picked, alone, send, late)));
      late.forEach(refresh => {
        refresh();
      });
      root.items = data.items;
    }
    alone.hear(data.alone, data, root.items, send);
  });
}
