// What the parts of a lab are written with: sizes, words, typed numbers, buttons, and the player.
const words = name => {
  const text = name.replaceAll("_", " ");
  return text[0].toUpperCase() + text.slice(1);
};
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// A number as people type it: comma or point, a typographic minus; null when it is none, or not finite.
function typed(text) {
  const plain = text.trim().replace(",", ".").replace("\u2212", "-");
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(value) ? value : null;
}

const ICONS = {
  play: "M8 5.5v13l11-6.5z",
  pause: "M8 5.5h3v13H8z M14 5.5h3v13h-3z",
  next: "M6 5.5v13l9-6.5z M16 5.5h2.5v13H16z",
  back: "M18.5 5.5v13l-9-6.5z M6 5.5h2.5v13H6z",
  reset: "M12 6V2.8L7.5 7l4.5 4.2V8a4.8 4.8 0 1 1-4.6 6.2l-1.9.6A6.8 6.8 0 1 0 12 6z",
  check: "M9.6 17.2l-4.8-4.8 1.6-1.6 3.2 3.2 8-8 1.6 1.6z",
};
const icon = name =>
  svg(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" },
    svg("path", { d: ICONS[name], fill: "currentColor" }),
  );

function button(label, onclick, sign = "") {
  const node = element("button", sign ? "round" : "plain", sign ? icon(sign) : label);
  Object.assign(node, { type: "button", onclick });
  if (sign) {
    node.title = label;
    node.setAttribute("aria-label", label);
  }
  return node;
}

// A button that copies what a node holds. Without https a browser keeps its clipboard closed; then the text is marked
// for Ctrl+C.
function copyButton(node) {
  const marked = () => {
    const range = document.createRange(),
      selection = getSelection();
    range.selectNodeContents(node);
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy") ? "Copied" : "Marked: press Ctrl+C";
  };
  const copy = button("Copy", async () => {
    copy.textContent = await (navigator.clipboard?.writeText(node.textContent).then(() => "Copied", marked) ??
      marked());
    setTimeout(() => {
      copy.textContent = "Copy";
    }, 2500);
  });
  return copy;
}

// A script behind its title, written while it is open; write() gives its text. isSeenFromEnd: what matters is there.
class FoldedScript {
  constructor(title, write, { note = "", isSeenFromEnd = false } = {}) {
    this.write = write;
    this.code = element("pre", "script");
    this.code.tabIndex = 0;
    this.code.setAttribute("aria-label", "The script");
    const head = element("summary", "", title),
      under = element("div", "row middle", copyButton(this.code), note && element("small", "", note));
    head.onclick = () => this.fill(); // before it opens: a browser tells of the opening a moment later
    this.node = element("details", "exported", head, this.code, under);
    if (isSeenFromEnd)
      this.node.ontoggle = () => {
        this.code.scrollTop = this.code.scrollHeight;
      };
  }

  show() {
    if (this.node.open) this.fill();
  }

  fill() {
    const text = this.write();
    if (this.code.textContent !== text) this.code.textContent = text;
  }
}

// What a tap asked for comes into view; whoever has a pointer sees both at once or scrolls himself.
function bringIntoView(node) {
  if (matchMedia("(hover: none)").matches) node.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

// ---- motion

// Play, pause, one step on or back, and how fast. length() is asked each time; onStep(at) shows a place, onRest() hears
// that it plays no more.
class Player {
  constructor({ length, onStep, onRest = null, interval = 700, label = "Animation" }) {
    Object.assign(this, { length, onStep, onRest, interval, at: 0, timer: null });
    this.toggle = button("Play", () => (this.timer ? this.pause() : this.play()), "play");
    this.speed = Object.assign(element("input"), { type: "range", min: 0, max: 4, step: 1, value: 2 });
    this.speed.setAttribute("aria-label", "Speed");
    this.speed.oninput = () => {
      if (this.timer) this.play();
    };
    const back = button("Step back", () => this.step(-1), "back"),
      on = button("Step", () => this.step(1), "next");
    this.node = element("div", "player", back, this.toggle, on, element("label", "speed", "Speed", this.speed));
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", label);
  }

  play() {
    clearInterval(this.timer);
    this.face("pause", "Pause");
    this.timer = setInterval(
      () => (this.node.isConnected ? this.go((this.at + 1) % Math.max(1, this.length())) : this.pause()),
      this.interval / 2 ** (this.speed.value - 2),
    );
  }

  pause() {
    const played = this.timer;
    clearInterval(this.timer);
    this.timer = null;
    this.face("play", "Play");
    if (played) this.onRest?.();
  }

  face(sign, label) {
    this.toggle.replaceChildren(icon(sign));
    this.toggle.title = label;
    this.toggle.setAttribute("aria-label", label);
  }

  step(by) {
    this.pause();
    this.go(clamp(this.at + by, 0, Math.max(0, this.length() - 1)));
  }
  go(at) {
    this.at = at;
    this.onStep(at);
  }
}

// A mouse that goes away, or keys that go elsewhere, end what they asked for; a finger that is lifted leaves it there.
function onLeaving(node, leave) {
  let isTouched = false;
  node.addEventListener("pointerdown", ({ pointerType }) => {
    isTouched = pointerType === "touch";
  });
  node.addEventListener("keydown", () => {
    isTouched = false;
  });
  node.addEventListener("pointerleave", ({ pointerType }) => pointerType === "touch" || leave());
  node.addEventListener("blur", () => isTouched || leave());
}
