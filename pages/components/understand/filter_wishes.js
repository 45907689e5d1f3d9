// A page of filters, a row each: kernel, image made to excite it, crops that do; or one filter at length.
const TILE = 56,
  LARGE = 168,
  CROP = 80,
  STRIP = 44; // px in usual type: of a row, of what is opened, of its crops, of its kernel after each epoch
const MOST_BARS = 40; // classes, as many as have a bar each
const NONE = "No training image excites it: it is 0 for all of them.";
const SHOWN = ["receptive field", "whole image"];

class Wishes {
  constructor(host, lens) {
    this.host = host;
    this.lens = lens;
    this.shown = SHOWN[0];
  }

  show({ header, at }, queue) {
    Object.assign(this, { header, at, queue, sheets: header.sheets });
    this.dark = isDark(this.host);
    let next = 0;
    for (const one of header.filters) {
      one.shots = next;
      next += one.positions.length;
      one.values = at(one.peaks, one.positions.length);
    }
    this.draw();
  }

  draw() {
    this.hide();
    const { header } = this;
    this.host.replaceChildren(...(header.opened ? this.alone(header.filters[0]) : this.page()));
    this.host.onkeydown = event => this.press(event);
  }

  ask(gesture) {
    this.queue.send({ layer: this.header.layer, opened: -1, page: 0, ...gesture });
  }

  name(index) {
    const { noun, names } = this.header;
    return noun === "class" ? names[index] : `${noun} ${index + 1}`;
  }

  button(words, act, label = words) {
    const button = element("button", "", words);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.disabled = !act;
    button.onclick = act;
    return button;
  }

  // ---- many

  page() {
    const { filters, count, first, page, noun } = this.header;
    const many = noun === "class" ? "classes" : `${noun}s`;
    const turn = by => (this.pageAt(by) ? () => this.ask({ page: Math.floor(first / page) + by }) : null);
    const place = `${many} ${grouped(first + 1)}–${grouped(first + filters.length)} of ${grouped(count)}`;
    const pager = element("span", "pager");
    if (count > page)
      pager.append(
        this.button("‹", turn(-1), `the ${many} before`),
        element("span", "", place),
        this.button("›", turn(1), `the next ${many}`),
      );
    else pager.append(element("span", "", place));
    const bar = element("div", "bar", pager, this.choice(), element("span", "seen", this.seen()));
    const table = element("div", "table", this.heads(), ...filters.map((one, i) => this.row(one, i)));
    return [bar, table];
  }

  pageAt(by) {
    const { first, page, count } = this.header;
    return first + by * page >= 0 && first + by * page < count;
  }

  seen() {
    const { seen, of } = this.header;
    const images = counted(of, "training image");
    return seen === of ? `all ${images}` : `${grouped(seen)} of ${images}, evenly spaced among them`;
  }

  choice() {
    const box = element("span", "choices", "Show");
    const [high, wide] = this.header.sees;
    const isAll = high === this.header.image[0] && wide === this.header.image[1];
    if (isAll) return element("span", "seen", "each sees the whole image");
    for (const way of SHOWN) {
      const input = Object.assign(element("input"), { type: "radio", name: `shown-${this.header.layer}` });
      input.checked = this.shown === way;
      input.onchange = () => {
        this.shown = way;
        this.draw();
      };
      box.append(element("label", "", input, way));
    }
    return box;
  }

  heads() {
    const most = "images that excite it most, strongest first";
    return element(
      "div",
      "heads",
      ...["", "kernel", "made for it", most, "mean by class"].map(words => element("span", "", words)),
    );
  }

  row(one, i) {
    const name = this.name(one.index),
      side = TILE * rem();
    const open = this.button(name, () => this.ask({ opened: one.index }), `Open ${name}`);
    const row = element(
      "div",
      "row",
      element("span", "name", open),
      this.kernel(one, side),
      this.made(one, i, side),
      element("span", "crops", ...(one.values.length ? one.positions.map((_, c) => this.crop(one, c, side)) : [NONE])),
      this.classes(one),
    );
    row.onclick = event => event.target.closest("button") || this.ask({ opened: one.index });
    return row;
  }

