// The starts side by side: a small picture of each, to be clicked, and the words about all of them.
const SIGNS = { waiting: "", learned: " ✓", ran: " ↯", stuck: " ✗" };

class StartStrip {
  constructor(onPick) {
    this.onPick = onPick;
    this.shareTold = element("p", "share");
    this.depthTold = element("p", "share depth");
    this.strip = element("div", "strip");
    this.strip.setAttribute("role", "group");
    this.strip.setAttribute("aria-label", "One small picture for each start");
    this.strip.onkeydown = event => this.walk(event);
    this.node = element("div", "starts", element("h3", "", "Many starts"), this.shareTold, this.depthTold, this.strip);
  }

  walk(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key],
      all = [...this.strip.children],
      at = all.indexOf(event.target);
    if (!by || at < 0) return;
    event.preventDefault();
    all[clamp(at + by, 0, all.length - 1)].focus();
  }

  lay(count) {
    if (this.strip.childNodes.length === count) return;
    this.tiles = Array.from({ length: count }, (_, seed) => this.tile(seed));
    this.strip.replaceChildren(...this.tiles.map(({ node }) => node));
  }

  tile(seed) {
    const picture = element("canvas", "crisp"),
      mark = element("span", "mark", String(seed)),
      node = element("button", "start", picture, mark);
    Object.assign(picture, { width: TINY_GRID, height: TINY_GRID });
    Object.assign(node, { type: "button", onclick: () => this.onPick(seed) });
    return { node, picture, mark };
  }

  show(starts, settings, dark) {
    const finished = starts.finished(settings.net, settings),
      { key } = starts.collection(settings.net, settings);
    this.tiles.forEach((tile, seed) => {
      tile.node.setAttribute("aria-pressed", seed === settings.seed);
      this.showTile(tile, finished[seed], seed, dark, key);
    });
    this.shareTold.textContent = starts.share(settings);
    this.depthTold.textContent = starts.depth(settings);
  }

  // one: what came of this start; without it, it has not been trained. Painted again only when that, or what it was
  // trained with, is another.
  showTile({ node, picture, mark }, one, seed, dark, key) {
    const state = !one ? "waiting" : one.learned ? "learned" : one.ran ? "ran" : "stuck",
      face = `${state}${dark}${one ? key : ""}`;
    if (node.dataset.face === face) return;
    node.dataset.face = face;
    node.className = `start ${state}`;
    mark.textContent = `${seed}${SIGNS[state]}`;
    node.title = `Seed ${seed}: ${this.words(state, one)}`;
    node.setAttribute("aria-label", node.title);
    paint(picture, one?.surface ?? new Float32Array(TINY_GRID ** 2), TINY_GRID, TINY_GRID, 1, dark);
  }

  words(state, one) {
    if (state === "learned") return `learns XOR, plateau of ${counted(one.waited, "step")}`;
    return { waiting: "not trained yet", ran: "ran away", stuck: `${one?.right} of 4 right in the end` }[state];
  }
}
