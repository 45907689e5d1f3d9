// The one camera of the page, asked for only when somebody presses; the parts that show it hear when it comes and goes.
const SIDE = 224, // px of a picture that is taken: the middle of what the camera sees
  QUALITY = 0.9,
  UNSEEN = 2000; // ms without anybody who shows it, after which it is switched off
const WHY_NOT = {
  NotAllowedError: "The browser may not use the camera. Allow it beside the address, or add files.",
  NotFoundError: "There is no camera on this device. Connect one, or add files.",
  NotReadableError: "Another program uses the camera. Close it there, or add files.",
  insecure:
    "The browser gives its camera to secure addresses only (https, or localhost), which this one is not. Add files.",
  other: "The camera does not start. Try again, or add files.",
};

class Camera {
  constructor() {
    this.state = "off"; // asking, on, refused
    this.why = "";
    this.isRecording = false;
    this.parts = new Map(); // what hears of it, by name
    this.canvas = Object.assign(element("canvas"), { width: SIDE, height: SIDE });
    this.video = Object.assign(element("video"), { muted: true, playsInline: true });
    setInterval(() => this.watch(), UNSEEN / 2);
  }

  // part: {isThere, hear}; the latest of a name counts, as a page that is drawn anew makes another.
  join(name, part) {
    this.parts.set(name, part);
  }

  tell() {
    for (const part of this.parts.values()) if (part.isThere()) part.hear();
  }

  become(state, why = "") {
    this.state = state;
    this.why = why;
    this.tell();
  }

  async start() {
    if (this.state === "on" || this.state === "asking") return;
    if (!navigator.mediaDevices?.getUserMedia) {
      this.become("refused", window.isSecureContext ? WHY_NOT.other : WHY_NOT.insecure);
      return;
    }
    this.become("asking");
    try {
      const wanted = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "environment" };
      this.stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
      this.video.srcObject = this.stream;
      await this.video.play();
      this.stream.getVideoTracks()[0].onended = () => this.stop();
      this.become("on");
    } catch (error) {
      this.release();
      this.become("refused", WHY_NOT[error.name] ?? WHY_NOT.other);
    }
  }

  release() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }

  stop() {
    this.release();
    this.become("off");
  }

  // Nobody films a page that is not there any more.
  watch() {
    const isSeen = [...this.parts.values()].some(part => part.isThere());
    if (this.state !== "on" || isSeen) this.unseen = 0;
    else if (++this.unseen > 2) this.stop();
  }

  // The middle of what it sees now, as a JPEG; null while there is nothing to see. It is not mirrored: previews are.
  frame() {
    const { videoWidth: width, videoHeight: height } = this.video,
      side = Math.min(width, height);
    if (this.state !== "on" || !side) return null;
    const at = [(width - side) / 2, (height - side) / 2, side, side];
    this.canvas.getContext("2d").drawImage(this.video, ...at, 0, 0, SIDE, SIDE);
    return this.canvas.toDataURL("image/jpeg", QUALITY);
  }

  // Shows it in a video of the page.
  into(video) {
    if (video.srcObject === this.stream) return;
    video.srcObject = this.stream;
    if (this.stream) video.play().catch(() => {}); // a node that is taken away meanwhile plays nothing
  }
}

const CAMERA = (window.kernelscopeCamera ??= new Camera());

const previewOf = words => {
  const video = Object.assign(element("video", "preview"), { muted: true, playsInline: true, autoplay: true });
  video.setAttribute("aria-label", words);
  return video;
};

// Files go the way of every upload: to the uploader that Streamlit keeps for them, out of sight.
function handOver(files, key) {
  const input = document.querySelector(`.st-key-${key} input[type=file]`);
  if (!input || !files.length) return false;
  const box = new DataTransfer();
  for (const file of files) box.items.add(file);
  input.files = box.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

// Lets files be dropped on a node; take is called with them.
function dropOn(node, take) {
  let depth = 0; // of the nodes inside that were entered
  const holdsFiles = event => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const mark = by => {
    depth += by;
    node.classList.toggle("dropping", depth > 0);
  };
  node.addEventListener("dragenter", event => holdsFiles(event) && mark(1));
  node.addEventListener("dragleave", event => holdsFiles(event) && mark(-1));
  node.addEventListener("dragover", event => holdsFiles(event) && event.preventDefault());
  node.addEventListener("drop", event => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    mark(-depth);
    take([...event.dataTransfer.files]);
  });
}

const button = (words, className = "") => Object.assign(element("button", className, words), { type: "button" });

// A button that asks for files; take is called with them.
function fileButton(words, isMany, take) {
  const input = Object.assign(element("input"), { type: "file", multiple: isMany, accept: "image/*", hidden: true }),
    shown = button(words, "files");
  shown.onclick = () => input.click();
  input.onchange = () => {
    take([...input.files]);
    input.value = "";
  };
  return element("span", "", shown, input);
}
