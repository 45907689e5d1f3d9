// Many pictures in a table: counts per class above, sorted and filtered here; a row opens its picture large.
const SORTS = { answer: "Answer", share: "Probability", name: "File" };
const FIRST_DOWN = new Set(["share"]); // largest first at the first press

class AnswersTable {
  // gestures: to the server; what is set here outlives the nodes.
  constructor(gestures) {
    this.gestures = gestures;
    this.way = 0; // as they are, or adjusted where that differs
    this.only = null; // the class that is shown
    this.unsure = false;
    this.below = 60; // %
    this.sort = null;
    this.down = false;
    this.opened = null;
  }

  show(host, data) {
    if (data.sign !== this.sign) Object.assign(this, { only: null, opened: null, way: 0 });
    Object.assign(this, { host, data, sign: data.sign });
    if (!this.gestures.waits) this.opened = data.opened?.row ?? null;
    this.draw();
  }

  draw() {
    const focused = this.host.getRootNode().activeElement?.dataset?.focus;
    this.host.replaceChildren(this.counts(), this.tools(), this.table());
    if (focused) this.host.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  // The answer that counts for a picture.
  answer(item) {
    return (item.ways[this.way] ?? item.ways[0]).top[0];
  }

  isUnsure(item) {
    return 100 * this.answer(item).share < this.below;
  }

  // ---- above the table

  counts() {
    const found = new Map();
    for (const item of this.data.items) {
      const { name } = this.answer(item);
      found.set(name, (found.get(name) ?? 0) + 1);
    }
    const most = Math.max(...found.values());
    const chips = [...found].sort((a, b) => b[1] - a[1]).map(([name, count]) => this.chip(name, count, most));
    const group = element("div", "counts", ...chips);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Pictures per answer; a press shows these alone");
    return group;
  }

  chip(name, count, most) {
    const level = element("span", "level");
    level.style.width = `${(100 * count) / most}%`;
    const label = element("b", "name", name);
    label.title = name;
    const words = element("span", "number", `${count} of ${this.data.items.length}`);
    const chip = element("button", "chip", label, words, level);
    chip.type = "button";
    chip.dataset.focus = `chip ${name}`;
    chip.setAttribute("aria-pressed", this.only === name);
    chip.onclick = () => {
      this.only = this.only === name ? null : name;
      this.draw();
    };
    return chip;
  }

  tools() {
    const box = element("input");
    Object.assign(box, { type: "checkbox", checked: this.unsure });
    box.dataset.focus = "unsure";
    box.onchange = () => {
      this.unsure = box.checked;
      this.draw();
    };
    const below = element("input");
    Object.assign(below, { type: "number", min: 1, max: 100, value: this.below });
    below.dataset.focus = "below";
    below.setAttribute("aria-label", "Unsure below this probability, %");
    below.onchange = () => {
      this.below = Math.max(1, Math.min(100, +below.value || this.below));
      this.draw();
    };
    const unsure = element("label", "", box, "Unsure only, below");
    const told = element("span", "told", this.told());
    told.setAttribute("role", "status");
    return element("div", "tools", this.waysChoice(), element("span", "unsure", unsure, below, "%"), told);
  }

  told() {
    const all = this.data.items.length;
    const shown = this.shown().length;
    const unsure = this.data.items.filter(item => this.isUnsure(item)).length;
    const words = shown === all ? counted(all, "picture") : `${shown} of ${counted(all, "picture")}`;
    return this.unsure ? words : `${words}, ${unsure} below ${this.below} %`;
  }

  // Which of both answers is counted and sorted by; null where no picture has two.
  waysChoice() {
    if (!this.data.items.some(item => item.ways.length > 1)) return null;
    const choice = element("span", "choice", "Count");
    choice.setAttribute("role", "radiogroup");
    choice.setAttribute("aria-label", "Which answers are counted");
    ["as they are", "adjusted"].forEach((words, way) => {
      const radio = element("input");
      Object.assign(radio, { type: "radio", name: "way", checked: this.way === way });
      radio.dataset.focus = `way ${way}`;
      radio.onchange = () => {
        this.way = way;
        this.only = null;
        this.draw();
      };
      choice.append(element("label", "", radio, words));
    });
    return choice;
  }

  // ---- the table

  // Places of the pictures that are shown, in order.
  shown() {
    const { items } = this.data;
    const places = [...items.keys()].filter(i => {
      const isChosen = this.only === null || this.answer(items[i]).name === this.only;
      return isChosen && (!this.unsure || this.isUnsure(items[i]));
    });
    if (!this.sort) return places;
    const key = {
      answer: item => this.answer(item).name,
      share: item => this.answer(item).share,
      name: item => item.name,
    }[this.sort];
    const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));
    return places.sort((a, b) => (this.down ? -1 : 1) * compare(key(items[a]), key(items[b])) || a - b);
  }

  table() {
    const two = this.data.items.some(item => item.ways.length > 1);
    const head = element("tr", "", element("th", "", element("span", "hidden", "Picture")));
    for (const sort of Object.keys(SORTS)) {
      head.append(this.header(sort));
      if (sort === "share" && two) head.append(element("th", "other", this.way ? "As it is" : "Adjusted"));
    }
    const body = element("tbody");
    const places = this.shown();
    for (const place of places) {
      body.append(this.row(place, two));
      if (place === this.opened) body.append(this.large(place, two ? 5 : 4));
    }
    const table = element("table", "", element("thead", "", head), body);
    table.setAttribute("aria-label", "Pictures and answers");
    if (places.length) return table;
    return element("div", "", table, element("p", "nothing", "No picture is like that."));
  }

  header(sort) {
    const isNow = this.sort === sort;
    const arrow = element("span", "arrow", isNow ? (this.down ? "↓" : "↑") : "↕");
    arrow.setAttribute("aria-hidden", "true");
    const button = element("button", "", SORTS[sort], arrow);
    button.type = "button";
    button.dataset.focus = `sort ${sort}`;
    button.onclick = () => {
      this.down = isNow ? !this.down : FIRST_DOWN.has(sort);
      this.sort = sort;
      this.draw();
    };
    const cell = element("th", sort, button);
    if (isNow) cell.setAttribute("aria-sort", this.down ? "descending" : "ascending");
    return cell;
  }

  row(place, two) {
    const item = this.data.items[place];
    const now = this.answer(item);
    const image = element("img", item.thumb.crisp ? "crisp" : "");
    Object.assign(image, { src: item.thumb.uri, alt: "" });
    const scale = item.thumb.crisp ? 1 : rem();
    image.style.width = `${item.thumb.width * scale}px`;
    image.style.height = `${item.thumb.height * scale}px`;
    const opens = element("button", "thumb", image);
    opens.type = "button";
    opens.dataset.focus = `row ${place}`;
    opens.setAttribute("aria-label", `Open ${item.name}`);
    opens.setAttribute("aria-expanded", place === this.opened);
    const fill = element("span", "fill");
    fill.style.width = `${100 * now.share}%`;
    const share = element("td", "share", element("span", "track", fill), element("span", "number", now.text));
    share.title = String(now.share);
    const name = element("td", "name", element("span", "file", item.name), element("span", "words", item.words));
    name.title = item.name;
    const answer = element("td", `answer${this.isUnsure(item) ? " doubtful" : ""}`, now.name);
    answer.title = now.name;
    const row = element("tr", "row", element("td", "picture", opens), answer, share);
    if (two) row.append(this.other(item));
    row.append(name);
    row.dataset.place = place;
    row.classList.toggle("opened", place === this.opened);
    row.onclick = () => this.open(place === this.opened ? null : place);
    return row;
  }

  // The answer that is not counted.
  other(item) {
    const way = item.ways.length > 1 ? item.ways[1 - this.way] : null;
    const cell = element("td", "other", way && element("b", "", way.top[0].name), way && ` ${way.top[0].text}`);
    if (way) cell.dataset.label = way.label;
    return cell;
  }

  // Under its row the picture as large as alone; until the server has sent it, what is known already.
  large(place, columns) {
    const { opened, items, size } = this.data;
    const item = opened?.row === place ? opened.item : items[place];
    const ask = way => this.gestures.send({ action: "why", sign: this.sign, row: place, way });
    const close = element("button", "close", "Close");
    close.type = "button";
    close.onclick = () => this.open(null);
    const cell = element("td", "", close, pictureWithAnswers(item, { size, room: this.host.clientWidth }, ask));
    cell.colSpan = columns;
    const row = element("tr", "large", cell);
    row.onkeydown = event => {
      if (event.key === "Escape") this.open(null);
    };
    return row;
  }

  open(place) {
    const before = this.opened;
    this.opened = place;
    this.gestures.send({ action: "open", sign: this.sign, row: place ?? -1, way: 0 });
    this.draw();
    const to = place ?? before;
    const row = this.host.querySelector(`[data-place="${to}"]`);
    row?.querySelector(".thumb").focus({ preventScroll: true });
    this.bring(place === null ? row : row?.nextSibling);
  }

  // Scrolls no farther than needed, and again when the picture has come.
  bring(row) {
    row?.scrollIntoView({ block: "nearest" });
  }
}
