// Pictures and maps with frames drawn on them.
// A picture at a whole multiple of its size, with frames drawn on it. Boxes are [top, bottom, left, right] in cells,
// ends excluded.
// onPoint(row, column, event) follows pointer and arrow keys; onPress and onDrag hear the pressed pointer.
class Sheet {
  constructor({ label, onPoint = null, onLeave = null, onPress = null, onDrag = null }) {
    Object.assign(this, { onPoint, onLeave, onPress, onDrag, height: 1, width: 1, at: [0, 0], frames: new Map() });
    this.canvas = element("canvas", "crisp");
    this.node = element("div", "sheet", this.canvas);
    this.node.setAttribute("role", "img");
    this.node.setAttribute("aria-label", label);
    if (!onPoint && !onPress) return;
    this.node.tabIndex = 0;
    this.node.classList.add("listens");
    this.node.classList.toggle("draws", Boolean(onDrag));
    this.node.onpointermove = event => this.point(event);
    this.node.onpointerdown = event => this.press(event);
    this.node.onpointerup = this.node.onpointercancel = () => {
      this.held = false;
    };
    onLeaving(this.node, () => this.held || this.onLeave?.());
    this.node.onkeydown = event => this.key(event);
    this.node.onfocus = event => {
      if (this.node.matches(":focus-visible")) this.onPoint?.(...this.at, event);
    };
  }

  // image: { height, width, planes } with values 0..1, one plane for grey or three for colours; side: px that it may
  // take.
  image(image, side) {
    const { height, width, planes } = image;
    Object.assign(this.canvas, { height, width });
    const pen = this.canvas.getContext("2d"),
      pixels = pen.createImageData(width, height);
    for (let i = 0; i < height * width; i++) {
      for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = 255 * planes[planes.length === 3 ? c : 0][i];
      pixels.data[4 * i + 3] = 255;
    }
    pen.putImageData(pixels, 0, 0);
    return this.size(height, width, side);
  }

  // Signed values: orange below zero, blue above, full colour at the limit.
  signed(values, height, width, side, limit = largest(values)) {
    paint(this.canvas, values, height, width, limit, isDark(this.node));
    return this.size(height, width, side);
  }

  size(height, width, side) {
    Object.assign(this, { height, width, at: [Math.min(this.at[0], height - 1), Math.min(this.at[1], width - 1)] });
    this.zoom = zoomOf(Math.max(height, width), side * rem());
    place(this.canvas, height, width, this.zoom);
    return this;
  }

  cell(event) {
    const box = this.canvas.getBoundingClientRect(),
      inside = (offset, length, count) => clamp(Math.floor((offset / length) * count), 0, count - 1);
    return [
      inside(event.clientY - box.top, box.height, this.height),
      inside(event.clientX - box.left, box.width, this.width),
    ];
  }

  point(event) {
    this.at = this.cell(event);
    if (this.held && this.onDrag) this.onDrag(...this.at, event);
    else this.onPoint?.(...this.at, event);
  }

  press(event) {
    if (event.button) return;
    this.held = true;
    this.node.setPointerCapture(event.pointerId);
    this.at = this.cell(event);
    this.onPoint?.(...this.at, event);
    this.onPress?.(...this.at, event);
  }

  key(event) {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (move) {
      this.at = [clamp(this.at[0] + move[0], 0, this.height - 1), clamp(this.at[1] + move[1], 0, this.width - 1)];
      this.onPoint?.(...this.at, event);
    } else if (this.onPress && (event.key === "Enter" || event.key === " ")) this.onPress(...this.at, event);
    else return;
    event.preventDefault();
  }

  // A frame by name; it is made once and moved from then on. Without a box it is hidden.
  frame(name, box = null) {
    if (!this.frames.has(name)) this.frames.set(name, this.node.appendChild(element("i", `frame ${name}`)));
    const node = this.frames.get(name);
    node.hidden = !box;
    if (!box) return;
    const [top, bottom, left, right] = box,
      px = cells => `${cells * this.zoom}px`;
    Object.assign(node.style, { top: px(top), left: px(left), height: px(bottom - top), width: px(right - left) });
  }
}

// The bytes of a picture as the server sends them: base64 of uint8 (height, width, channels), made 0..1.
function unpackPicture({ height, width, channels, pixels }) {
  const bytes = atob(pixels),
    planes = Array.from({ length: channels }, () => new Float64Array(height * width));
  for (let i = 0; i < bytes.length; i++) planes[i % channels][Math.floor(i / channels)] = bytes.charCodeAt(i) / 255;
  return { height, width, planes };
}
