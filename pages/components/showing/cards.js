// A card for each class: its name, what was shown of it, and a button that records while it is held.
const EVERY = 125, // ms between two pictures while it is held: eight a second
  MOST = 100, // pictures of one press
  SETTLED = 1200; // ms after which the pictures of an answered press leave the messages to the server

class Card {
  constructor(deck) {
    this.deck = deck;
    this.held = false;
    this.frames = [];
    this.opened = null;
    this.make();
  }

  make() {
    this.name = Object.assign(element("input", "name"), { type: "text", maxLength: 40, autocomplete: "off" });
    this.name.setAttribute("aria-label", "Name of the class");
    this.name.onchange = () => this.deck.send({ action: "name", class: this.id, name: this.name.value });
    this.name.oninput = () => (this.name.size = Math.max(5, this.name.value.length + 1));
    this.name.onfocus = () => this.name.select();
    this.name.onkeydown = event => event.key === "Enter" && this.name.blur();
    this.count = element("span", "count");
    this.remove = button("Remove class", "quiet");
    this.remove.onclick = () => this.deck.send({ action: "forget", class: this.id });
    this.record = button("", "record");
    this.files = fileButton("Add files", true, files => this.bring(files));
    this.hint = element("span", "hint", "or drop pictures here");
    this.preview = previewOf("What the camera sees");
    this.note = element("span", "note");
    this.note.setAttribute("role", "status");
    this.thumbs = element("div", "thumbs");
    this.thumbs.onkeydown = event => this.move(event);
    this.viewer = element("div", "viewer");
    const ways = element("div", "ways", this.record, this.files, this.hint, this.note);
    // On a phone the preview stands under the button, and the pictures under both.
    this.side = element("div", "side", this.thumbs, this.viewer);
    this.body = element("div", "body", ways, this.preview, this.side);
    this.node = element("section", "card", element("header", "", this.name, this.count, this.remove), this.body);
    dropOn(this.node, files => this.bring(files));
    this.hold();
  }

