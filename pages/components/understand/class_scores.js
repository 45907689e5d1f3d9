// Precision, recall and F1 class by class: sorted by a press on a heading, explained in this network's own numbers.
const SORTS = (window.kernelscopeScoreSorts ??= new Map()); // how a table was sorted outlives its nodes
const FIGURES = { precision: "Precision", recall: "Recall", f1: "F1", support: "Images" };

class ScoreTable {
  constructor() {
    Object.assign(this, { sort: "", down: false, told: null });
  }

  show(host, data, send) {
    Object.assign(this, { host, data, send });
    data.support = data.actual;
    host.classList.toggle("train", data.part.startsWith("training"));
    if (this.told >= data.names.length) this.told = null;
    this.draw();
  }

  draw() {
    const { host } = this,
      focused = host.getRootNode().activeElement?.dataset?.focus;
    this.said = element("div", "said");
    this.said.setAttribute("role", "status");
    const body = element("tbody", "", ...this.order().map(at => this.row(at)));
    const foot = element("tfoot", "", this.average("macro"), this.average("weighted"), this.accuracy());
    const table = element("table", "", element("thead", "", this.head()), body, foot);
    table.setAttribute("aria-label", "Precision, recall and F1 of each class");
    host.replaceChildren(element("div", "scrolls", table), this.said);
    this.explain(this.told ?? this.weakest());
    if (focused) host.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  weakest() {
    const known = this.data.names.map((_, at) => at).filter(at => this.data.f1[at] !== null);
    return known.sort((a, b) => this.data.f1[a] - this.data.f1[b])[0] ?? 0;
  }

  order() {
    const { data, sort } = this,
      places = [...data.names.keys()];
    if (!sort) return places;
    const value = at => (sort === "name" ? data.names[at] : (data[sort][at] ?? -1));
    const compare = (a, b) => (sort === "name" ? value(a).localeCompare(value(b)) : value(a) - value(b));
    return places.sort((a, b) => (this.down ? -1 : 1) * compare(a, b) || a - b);
  }

  head() {
    const row = element("tr");
    for (const [sort, words] of Object.entries({ name: "Class", ...FIGURES })) {
      const isNow = this.sort === sort;
      const arrow = element("span", "arrow", isNow ? (this.down ? "↓" : "↑") : "↕");
      arrow.setAttribute("aria-hidden", "true");
      const button = pressed(words, () => {
        this.down = isNow ? !this.down : sort === "support";
        this.sort = sort;
        this.draw();
      });
      button.append(arrow);
      button.dataset.focus = `sort ${sort}`;
      const cell = element("th", sort, button);
      cell.scope = "col";
      if (isNow) cell.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      row.append(cell);
    }
    return row;
  }

  opens(what, label, ...children) {
    const button = pressed("", () => this.send({ what: what === this.data.opened ? "" : what }));
    button.append(...children);
    button.dataset.focus = what;
    button.setAttribute("aria-pressed", String(this.data.opened === what));
    button.setAttribute("aria-label", label);
    button.title = label;
    return button;
  }

  row(at) {
    const { data } = this,
      name = data.names[at];
    const row = element(
      "tr",
      "",
      element("th", "name", this.opens(`all-${at}`, `All images of ${name}`, name)),
      this.figure("precision", data.precision[at], `-${at}`, `Wrongly called ${name}`),
      this.figure("recall", data.recall[at], `${at}-`, `${name} that was not found`),
      this.figure("f1", data.f1[at]),
      element("td", "support", grouped(data.actual[at])),
    );
    for (const event of ["pointerenter", "focusin"])
      row.addEventListener(event, () => {
        this.told = at;
        this.explain(at);
      });
    return row;
  }

  // A share as a bar and a number; it opens the images that keep it from being 1.
  figure(className, value, what, label) {
    const fill = element("span", "fill");
    fill.style.width = `${100 * (value ?? 0)}%`;
    const parts = [element("span", "track", fill), element("span", "number", value === null ? "–" : value.toFixed(3))];
    return element("td", className, what ? this.opens(what, label, ...parts) : element("span", "plain", ...parts));
  }

  average(kind) {
    const { data } = this,
      words = { macro: "Mean of the classes (macro)", weighted: "Mean by images (weighted)" }[kind];
    const all = data.actual.reduce((sum, count) => sum + count, 0);
    const figures = ["precision", "recall", "f1"].map(name => this.figure(name, data[kind][name]));
    return element("tr", "", element("th", "name", words), ...figures, element("td", "support", grouped(all)));
  }

  accuracy() {
    const cell = this.figure("f1", this.data.accuracy),
      all = this.data.actual.reduce((sum, count) => sum + count, 0),
      right = this.data.right.reduce((sum, count) => sum + count, 0);
    const of = element("td", "of", `${grouped(right)} of ${grouped(all)} right`);
    of.colSpan = 2;
    return element("tr", "", element("th", "name", "Accuracy"), of, cell, element("td", "support", grouped(all)));
  }

  // The words of the table in the numbers of one class.
  explain(at) {
    const { data } = this,
      name = data.names[at],
      [right, actual, predicted] = [data.right[at], data.actual[at], data.predicted[at]];
    const line = (word, words) => element("p", "", element("b", "", word), ` ${words}`);
    const told = value => (value === null ? "nothing to count it on" : value.toFixed(3));
    this.said.replaceChildren(
      element("p", "about", element("b", "", name), ` in numbers: ${grouped(right)} right answers.`),
      line(
        "Precision",
        `${counted(predicted, "answer")} say ${name}, ${grouped(right)} of them rightly: ${told(data.precision[at])}.`,
      ),
      line(
        "Recall",
        `${counted(actual, data.part)} of ${name}, ${grouped(right)} of them found: ${told(data.recall[at])}.`,
      ),
      line(
        "F1",
        `2 · ${grouped(right)} / (${grouped(predicted)} + ${grouped(actual)}) = ${told(data.f1[at])}, ` +
          "twice the right answers by all that say it and all that are it: low as soon as either of both is.",
      ),
    );
  }
}

function pressed(words, act) {
  const button = element("button", "", words);
  button.type = "button";
  button.onclick = act;
  return button;
}

export default function (component) {
  const { data, parentElement } = component;
  const host = parentElement.querySelector(".scores"),
    gestures = Gestures.of(component).hear(component);
  const { gestures: _answered, ...shown } = data,
    sign = JSON.stringify(shown),
    key = data.gestures.queue;
  if (!SORTS.has(key)) SORTS.set(key, new ScoreTable());
  gestures.draw(() => {
    if (host.sign === sign) return;
    host.sign = sign;
    SORTS.get(key).show(host, data, gesture => gestures.send({ sign: data.sign, ...gesture }));
  });
}
