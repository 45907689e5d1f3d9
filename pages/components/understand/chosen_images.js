// The images that a point or a cell stands for: what they are, what the network says, right or wrong; each opens large.
const HINT = "Enter opens · Space chooses, Shift for a range · Delete leaves out";

// "✗ 9, 98 %": a mark beside the colour, for those who see no difference between red and green.
const verdictOf = said =>
  element(
    "span",
    `verdict ${said.right ? "right" : "wrong"}`,
    element("b", "", said.right ? "✓" : "✗"),
    ` ${said.answer}`,
  );

// A click opens it; the tick in its corner chooses it.
function openedByClick(item, i, data, alone, toggle) {
  const tile = pictureTile(item, data, data.sheet, i),
    { said } = item,
    line = element("div", "answer", verdictOf(said), element("span", "share", said.brief));
  tile.querySelector(".picture").after(line);
  tile.classList.add(said.right ? "right" : "wrong");
  const words = said.right ? `rightly ${said.answer}` : `${said.answer} instead of ${said.truth}`;
  tile.title = `${item.words} · answered ${words}, ${said.share} · ${item.split}`;
  tile.setAttribute("aria-label", `answered ${words}, ${said.share}, ${item.words}`);
  tile.onclick = event => (event.shiftKey || event.ctrlKey || event.metaKey ? toggle(event.shiftKey) : alone.ask(item));
  if (data.mends) tile.append(tick(item, toggle));
  return tile;
}

function tick(item, toggle) {
  const button = pressable(
    "",
    event => {
      event.stopPropagation();
      toggle(event.shiftKey);
    },
    "tick",
  );
  button.title = "Choose it";
  button.tabIndex = -1;
  button.setAttribute("aria-label", `Choose ${item.words}`);
  return button;
}

// What the network says of the image that stands large, and what it is.
function saidOf(item) {
  const { said } = item,
    given = said.given.replaceAll(" ", "\u00a0"),
    truth = said.right ? "" : `: it is ${said.truth}, to which it gives ${given}`,
    now = item.out ? "now left out" : item.class === said.truth ? "" : `now labelled ${item.class}`;
  const mark = element("b", "", said.right ? "✓ right" : "✗ wrong");
  return [
    element("p", `verdict ${said.right ? "right" : "wrong"}`, mark, ` ${said.answer}, ${said.share}${truth}`),
    ...(said.note ? [element("p", "note", said.note)] : []),
    element("p", "what", [item.split, now].filter(Boolean).join(" · ")),
  ];
}

export default function (component) {
  const { data, parentElement } = component;
  const gestures = Gestures.of(component).hear(component),
    root = parentElement.querySelector(".gallery"),
    dialog = parentElement.querySelector(".alone");
  const send = gesture => gestures.send({ dataset: data.dataset, classes: data.classes, sign: data.sign, ...gesture });
  dialog.alone ??= new Alone(dialog, saidOf, item => [
    pressable("Why?", () => dialog.look(item, "why"), "look"),
    pressable("Look inside", () => dialog.look(item, "inside"), "look"),
  ]);
  dialog.look = (item, action) => send({ action, images: String(item.at) });
  gestures.release(() => {
    dialog.alone.hear(data.alone, data, data.items, send);
    const picked = Picked.of(data.gestures.queue, data.sign);
    drawTiles(root, data, picked, dialog.alone, send, { made: openedByClick, words: HINT });
  });
}