  // Records while it is pressed: by mouse, finger or pen, and by the space bar or Enter.
  hold() {
    const { record } = this;
    record.onpointerdown = event => {
      if (event.button) return;
      record.setPointerCapture(event.pointerId);
      this.begin();
    };
    record.onpointerup = record.onpointercancel = record.onlostpointercapture = () => this.end();
    record.oncontextmenu = event => event.preventDefault(); // a long touch is meant for us
    record.onkeydown = event => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) this.begin();
    };
    record.onkeyup = event => [" ", "Enter"].includes(event.key) && this.end();
    record.onblur = () => this.end();
    record.onclick = event => event.detail === 0 && !this.held && this.once(); // of a screen reader
  }

  async begin() {
    if (this.held) return;
    this.held = true;
    this.frames = [];
    this.deck.active = this;
    this.say("");
    await CAMERA.start();
    if (CAMERA.state !== "on") {
      this.held = false;
    } else if (this.held) {
      CAMERA.isRecording = true;
      this.take();
      this.timer = setInterval(() => this.take(), EVERY);
    } else {
      this.say("The camera is on. Hold to record.");
    }
    this.deck.follow();
  }

  // One picture, for who can't hold.
  async once() {
    await this.begin();
    this.end();
  }

  take() {
    const frame = CAMERA.frame();
    if (!frame) return;
    this.frames.push(frame);
    this.thumbs.append(this.thumbOf({ uri: frame }, true));
    this.thumbs.scrollTop = this.thumbs.scrollHeight;
    this.look();
    if (this.frames.length >= MOST) {
      this.end();
      this.say(`${MOST} pictures are enough for one press; turn it, and press again.`);
    }
  }

  end() {
    if (!this.held) return;
    this.held = false;
    clearInterval(this.timer);
    CAMERA.isRecording = false;
    if (this.frames.length) this.deck.send({ action: "add", class: this.id, frames: this.frames });
    this.frames = [];
    this.look();
  }

  // Files on their way; what is too much is said here, as the uploader is out of sight.
  bring(files) {
    const { most, largest } = this.deck.data.files,
      fitting = files.filter(file => file.size <= largest).slice(0, most),
      left = files.length - fitting.length;
    const limits = `${most} files at once, of ${Math.round(largest / 1e6)} MB each, are the limit`;
    this.say(left ? `${counted(left, "file was", "files were")} left out: ${limits}.` : "");
    if (!fitting.length) return;
    if (!handOver(fitting, this.filesKey)) this.say("The page is being drawn: add them again.");
    else if (!left) this.say(`Reading ${counted(fitting.length, "file")} ...`, true);
  }

  // isPassing: until the server has answered.
  say(words, isPassing = false) {
    this.note.textContent = words;
    this.isPassing = isPassing;
  }

  // ---- drawing

  // one: the class as the server knows it.
  show(one) {
    this.id = one.id;
    this.filesKey = one.filesKey;
    if (document.activeElement !== this.name && this.name.getRootNode().activeElement !== this.name)
      this.name.value = one.name;
    this.images = one.images;
    if (this.isPassing) this.say("");
    const at = this.focused();
    const known = new Map([...this.thumbs.children].map(thumb => [thumb.dataset.id, thumb]));
    this.thumbs.replaceChildren(...one.images.map(image => known.get(image.id) ?? this.thumbOf(image)));
    if (at >= 0) this.thumbs.children[Math.min(at, one.images.length - 1)]?.focus();
    if (!one.images.some(image => image.id === this.opened)) this.opened = null;
    this.look();
    this.view();
  }

  // What follows what is going on.
  look() {
    const isActive = this.deck.active === this && CAMERA.state === "on",
      count = (this.images?.length ?? 0) + this.frames.length;
    this.node.classList.toggle("active", isActive);
    this.node.classList.toggle("recording", this.held && CAMERA.isRecording);
    if (isActive) CAMERA.into(this.preview);
    this.preview.hidden = !isActive;
    const isStarting = this.deck.active === this && CAMERA.state === "asking";
    const recording = this.held ? `Recording: ${this.frames.length}` : "Hold to record";
    this.record.replaceChildren(element("i"), isStarting ? "Starting the camera ..." : recording);
    this.record.setAttribute("aria-label", `Hold to record ${this.name.value}`);
    this.count.textContent = counted(count, "picture");
    this.thumbs.hidden = !count;
    this.hint.hidden = Boolean(count);
    this.name.size = Math.max(5, this.name.value.length + 1);
    this.record.classList.toggle("next", this.deck.next === this.id); // what is to be done next
    if (this.deck.active === this && CAMERA.state === "refused") this.say(CAMERA.why);
  }

  thumbOf(image, isPending = false) {
    const picture = element("img");
    picture.src = image.uri;
    picture.alt = "";
    const thumb = button("", isPending ? "thumb pending" : "thumb");
    thumb.append(picture);
    thumb.dataset.id = image.id ?? "";
    thumb.tabIndex = -1;
    thumb.disabled = isPending;
    thumb.onclick = () => this.open(this.opened === image.id ? null : image.id);
    return thumb;
  }

  focused() {
    return [...this.thumbs.children].indexOf(this.thumbs.getRootNode().activeElement);
  }

  // Arrows go from picture to picture, Delete removes one.
  move(event) {
    const at = this.focused(),
      step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (at < 0) return;
    if (step) {
      event.preventDefault();
      this.thumbs.children[at + step]?.focus();
      if (this.opened && this.images[at + step]) this.open(this.images[at + step].id);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.deck.send({ action: "remove", image: this.images[at].id });
    } else if (event.key === "Escape") {
      this.open(null);
    }
  }

  open(id) {
    this.opened = id;
    this.view();
  }

  // The picture that was opened, large, with the way to remove it.
  view() {
    const at = this.images.findIndex(image => image.id === this.opened);
    [...this.thumbs.children].forEach((thumb, i) => {
      thumb.tabIndex = i === Math.max(0, at) ? 0 : -1;
      thumb.classList.toggle("opened", i === at);
      thumb.setAttribute("aria-label", `Picture ${i + 1} of ${this.images.length} of ${this.name.value}`);
      thumb.setAttribute("aria-pressed", i === at);
    });
    this.viewer.hidden = at < 0;
    if (at < 0) return this.viewer.replaceChildren();
    const picture = element("img"),
      remove = button("Remove this picture"),
      close = button("Close");
    picture.src = this.images[at].uri;
    picture.alt = `Picture ${at + 1} of ${this.name.value}`;
    remove.onclick = () => this.deck.send({ action: "remove", image: this.images[at].id });
    close.onclick = () => this.open(null);
    const words = element("p", "", `Picture ${at + 1} of ${this.images.length}`);
    return this.viewer.replaceChildren(picture, element("div", "", words, remove, close));
  }
}

