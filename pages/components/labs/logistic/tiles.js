// Pictures with what it says of them: a group for each class, each picture a button that takes it apart.
class Tiles {
  // lab: its fields, pack, model, chosen, says, step, settings; open(j) takes a picture apart.
  constructor(lab) {
    Object.assign(this, { lab, tiles: new Map() });
    this.rows = element("div", "tile-rows");
    this.tally = element("span", "tally");
    this.node = element(
      "section",
      "judged",
      element("div", "row middle", lab.knob("shown", "Show"), this.tally),
      this.rows,
    );
    this.rows.onkeydown = event => this.press(event);
  }

  // As many of each class as fit into a row or two; rebuilt only when pictures or room have changed. sign: of the
  // pictures as dealt out.
  lay(room, sign) {
    const { width, names } = this.lab.pack,
      r = rem(),
      isWide = room > 520 * r;
    const beside = Math.max(...names.map(name => name.length)) > 3 ? 84 : 48;
    this.zoom = Math.max(1, Math.floor((width <= 12 ? 6 : width <= 32 ? 2 : 1) * r));
    const perRow = Math.max(1, Math.floor((room - (isWide ? beside * r : 0) + 5) / (this.zoom * width + 6)));
    this.most = perRow * (perRow < 6 ? 2 : 1);
    const laid = JSON.stringify([sign, this.zoom, this.most]);
    if (laid === this.laid) return;
    this.laid = laid;
    this.tiles.clear();
    this.rows.style.setProperty("--beside", `${beside / 16}rem`);
    this.lists = names.map(() => element("div", "tiles"));
    this.rows.replaceChildren(
      ...this.lists.map((list, label) => {
        const head = element("small", "", `${names[label]} `, element("span", "", `y = ${label}`));
        return element("div", "tile-group", head, list);
      }),
    );
  }

  tile(j) {
    if (!this.tiles.has(j)) this.tiles.set(j, this.make(j));
    return this.tiles.get(j);
  }

  make(j) {
    const { height, width, channels, pixels, inputs } = this.lab.pack,
      canvas = element("canvas", "crisp"),
      told = element("span", "");
    Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d"),
      image = pen.createImageData(width, height);
    for (let p = 0; p < width * height; p++) {
      for (let c = 0; c < 3; c++) image.data[4 * p + c] = pixels[j * inputs + p * channels + (channels === 3 ? c : 0)];
      image.data[4 * p + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
    place(canvas, height, width, this.zoom);
    return Object.assign(element("button", "tile", canvas, told), {
      type: "button",
      onclick: () => this.lab.open(j),
      told,
    });
  }

  // What changes with every step.
  show() {
    const { model, chosen, host } = this.lab,
      places = this.places(),
      held = host.getRootNode().activeElement;
    const wanted = [0, 1].map(label =>
      places.filter(j => model.labels[j] === label && this.isWanted(j)).slice(0, this.most),
    );
    wanted.forEach((list, label) => {
      const nodes = list.map(j => this.tile(j)),
        { childNodes } = this.lists[label];
      if (nodes.length !== childNodes.length || nodes.some((node, i) => node !== childNodes[i]))
        this.lists[label].replaceChildren(...nodes);
      list.forEach((j, i) => this.write(nodes[i], j));
    });
    const flat = wanted.flat(),
      first = flat.includes(chosen) ? chosen : flat[0];
    for (const j of flat) this.tile(j).tabIndex = j === first ? 0 : -1;
    if (held?.isConnected && held.classList.contains("tile")) held.focus();
    this.tellTally(places, flat.length);
  }

  places() {
    const { model, settings } = this.lab;
    return [...(settings.shown === "training" ? model.train : model.test)];
  }

  isWanted(j) {
    const { model, settings, step } = this.lab;
    return settings.shown !== "wrong" || (step > 0 && !model.isRight(j));
  }

  write(tile, j) {
    const { model, says, chosen } = this.lab,
      z = model.z[j],
      p = ACTIVATIONS.sigmoid(z).toFixed(2);
    const isRight = model.isRight(j),
      isWrong = z !== 0 && !isRight;
    tile.told.textContent = `${isWrong ? "✗ " : ""}${p}`;
    tile.classList.toggle("missed", isWrong);
    tile.classList.toggle("open", j === chosen);
    tile.setAttribute("aria-pressed", j === chosen);
    const verdict = z === 0 ? "" : isRight ? ", right" : ", wrong";
    tile.setAttribute("aria-label", `${says[model.labels[j]]}, probability of ${says[1]} ${p}${verdict}`);
  }

  tellTally(places, count) {
    const {
        model,
        settings: { shown },
        says,
        step,
      } = this.lab,
      kind = shown === "training" ? "training pictures" : "held-out pictures";
    const right = places.filter(j => model.isRight(j)).length,
      none = shown === "wrong" && !count ? " None is wrong." : "";
    if (!step) this.tally.textContent = `It says 0.5 of all ${places.length} ${kind}: it has learned nothing yet.`;
    else
      this.tally.textContent =
        `${right} of ${places.length} ${kind} right. ` + `Below each: the probability of ${says[1]}.${none}`;
  }

  // Left and right go through all of them, up and down to the nearest one of the next row.
  press(event) {
    const tiles = [...this.rows.querySelectorAll("button")],
      at = tiles.indexOf(event.target);
    if (at < 0) return;
    const { key } = event,
      last = tiles.length - 1,
      along = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[key];
    const down = { ArrowDown: 1, ArrowUp: -1 }[key],
      next = down ? this.nearest(tiles, tiles[at], down) : tiles[clamp(along, 0, last)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  nearest(tiles, from, down) {
    const middle = tile => {
      const { left, width, top } = tile.getBoundingClientRect();
      return { x: left + width / 2, y: top };
    };
    const { x, y } = middle(from),
      ahead = tiles.map(tile => ({ tile, ...middle(tile) })).filter(one => (one.y - y) * down > 1);
    const next = down > 0 ? Math.min(...ahead.map(one => one.y)) : Math.max(...ahead.map(one => one.y));
    const row = ahead.filter(one => Math.abs(one.y - next) <= 1);
    return row.reduce((best, one) => (!best || Math.abs(one.x - x) < Math.abs(best.x - x) ? one : best), null)?.tile;
  }
}
