// What the classifier says of what the camera sees, or of a picture: a bar for each class, always in the same place.
const LOOK_EVERY = 60, // ms between two looks whether the next frame may go
  LATE = 4000; // ms after which an answer is not waited for any more

class Guess {
  constructor(host) {
    this.host = host;
    this.sent = 0; // the name of the last frame that was sent: its time
    this.bars = [];
    this.preview = previewOf("What the camera sees");
    this.picture = element("img", "picture");
    this.empty = element("div", "empty", "");
    this.camera = button("Use the camera");
    this.camera.onclick = () => (CAMERA.state === "on" ? CAMERA.stop() : CAMERA.start());
    this.file = fileButton("A picture", false, files => this.bring(files));
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    this.verdict = element("p", "verdict");
    this.list = element("div", "bars");
    this.list.setAttribute("role", "list");
    this.list.setAttribute("aria-label", "How likely each class is");
    this.why = element("div", "why");
    this.seen = element("div", "sight", this.preview, this.picture, this.empty);
    const ways = element("div", "ways", this.camera, this.file);
    this.host.replaceChildren(this.seen, ways, this.note, this.verdict, this.list, this.why);
    dropOn(this.host, files => this.bring(files));
    this.paste = event => this.host.isConnected && this.pasted(event);
    window.addEventListener("paste", this.paste);
    this.clock = setInterval(() => this.look(), LOOK_EVERY);
  }

  hear({ data, setTriggerValue }) {
    this.data = data;
    this.trigger = frame => setTriggerValue("look", frame);
    if (data.answer?.n === this.sent) this.host.dataset.took = Math.round(performance.now() - this.sent);
    CAMERA.join("live", { isThere: () => this.host.isConnected, hear: () => this.draw() });
    this.draw();
  }

  // ---- frames: one under way at most

  look() {
    if (!this.host.isConnected) return this.leave();
    const waits = this.sent && this.data?.answer?.n !== this.sent && performance.now() - this.sent < LATE;
    if (CAMERA.state !== "on" || CAMERA.isRecording || document.hidden || waits || !this.data?.isLearnt) return;
    const picture = CAMERA.frame();
    if (!picture) return;
    this.sent = performance.now();
    this.trigger({ n: this.sent, picture });
  }

  // A part that is drawn anew is connected again before the clock strikes often.
  leave() {
    this.away = (this.away ?? 0) + 1;
    if (this.away * LOOK_EVERY < LATE) return;
    clearInterval(this.clock);
    window.removeEventListener("paste", this.paste);
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])].filter(file => file.type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    this.bring(files);
  }

  bring(files) {
    const [file] = files;
    if (!file) return;
    if (file.size > this.data.largest) {
      this.note.textContent = `This file is too large: ${Math.round(this.data.largest / 1e6)} MB is the limit.`;
      return;
    }
    if (CAMERA.state === "on") CAMERA.stop();
    this.note.textContent = handOver([file], this.data.filesKey)
      ? "Reading it ..."
      : "The page is being drawn: try again.";
  }

  // ---- drawing

  draw() {
    if (!this.data) return;
    const isOn = CAMERA.state === "on",
      { tried, classes, isLearnt } = this.data,
      answer = isOn ? this.data.answer : tried?.answer;
    if (isOn) CAMERA.into(this.preview);
    this.preview.hidden = !isOn;
    this.picture.hidden = isOn || !tried;
    if (tried) this.picture.src = tried.uri;
    this.picture.alt = "Your picture";
    this.empty.hidden = isOn || Boolean(tried);
    this.empty.textContent = isLearnt ? "Use the camera, or drop or paste a picture here." : this.data.waiting;
    this.camera.textContent = { on: "Camera off", asking: "Starting ..." }[CAMERA.state] ?? "Use the camera";
    this.note.textContent = answer?.error || (!isOn && tried?.error) || (CAMERA.state === "refused" ? CAMERA.why : "");
    this.drawBars(classes, answer?.shares);
    this.drawVerdict(answer);
  }

  drawBars(classes, shares) {
    while (this.bars.length > classes.length) this.bars.pop().row.remove();
    while (this.bars.length < classes.length) this.bars.push(this.bar());
    const most = shares ? Math.max(...shares.map(share => share ?? 0)) : 2;
    classes.forEach((name, i) => {
      const bar = this.bars[i],
        share = shares?.[i];
      bar.name.textContent = bar.name.title = name;
      bar.fill.style.width = `${100 * (share ?? 0)}%`;
      bar.row.classList.toggle("first", share === most);
      bar.share.textContent = share == null ? "–" : percentText(share);
    });
  }

  bar() {
    const bar = { name: element("span", "label"), fill: element("span", "fill"), share: element("span", "share") };
    bar.row = element("div", "bar", bar.name, element("span", "track", bar.fill), bar.share);
    bar.row.setAttribute("role", "listitem");
    this.list.append(bar.row);
    return bar;
  }

  // What it is, how sure that is, and which of the pictures that were shown is most like it.
  drawVerdict(answer) {
    this.list.classList.toggle("unlike", Boolean(answer?.isUnlike));
    this.verdict.textContent = answer?.words ?? "";
    this.verdict.classList.toggle("unsure", Boolean(answer && !answer.isSure));
    const nearest = answer?.nearest;
    this.why.hidden = !nearest;
    if (!nearest) return;
    if (!this.near) {
      this.near = Object.assign(element("img"), { alt: "" });
      this.nearWords = element("span");
      this.why.replaceChildren(this.near, this.nearWords);
    }
    this.near.src = nearest.uri;
    this.nearWords.textContent = `Most like this picture of ${nearest.name}.`;
  }
}

const guesses = new WeakMap();

export default function (component) {
  const host = component.parentElement.querySelector(".guess");
  if (!guesses.has(host)) guesses.set(host, new Guess(host));
  guesses.get(host).hear(component);
}
