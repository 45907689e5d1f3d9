// One image alone, as large as it is worth looking at, over the page.
class Alone {
  // `told` gives what is said of an item, as nodes; `ways` lead on from it, as buttons.
  constructor(dialog, told = item => [whatItIs(item, this.data)], ways = () => []) {
    Object.assign(this, { dialog, told, ways });
    this.at = null;
  }

  // What the server says is open; what was asked for since stands there already, small.
  hear(told, data, items, send) {
    Object.assign(this, { data, items, send });
    if (told?.arrived && told.arrived !== window.kernelscopeArrived) {
      window.kernelscopeArrived = told.arrived; // called for on another page, and shown once
      this.at = told.at;
    }
    if (told && told.at === this.at) this.draw(told); // else another one was asked for meanwhile
  }

  ask(item) {
    this.at = item.at;
    this.draw(item);
    this.send({ action: "open", images: String(item.at) });
  }

  step(by) {
    const here = this.items.findIndex(one => one.at === this.at),
      next = here < 0 ? null : this.items[here + by];
    if (next) this.ask(next);
  }

  hide() {
    if (this.dialog.open) this.dialog.close();
  }

  close() {
    if (this.at === null) return;
    this.at = null;
    this.send({ action: "close" });
  }

  draw(item) {
    const { dialog, data } = this,
      picture = element("div", "whole");
    if (item.uri) {
      const image = Object.assign(element("img", item.crisp ? "crisp" : ""), { src: item.uri, alt: item.words });
      image.style.aspectRatio = `${item.width} / ${item.height}`;
      image.style.width = `${item.width}px`;
      picture.append(image);
      this.size = [item.width, item.height];
    } else if (this.size) Object.assign(picture.style, { width: `${this.size[0]}px`, height: `${this.size[1]}px` });
    const lines = [...this.told(item), element("p", "words", `${item.words} · number ${grouped(item.at)}`)];
    const act = gesture => this.send({ ...gesture, images: String(item.at) });
    const mending = data.mends === false ? [] : mendingOf(item, data, act);
    const bar = element(
      "div",
      "acts",
      pressable("‹", () => this.step(-1), "before"),
      pressable("›", () => this.step(1), "after"),
      ...mending,
      ...this.ways(item),
      element("span", "room"),
      pressable("Close", () => this.hide(), "close"),
    );
    bar.querySelector(".before").setAttribute("aria-label", "The picture before");
    bar.querySelector(".after").setAttribute("aria-label", "The next picture");
    const controls = () => [...dialog.querySelectorAll("button, select")],
      had = controls().indexOf(dialog.getRootNode().activeElement);
    dialog.setAttribute("aria-label", `${item.words}, ${item.class}`);
    dialog.replaceChildren(picture, ...lines, bar);
    dialog.onclose = () => this.close();
    dialog.onclick = event => event.target === dialog && this.hide();
    dialog.onkeydown = event => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by && event.target.tagName !== "SELECT") {
        event.preventDefault();
        this.step(by);
      }
      if (event.key === "Delete" && mending.length && !item.out) act({ action: "exclude" });
    };
    if (!dialog.open) dialog.showModal();
    controls()[Math.max(0, had)].focus(); // else the keys would go to the page behind
  }
}

// Its class by name and colour, where it stands, and how it came where that differs.
function whatItIs(item, data) {
  const dot = element("i", "dot");
  dot.style.background = classColour(Math.max(0, data.names.indexOf(item.class)));
  const was = item.came === item.class ? "" : `, came as ${item.came}`;
  return element("p", "what", dot, element("b", "", item.class), ` ${item.split}${was}`);
}

function mendingOf(item, data, act) {
  return [
    item.out
      ? pressable("Take back in", () => act({ action: "include" }))
      : pressable("Leave out", () => act({ action: "exclude" }), "out"),
    menuOf("Label as …", data.names, at => act({ action: "relabel", label: at })),
    menuOf("Move to …", data.splits, at => act({ action: "move", split: data.splits[at] })),
  ];
}