class Deck {
  constructor(host) {
    this.host = host;
    this.cards = new Map();
    this.active = null;
    this.list = element("div", "cards");
    this.more = button("Add a class", "more");
    this.more.onclick = () => this.send({ action: "class" });
    this.back = button("", "quiet");
    this.back.onclick = () => this.send({ action: "undo" });
    this.again = button("", "quiet");
    this.again.onclick = () => this.send({ action: "redo" });
    this.host.replaceChildren(this.list, element("div", "below", this.more, this.back, this.again));
    this.host.addEventListener("keydown", event => this.key(event));
    window.addEventListener("blur", () => this.active?.end());
  }

  // Ctrl+Z where no letters are undone.
  key(event) {
    const isText = event.composedPath()[0].tagName === "INPUT";
    if (!(event.ctrlKey || event.metaKey) || isText) return;
    const wanted = { z: event.shiftKey ? this.again : this.back, y: this.again }[event.key.toLowerCase()];
    if (!wanted || wanted.hidden) return;
    event.preventDefault();
    wanted.click();
  }

  send(gesture) {
    this.gestures.send(gesture);
    if (gesture.frames) this.isHeavy = true;
  }

  hear(component) {
    this.gestures = Gestures.of(component).hear(component);
    this.gestures.draw(() => this.draw(component.data));
    if (this.isHeavy && !this.gestures.waits) {
      this.isHeavy = false;
      setTimeout(() => this.gestures.waits || this.gestures.tell(), SETTLED);
    }
    CAMERA.join("cards", { isThere: () => this.host.isConnected, hear: () => this.follow() });
  }

  draw(data) {
    this.data = data;
    this.next = data.classes.find(one => !one.images.length)?.id;
    const nodes = data.classes.map(one => {
      if (!this.cards.has(one.id)) this.cards.set(one.id, new Card(this));
      const card = this.cards.get(one.id);
      card.show(one);
      card.remove.hidden = data.classes.length < 2;
      return card.node;
    });
    for (const id of this.cards.keys()) if (!data.classes.some(one => one.id === id)) this.cards.delete(id);
    nodes.forEach(
      (node, i) => this.list.children[i] === node || this.list.insertBefore(node, this.list.children[i] ?? null),
    );
    while (this.list.children.length > nodes.length) this.list.lastChild.remove();
    this.more.hidden = !data.mayAdd;
    this.back.hidden = !data.undo;
    this.back.textContent = `Take back ${data.undo}`;
    this.again.hidden = !data.redo;
    this.again.textContent = `Bring back ${data.redo}`;
  }

  follow() {
    for (const card of this.cards.values()) card.look();
  }
}

const decks = new WeakMap();

export default function (component) {
  const host = component.parentElement.querySelector(".showing");
  if (!decks.has(host)) decks.set(host, new Deck(host));
  decks.get(host).hear(component);
}