  kernel(one, side) {
    if (!one.kernel) {
      const none = element("span", "kernel none", "–");
      none.title = "It has no weights of its own: it is made of what several layers give.";
      return none;
    }
    return new KernelPicture(one.kernel, this.at).draw(side, this.dark);
  }

  made(one, i, side) {
    const picture = fromSheet(this.sheets.made, i, side);
    picture.classList.add("made");
    picture.setAttribute("role", "img");
    picture.title = this.madeWords(one);
    picture.setAttribute("aria-label", `made for ${this.name(one.index)}: ${picture.title}`);
    return element("span", "cell", picture);
  }

  madeWords(one) {
    const raised = one.madePeak > one.begunPeak;
    const best = one.values.length ? `, the strongest training image ${three(one.values[0])}` : "";
    const said = raised ? "" : "No step raised it: ";
    return `${said}${three(one.begunPeak)} in noise, ${three(one.madePeak)} in the end${best}`;
  }

  crop(one, c, side) {
    const place = one.shots + c,
      isWhole = this.shown === SHOWN[1];
    const picture = isWhole
      ? framed(this.sheets.whole, place, side, one.frames[c], this.header.image)
      : fromSheet(this.sheets.crops, place, side);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", this.cropWords(one, c));
    const cell = element("span", "cell", picture);
    cell.onpointerenter = () => this.enlarge(cell, one, c);
    cell.onpointerleave = () => this.hide();
    return cell;
  }

  cropWords(one, c) {
    const { names } = this.header;
    return `${names[one.labels[c]]}, ${three(one.values[c])}, image ${grouped(one.positions[c])}`;
  }

  classes(one) {
    const { names } = this.header,
      box = element("span", "classes");
    if (one.means.length <= MOST_BARS) box.append(classBars(one.means, 84 * rem(), 22 * rem()));
    box.append(element("span", "best-class", one.isFor === null ? this.alike(one) : names[one.isFor]));
    box.title = one.means
      .slice(0, MOST_BARS)
      .map((mean, i) => `${names[i]}: ${mean === null ? "no image" : three(mean)}`)
      .join("\n");
    return box;
  }

  alike(one) {
    return one.means.some(mean => mean) ? "all much alike" : "none";
  }

  // The whole image beside the pointer, with the part in it that is seen.
  enlarge(cell, one, c) {
    const { lens, header } = this;
    const whole = framed(this.sheets.whole, one.shots + c, LARGE * rem(), one.frames[c], header.image);
    const [top, bottom, left, right] = one.frames[c];
    const part = `sees ${bottom - top}×${right - left} of ${header.image[0]}×${header.image[1]} px`;
    lens.replaceChildren(
      whole,
      element("b", "", header.names[one.labels[c]]),
      element("span", "", `activation ${three(one.values[c])}`),
      element("span", "", `image ${grouped(one.positions[c])}, ${part}`),
    );
    lens.style.display = "grid";
    const box = cell.getBoundingClientRect(),
      own = lens.getBoundingClientRect();
    const x = clamp(box.left + box.width / 2 - own.width / 2, 8, window.innerWidth - own.width - 8);
    const below = box.bottom + 8 + own.height < window.innerHeight;
    lens.style.left = `${x}px`;
    lens.style.top = `${below ? box.bottom + 8 : Math.max(8, box.top - own.height - 8)}px`;
  }

  hide() {
    this.lens.style.display = "none";
  }

  // ---- one

