// The time machine: the knob follows the pointer at once, the server once it has answered what was asked before; of all
// that is asked meanwhile only the last is. A film asks for the next epoch when the page has drawn this one.
const FILMS = (window.kernelscopeFilms ??= new Map());
const SPEEDS = [1, 2, 4], // epochs per second
  PATIENCE_MS = 20_000; // a page that never says that it is drawn holds a film up no longer
const SIGNS = {
  play: "M8 5.5v13l11-6.5z",
  pause: "M8 5.5h3v13H8z M14 5.5h3v13h-3z",
  next: "M8 6v12l8-6z M16.5 6h2v12h-2z",
  back: "M16 6v12l-8-6z M5.5 6h2v12h-2z",
};
const sign = name =>
  svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: SIGNS[name], fill: "currentColor" }));

class TimeMachine {
  constructor(host, run) {
    this.run = run;
    this.wanted = null; // the place of an epoch that was not asked for yet
    this.playing = false;
    this.speed = SPEEDS[1];
    this.track = new Track(place => this.by(place));
    this.track.node.onkeydown = event => this.key(event);
    this.playButton = this.button("Play", "play", () => (this.playing ? this.pause() : this.play()));
    this.backButton = this.button("Back an epoch", "back", () => this.by(this.at - 1));
    this.onButton = this.button("On an epoch", "next", () => this.by(this.at + 1));
    this.newest = element("button", "newest", "Newest");
    Object.assign(this.newest, { type: "button", onclick: () => this.follow() });
    this.newest.title = "Stays at the newest epoch while the network learns.";
    this.words = element("div", "here");
    const faster = element("select");
    faster.append(...SPEEDS.map(speed => new Option(`${speed} / s`, speed)));
    faster.value = this.speed;
    faster.onchange = () => (this.speed = +faster.value);
    faster.setAttribute("aria-label", "Epochs per second");
    faster.title = "Epochs per second";
    this.nodes = [
      element("div", "controls", this.backButton, this.playButton, this.onButton, faster, this.newest),
      this.track.node,
      this.words,
    ];
    this.put(host);
  }

  put(host) {
    this.host = host;
    host.replaceChildren(...this.nodes);
  }

  button(label, name, onclick) {
    const node = element("button", "round", sign(name));
    Object.assign(node, { type: "button", title: label, onclick });
    node.setAttribute("aria-label", label);
    return node;
  }

  hear(told, line) {
    this.told = told;
    this.line = line;
    if (this.wanted !== null && !line.waits) this.send();
    if (!line.waits && this.wanted === null) this.at = told.at;
    this.at = Math.min(this.at ?? told.at, told.epochs.length - 1);
    this.show();
  }

  show() {
    const { names, reached, live, follows, epochs } = this.told;
    this.track.show(this.told, this.at);
    this.words.replaceChildren(
      "After epoch ",
      element("b", "", names[this.at]),
      ...(reached[this.at] ? [element("span", "reached", `${reached[this.at]} validation`)] : []),
    );
    this.backButton.disabled = this.at === 0;
    this.onButton.disabled = this.at === epochs.length - 1;
    this.newest.hidden = !live;
    this.newest.setAttribute("aria-pressed", follows && this.wanted === null);
    this.playButton.replaceChildren(sign(this.playing ? "pause" : "play"));
    this.playButton.title = this.playing ? "Pause" : "Play";
    this.playButton.setAttribute("aria-label", this.playButton.title);
  }

  // Somebody moves it by hand: a film stops there.
  by(place) {
    this.playing = false;
    clearTimeout(this.timer);
    this.go(clamp(place, 0, this.told.epochs.length - 1));
  }

  go(place) {
    this.at = this.wanted = place;
    if (!this.line.waits) this.send();
    this.show();
  }

  follow() {
    this.pause();
    this.ask(null);
  }

  send() {
    const epoch = this.told.epochs[Math.min(this.wanted, this.told.epochs.length - 1)];
    this.wanted = null;
    // Who stands at the newest epoch while the network learns goes on with it.
    this.ask(this.told.live && epoch === this.told.epochs.at(-1) ? null : epoch);
  }

  ask(epoch) {
    this.asked = performance.now();
    this.line.send({ action: "go", run: this.run, epoch, plays: this.playing });
    clearTimeout(this.late);
    if (this.playing) this.late = setTimeout(() => this.next(), PATIENCE_MS);
  }

  play() {
    this.playing = true;
    const isAtEnd = this.at === this.told.epochs.length - 1;
    this.go(isAtEnd ? 0 : this.at + 1);
  }

  pause() {
    this.playing = false;
    clearTimeout(this.timer);
    this.show();
  }

  // The page shows an epoch: a film goes on when it is the one that was asked for and its time is over.
  drawn({ epoch, waits }) {
    if (!this.playing || waits || epoch !== this.told.epochs[this.at]) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.next(), Math.max(0, this.asked + 1000 / this.speed - performance.now()));
  }

  next() {
    clearTimeout(this.late);
    if (!this.playing || !this.host.isConnected) this.playing = false;
    else if (this.at < this.told.epochs.length - 1) return this.go(this.at + 1);
    this.pause();
  }

  key(event) {
    const last = this.told.epochs.length - 1,
      far = Math.max(1, Math.round(last / 10)),
      steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -far, PageUp: far };
    const place = { Home: 0, End: last }[event.key] ?? this.at + (steps[event.key] ?? NaN);
    if (event.key === " ") this.playButton.click();
    else if (Number.isNaN(place) || event.altKey || event.ctrlKey || event.metaKey) return;
    else this.by(place);
    event.preventDefault();
  }
}

export default function (component) {
  const { data, parentElement } = component,
    host = parentElement.querySelector(".time"),
    line = Gestures.of(component).hear(component);
  if (!FILMS.has(data.run)) FILMS.set(data.run, new TimeMachine(host, data.run));
  const machine = FILMS.get(data.run);
  if (machine.host !== host) machine.pause();
  if (!machine.nodes[0].isConnected || machine.host !== host) machine.put(host);
  machine.hear(data, line);
}
