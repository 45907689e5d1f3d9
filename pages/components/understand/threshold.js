// A threshold for one class against the rest: dragged here, and everything that it changes follows at once.
const SIDE = 220; // px of a curve's field, in usual type
const SET = (window.kernelscopeThresholds ??= new Map()); // where a threshold stands outlives its nodes

const figureText = value => (Number.isFinite(value) ? value.toFixed(3) : "–");

class ThresholdView {
  constructor() {
    this.at = 500; // thousandths
  }

  show(host, data, send) {
    Object.assign(this, { host, data, send });
    const focused = host.getRootNode().activeElement?.dataset?.focus;
    const area = data.auc === null ? "" : `AUC ${data.auc.toFixed(3)}`,
      mean = data.average_precision === null ? "" : `average precision ${data.average_precision.toFixed(3)}`;
    this.roc = this.curve("ROC", area, data.roc, "others taken", "found", true);
    this.pr = this.curve("Precision and recall", mean, data.precision, "found (recall)", "right of those taken", false);
    this.table = element("div", "cells");
    this.told = element("p", "told");
    this.told.setAttribute("role", "status");
    const right = element("div", "right", this.slider(), this.table, this.told, element("p", "hint", this.note()));
    host.classList.toggle("train", data.part.startsWith("training"));
    host.replaceChildren(this.roc.node, this.pr.node, right);
    this.move();
    if (focused) host.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  note() {
    const { data } = this;
    if (!data.positives) return `There is no ${data.part} of ${data.name}: there is nothing to find.`;
    if (!data.negatives) return `Every ${data.part} is of ${data.name}: there is nothing to tell it from.`;
    const often = `the first gets the higher probability in ${percentText(data.auc, 1)} of the cases`;
    const area = `An AUC of ${data.auc.toFixed(3)}: of one image of ${data.name} and one other, ${often}.`;
    if (data.classes === 2) return `${area} At 0.5 the answers are those of the network.`;
    return `${area} The network itself answers with the likeliest of ${data.classes} classes, whatever the threshold.`;
  }

  slider() {
    const range = Object.assign(element("input"), { type: "range", min: 0, max: 1000, step: 1, value: this.at });
    range.dataset.focus = "slider";
    range.setAttribute("aria-label", `Threshold for the probability of ${this.data.name}, in thousandths`);
    range.oninput = () => {
      this.at = Number(range.value);
      this.move();
    };
    this.value = element("b");
    return element(
      "label",
      "slider",
      element("span", "", `Called ${this.data.name} from a probability of `, this.value),
      range,
    );
  }

  // A field 0..1 by 0..1 with a curve and the place of the threshold on it.
  curve(title, area, points, x, y, hasChance) {
    const place = ([a, b]) => `${a * SIDE},${(1 - b) * SIDE}`;
    const picture = svg("svg", { viewBox: `-6 -6 ${SIDE + 12} ${SIDE + 12}`, "aria-hidden": "true" });
    picture.append(svg("rect", { class: "field", width: SIDE, height: SIDE }));
    if (hasChance) picture.append(svg("path", { class: "chance", d: `M0 ${SIDE}L${SIDE} 0` }));
    if (points.length) picture.append(svg("polyline", { class: "line", points: points.map(place).join(" ") }));
    const dot = svg("circle", { class: "dot", r: 5 });
    picture.append(dot);
    const axes = element("figcaption", "", element("span", "", `↑ ${y}`), element("span", "", `${x} →`));
    const head = element("p", "title", element("b", "", title), element("span", "", area || "\u00a0"));
    const move = (a, b) => {
      dot.style.display = Number.isFinite(a) && Number.isFinite(b) && points.length ? "" : "none";
      if (dot.style.display === "") {
        dot.setAttribute("cx", a * SIDE);
        dot.setAttribute("cy", (1 - b) * SIDE);
      }
    };
    return { node: element("figure", "", head, picture, axes), move };
  }

  move() {
    const { data, at } = this,
      tp = data.hits[at],
      fp = data.alarms[at],
      fn = data.positives - tp,
      tn = data.negatives - fp;
    this.value.textContent = (at / 1000).toFixed(3);
    const recall = tp / data.positives,
      precision = tp / (tp + fp);
    this.roc.move(fp / data.negatives, recall);
    this.pr.move(recall, precision);
    const figures = {
      Precision: precision,
      recall,
      "false alarms": fp / data.negatives,
      accuracy: (tp + tn) / (data.positives + data.negatives),
    };
    this.told.textContent = Object.entries(figures)
      .map(([word, value]) => `${word} ${figureText(value)}`)
      .join(" · ");
    this.cells([
      ["tp", tp, `${data.name}, found`, true],
      ["fn", fn, `${data.name}, missed`, false],
      ["fp", fp, "others, taken for it", false],
      ["tn", tn, "others, left", true],
    ]);
  }

  // The nodes stay while the threshold is dragged.
  cells(all) {
    if (!this.table.children.length)
      for (const [name] of all) {
        const button = element("button", "cell", element("b"), element("span"));
        button.type = "button";
        button.dataset.focus = name;
        button.onclick = () => {
          const what = `${name}-${this.at}`;
          this.send({ what: what === this.data.opened ? "" : what });
        };
        this.table.append(button);
      }
    all.forEach(([name, count, words, right], i) => {
      const button = this.table.children[i];
      button.className = `cell ${right ? "right" : "wrong"}`;
      button.firstChild.textContent = grouped(count);
      button.lastChild.textContent = words;
      button.disabled = !count;
      button.setAttribute("aria-pressed", String(this.data.opened === `${name}-${this.at}`));
    });
  }
}

export default function (component) {
  const { data, parentElement } = component;
  const host = parentElement.querySelector(".threshold"),
    gestures = Gestures.of(component).hear(component);
  const { gestures: _answered, ...shown } = data,
    sign = JSON.stringify(shown),
    key = data.gestures.queue;
  if (!SET.has(key)) SET.set(key, new ThresholdView());
  gestures.draw(() => {
    if (host.sign === sign) return;
    host.sign = sign;
    SET.get(key).show(host, data, gesture => gestures.send({ sign: data.sign, ...gesture }));
  });
}
