// All layers with their dead, nearly dead and duplicate filters: a bar for each layer, a button for each such filter.
const FEW = 16; // buttons that stand there at once; more come by a press
const KINDS = ["dead", "nearly", "twins"];
const WORDS = { dead: "dead", nearly: "nearly dead", twins: "duplicate" };

class Idle {
  constructor(host) {
    this.host = host;
    this.unfolded = new Set();
  }

  show(layers, queue) {
    Object.assign(this, { layers, queue });
    this.draw();
  }

  draw() {
    const table = element(
      "table",
      "",
      this.heads(),
      element("tbody", "", ...this.layers.map(layer => this.row(layer))),
    );
    this.host.replaceChildren(this.key(), element("div", "scroll", table));
  }

  key() {
    const parts = KINDS.map(kind => element("span", "", element("i", kind), WORDS[kind]));
    return element("div", "key", ...parts, element("span", "hint", "press a number to see what that filter wants"));
  }

  heads() {
    const names = ["layer", "", "dead", "nearly dead", "duplicate of"];
    return element("thead", "", element("tr", "", ...names.map(name => element("th", "", name))));
  }

  row(layer) {
    const of = element("small", "", `${counted(layer.count, layer.noun)}${layer.base ? " · base" : ""}`);
    const none = layer.cuts ? "none" : this.why(layer);
    return element(
      "tr",
      "",
      element("th", "", element("b", "", ...breakable(layer.name)), of),
      element("td", "bars", this.bar(layer)),
      this.cell(
        layer,
        "dead",
        layer.dead,
        index => `${index + 1}`,
        () => "never above zero",
        none,
      ),
      this.cell(
        layer,
        "nearly",
        layer.nearly,
        index => `${index + 1}`,
        (_, i) => `above zero for ${percentText(layer.shares[i], 1)} of the images`,
        layer.cuts ? "none" : "",
      ),
      this.cell(
        layer,
        "twins",
        layer.twins,
        ([index, like]) => `${index + 1} = ${like + 1}`,
        (_, i) => `they correlate by ${layer.alike[i].toFixed(3)}`,
        "none",
      ),
    );
  }

  why(layer) {
    return layer.activation === "linear" ? "no relu right behind it" : `${layer.activation} cuts nothing off`;
  }

  bar(layer) {
    const bar = element("div", "bar");
    const told = KINDS.map(kind => `${layer[kind].length} ${WORDS[kind]}`);
    for (const kind of KINDS) {
      const part = element("span", kind);
      part.style.width = `${(100 * layer[kind].length) / layer.count}%`;
      bar.append(part);
    }
    bar.setAttribute("role", "img");
    bar.setAttribute("aria-label", `${layer.name}: of ${layer.count} ${told.join(", ")}`);
    bar.title = told.join(", ");
    return bar;
  }

  cell(layer, kind, list, words, title, none) {
    const said = none === "none" ? "none" : "none why";
    const box = element("td", list.length ? "" : said);
    box.dataset.label = WORDS[kind]; // told within the cell where there is no room for columns
    if (!list.length) {
      box.append(none);
      return box;
    }
    const key = `${layer.name} ${kind}`,
      isWhole = this.unfolded.has(key) || list.length <= FEW;
    const shown = isWhole ? list : list.slice(0, FEW);
    const buttons = shown.map((one, i) => {
      const index = Array.isArray(one) ? one[0] : one,
        button = element("button", "", words(one));
      button.type = "button";
      button.title = `${layer.noun} ${index + 1}: ${title(one, i)}`;
      button.setAttribute("aria-label", `Open ${layer.noun} ${index + 1} of ${layer.name}, ${WORDS[kind]}`);
      button.onclick = () => this.queue.send({ layer: layer.opens, opened: index });
      return button;
    });
    const more = element("button", "more", `+ ${grouped(list.length - shown.length)}`);
    more.type = "button";
    more.setAttribute("aria-label", `All ${list.length} ${WORDS[kind]} of ${layer.name}`);
    more.onclick = () => {
      this.unfolded.add(key);
      this.draw();
    };
    const head = element("b", "many", grouped(list.length));
    box.append(element("div", "chips", head, ...buttons, isWhole ? null : more));
    return box;
  }
}

const VIEWS = new WeakMap();

export default function (component) {
  const host = component.parentElement.querySelector(".idle");
  if (!VIEWS.has(host)) VIEWS.set(host, new Idle(host));
  const queue = Gestures.of(component).hear(component);
  queue.draw(() => {
    const sign = JSON.stringify(component.data.layers);
    if (host.dataset.sign === sign) return;
    host.dataset.sign = sign;
    VIEWS.get(host).show(component.data.layers, queue);
  });
}
