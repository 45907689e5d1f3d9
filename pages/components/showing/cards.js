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
    this.chosen = new Set(); // ids of pictures that are to go somewhere together
    this.make();
  }

  make() {
    this.name = Object.assign(element("input", "name"), { type: "text", maxLength: 40, autocomplete: "off" });
    this.name.setAttribute("aria-label", "Name of the class");
    this.name.onchange = () => this.deck.send({ action: "name", class: this.id, name: this.name.value });
    this.name.oninput = () => (this.name.size = Math.max(5, this.name.value.length + 1));
    this.name.onfocus = () => this.name.select();
    this.name.onkeydown = event => event.key === "Enter" && this.name.blur();
    this.swatch = button("", "swatch");
    this.swatch.onclick = () => this.deck.send({ action: "paint", class: this.id });
    this.count = element("span", "count");
    this.merge = element("select", "quiet");
    this.merge.onchange = () => {
      if (this.merge.value) this.deck.send({ action: "merge", class: this.id, into: Number(this.merge.value) });
      this.merge.value = "";
    };
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
    this.makeTray();
    const ways = element("div", "ways", this.record, this.files, this.hint, this.note);
    // On a phone the preview stands under the button, and the pictures under both.
    this.side = element("div", "side", this.thumbs, this.tray, this.viewer);
    this.body = element("div", "body", ways, this.preview, this.side);
    this.node = element(
      "section",
      "card",
      element("header", "", this.swatch, this.name, this.count, this.merge, this.remove),
      this.body,
    );
    dropOn(this.node, files => this.bring(files));
    this.hold();
  }

  // What is done with the pictures that are chosen: they go to another class, to a new one, or away.
  makeTray() {
    this.several = button("Choose several", "quiet");
    this.several.onclick = () => {
      this.isChoosing = !this.isChoosing;
      if (!this.isChoosing) this.chosen.clear();
      this.open(null);
    };
    this.told = element("span", "told");
    this.target = element("select");
    this.target.setAttribute("aria-label", "Move the chosen pictures to");
    this.target.onchange = () => {
      const to = this.target.value;
      this.target.value = "";
      if (to) this.go({ action: "move", class: to === "new" ? null : Number(to) });
    };
    this.away = button("Remove");
    this.away.onclick = () => this.go({ action: "remove" });
    this.tray = element("div", "tray", this.several, this.told, this.target, this.away);
  }

  go(gesture) {
    this.deck.send({ ...gesture, images: [...this.chosen] });
    this.chosen.clear();
    this.isChoosing = false;
    this.view();
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
    this.swatch.style.background = one.color;
    this.swatch.title = "Another colour";
    this.swatch.setAttribute("aria-label", `Another colour for ${one.name}`);
    if (document.activeElement !== this.name && this.name.getRootNode().activeElement !== this.name)
      this.name.value = one.name;
    this.images = one.images;
    if (this.isPassing) this.say("");
    const at = this.focused();
    const known = new Map([...this.thumbs.children].map(thumb => [thumb.dataset.id, thumb]));
    this.thumbs.replaceChildren(...one.images.map(image => known.get(image.id) ?? this.thumbOf(image)));
    if (at >= 0) this.thumbs.children[Math.min(at, one.images.length - 1)]?.focus();
    if (!one.images.some(image => image.id === this.opened)) this.opened = null;
    for (const id of this.chosen) if (!one.images.some(image => image.id === id)) this.chosen.delete(id);
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
    thumb.onclick = event => {
      if (this.isChoosing || event.shiftKey || event.ctrlKey || event.metaKey) this.choose(image.id, event.shiftKey);
      else this.open(this.opened === image.id ? null : image.id);
    };
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

  // One more or one less; with Shift all up to it.
  choose(id, isRow) {
    const ids = this.images.map(image => image.id),
      ends = [ids.indexOf(this.last), ids.indexOf(id)].sort((a, b) => a - b);
    if (isRow && ends[0] >= 0) for (const one of ids.slice(ends[0], ends[1] + 1)) this.chosen.add(one);
    else if (!this.chosen.delete(id)) this.chosen.add(id);
    this.last = id;
    this.isChoosing = true;
    this.open(null);
  }

  open(id) {
    this.opened = id;
    this.view();
  }

  viewTray() {
    const { chosen } = this;
    this.tray.hidden = this.images.length < 2;
    this.several.textContent = this.isChoosing ? "Choose none" : "Choose several";
    this.told.textContent = chosen.size ? `${counted(chosen.size, "picture")} chosen:` : "";
    if (this.isChoosing && !chosen.size) this.told.textContent = "Press the pictures that go together.";
    this.target.hidden = this.away.hidden = !chosen.size;
    const others = this.deck.data.classes.filter(one => one.id !== this.id).map(one => optionOf(one.id, one.name)),
      fresh = this.deck.data.mayAdd ? [optionOf("new", "a new class")] : [];
    this.target.replaceChildren(optionOf("", "Move to ..."), ...others, ...fresh);
    const into = others.map(one => optionOf(one.value, `into ${one.textContent}`));
    this.merge.replaceChildren(optionOf("", "Merge ..."), ...into);
    this.merge.setAttribute("aria-label", `Merge ${this.name.value} into another class`);
    this.merge.hidden = !others.length || !this.images.length;
  }

  // The picture that was opened, large, with the way to remove it.
  view() {
    const at = this.images.findIndex(image => image.id === this.opened);
    [...this.thumbs.children].forEach((thumb, i) => {
      thumb.tabIndex = i === Math.max(0, at) ? 0 : -1;
      thumb.classList.toggle("opened", i === at);
      thumb.setAttribute("aria-label", `Picture ${i + 1} of ${this.images.length} of ${this.name.value}`);
      thumb.classList.toggle("chosen", this.chosen.has(thumb.dataset.id));
      thumb.setAttribute("aria-pressed", i === at || this.chosen.has(thumb.dataset.id));
    });
    this.viewTray();
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

function optionOf(value, words) {
  return Object.assign(element("option"), { value, textContent: words });
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
