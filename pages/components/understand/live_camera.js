// What a network says of what the camera sees: its picture, what the network sees of that, and the likeliest classes.
const LOOK_EVERY = 60, // ms between two looks whether the next frame may go
  LATE = 4000; // ms after which an answer is not waited for any more

class LiveAnswers {
  constructor(host) {
    this.host = host;
    this.sent = 0; // the name of the last frame that was sent: its time
    this.preview = previewOf("What the camera sees");
    this.empty = element("div", "empty", "Use the camera to see what the network says of what it sees.");
    this.camera = button("Use the camera");
    this.camera.onclick = () => (CAMERA.state === "on" ? CAMERA.stop() : CAMERA.start());
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    this.seen = Object.assign(element("img", "crisp"), { alt: "What the network sees" });
    this.words = element("figcaption", "");
    this.figure = element("figure", "network", this.seen, this.words);
    this.says = element("div", "says");
    const left = element("div", "", element("div", "sight", this.preview, this.empty), this.camera, this.note);
    this.host.replaceChildren(left, this.figure, this.says);
    this.clock = setInterval(() => this.look(), LOOK_EVERY);
  }

  hear({ data, setTriggerValue }) {
    this.data = data;
    this.trigger = frame => setTriggerValue("look", frame);
    CAMERA.join("live answers", { isThere: () => this.host.isConnected, hear: () => this.draw() });
    this.draw();
  }

  // ---- frames: one under way at most

  look() {
    if (!this.host.isConnected) return this.leave();
    const waits = this.sent && this.data?.answer?.n !== this.sent && performance.now() - this.sent < LATE;
    if (CAMERA.state !== "on" || document.hidden || waits || !this.trigger) return;
    const picture = CAMERA.frame();
    if (!picture) return;
    this.sent = performance.now();
    this.trigger({ n: this.sent, picture });
  }

  // A part that is drawn anew is connected again before the clock strikes often.
  leave() {
    this.away = (this.away ?? 0) + 1;
    if (this.away * LOOK_EVERY > LATE) clearInterval(this.clock);
  }

  // ---- drawing

  draw() {
    const isOn = CAMERA.state === "on",
      answer = isOn ? this.data.answer : null;
    if (isOn) CAMERA.into(this.preview);
    this.preview.hidden = !isOn;
    this.empty.hidden = isOn;
    this.camera.textContent = { on: "Camera off", asking: "Starting ..." }[CAMERA.state] ?? "Use the camera";
    this.note.textContent = answer?.error || (CAMERA.state === "refused" ? CAMERA.why : "");
    this.figure.hidden = this.says.hidden = !answer?.top;
    if (!answer?.top) return;
    this.seen.src = answer.seen.uri;
    this.seen.style.width = `${answer.seen.width}px`;
    this.seen.style.height = `${answer.seen.height}px`;
    this.words.textContent = [`What the network sees, ${answer.size}`, answer.manner].filter(Boolean).join(", ");
    this.says.replaceChildren(element("p", "said", "It says ", element("b", "", answer.top[0].name)), bars(answer.top));
  }
}

const lives = new WeakMap();

export default function (component) {
  const host = component.parentElement.querySelector(".live");
  if (!lives.has(host)) lives.set(host, new LiveAnswers(host));
  lives.get(host).hear(component);
}