  alone(one) {
    const { count, noun, layer, page } = this.header;
    const many = noun === "class" ? "classes" : `${noun}s`;
    const go = to => (to >= 0 && to < count ? () => this.ask({ opened: to }) : null);
    const back = this.button(`All ${many}`, () => this.ask({ page: Math.floor(one.index / page) }));
    back.classList.add("back");
    const bar = element(
      "div",
      "bar",
      back,
      this.button("‹", go(one.index - 1), `the ${noun} before`),
      this.button("›", go(one.index + 1), `the next ${noun}`),
      element("b", "title", this.name(one.index)),
      element("span", "seen", `${layer} · ${noun} ${grouped(one.index + 1)} of ${grouped(count)}`),
      element("span", "keys", "← → another one · Esc all"),
    );
    const side = LARGE * rem();
    const strip = one.strip === undefined ? null : this.strip(one);
    const own = element("div", "parts", this.largeKernel(one, side), this.largeMade(one, side), strip);
    return [bar, element("div", "both", own, this.exciting(one))];
  }

  figure(heading, words, ...inside) {
    return element("figure", "", element("h4", "", heading), ...inside, element("figcaption", "", words));
  }

  largeKernel(one, side) {
    if (!one.kernel)
      return this.figure("Kernel", "It has no weights of its own: it is made of what several layers give.");
    const kernel = new KernelPicture(one.kernel, this.at);
    return this.figure(
      "Kernel",
      kernel.words(),
      kernel.draw(side, this.dark),
      legend(largest(kernel.values), this.dark),
    );
  }

  largeMade(one, side) {
    const picture = fromSheet(this.sheets.made, 0, side);
    picture.classList.add("made");
    const [rows, columns] = one.made;
    return this.figure(
      "Made to excite it",
      `${this.madeWords(one)}; ${rows}×${columns} px, which is what it sees`,
      picture,
    );
  }

  exciting(one) {
    const crops = one.positions.map((_, c) => {
      const cell = this.crop(one, c, CROP * rem());
      return element("span", "told", cell, element("small", "", three(one.values[c])));
    });
    const shown = crops.length ? [this.choice(), element("div", "many", ...crops)] : [NONE];
    return this.figure("Training images that excite it most", `looked for among ${this.seen()}`, ...shown);
  }

  strip(one) {
    const [, count, rows, columns] = one.strips,
      size = count * rows * columns,
      all = this.at(one.strip, one.epochs.length * size),
      limit = largest(all);
    const cells = one.epochs.map((epoch, e) => {
      const values = all.subarray(e * size, (e + 1) * size);
      const kernel = one.kernel.colours
        ? colourKernel(values, rows, columns, STRIP * rem())
        : planesPicture(values, [count, rows, columns], STRIP * rem(), this.dark, limit);
      return element("span", "told", kernel, element("small", "", grouped(epoch)));
    });
    return this.figure("Its kernel after every kept epoch", "", element("div", "many strip", ...cells));
  }

  press(event) {
    const { header } = this;
    if (event.target.type === "radio") return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (header.opened && event.key === "Escape") this.ask({ page: Math.floor(header.filters[0].index / header.page) });
    else if (by && header.opened) {
      const to = header.filters[0].index + by;
      if (to >= 0 && to < header.count) this.ask({ opened: to });
    } else if (by && this.pageAt(by)) this.ask({ page: Math.floor(header.first / header.page) + by });
    else return;
    event.preventDefault();
  }
}

const VIEWS = new WeakMap();

export default function (component) {
  const { parentElement } = component,
    host = parentElement.querySelector(".wishes"),
    packet = unpack(component.data);
  if (!VIEWS.has(host)) VIEWS.set(host, new Wishes(host, parentElement.querySelector(".whole-image")));
  const told = { parentElement, data: packet.header, setStateValue: component.setStateValue },
    view = VIEWS.get(host),
    queue = Gestures.of(told).hear(told);
  queue.draw(() => {
    host.onpointerenter = () => view.dark !== isDark(host) && view.show(packet, queue);
    if (host.content === packet.header.content) return;
    host.content = packet.header.content;
    view.show(packet, queue);
  });
}
