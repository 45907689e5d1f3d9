// The map of the images: colours are classes, crosses mistakes. A line drawn around points opens their pictures below.
const LOOSE = 6, // px that the pointer moves before a press becomes a line
  HOVER = 84; // px of the picture under the pointer

class ImageMap {
  constructor(root, host) {
    Object.assign(this, { root, host, points: new Points(), hidden: new Set(), line: null });
    this.canvas = element("canvas", "points");
    this.over = element("canvas", "over");
    this.tip = element("div", "tip");
    this.stage = element("div", "stage", this.canvas, this.over, this.tip);
    this.legend = element("div", "legend");
    host.replaceChildren(this.legend, this.stage);
    this.over.setAttribute("role", "img");
    this.tip.hidden = true;
    this.listen();
    new ResizeObserver(() => this.fit()).observe(this.stage);
  }

  listen() {
    const { over } = this;
    over.onpointerdown = event => {
      if (event.button) return;
      over.setPointerCapture(event.pointerId);
      this.line = [this.spot(event)];
    };
    over.onpointermove = event => {
      const at = this.spot(event);
      if (this.line) this.line.push(at);
      else this.point(at);
      if (this.line && this.isDrawn()) this.tip.hidden = true;
      this.mark();
    };
    over.onpointerup = event => {
      const line = this.line,
        isDrawn = line && this.isDrawn();
      this.line = null;
      if (!line) return;
      const i = this.points.nearest(...this.spot(event), i => this.isShown(i));
      const rows = isDrawn ? this.points.within(line, i => this.isShown(i)) : i < 0 ? [] : [i];
      this.choose(rows);
      this.send(rows);
    };
    over.onpointercancel = over.onpointerleave = () => {
      this.line = null;
      this.at = -1;
      this.tip.hidden = true;
      this.mark();
    };
  }

  choose(rows) {
    this.chosen = new Set(rows);
    this.mark();
  }

  isDrawn() {
    const [x, y] = this.line[0];
    return this.line.some(([a, b]) => Math.abs(a - x) + Math.abs(b - y) > LOOSE);
  }

  spot(event) {
    const box = this.over.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  isShown(i) {
    return !this.hidden.has(this.labels[i]);
  }

  take(header, at) {
    const { count } = header;
    Object.assign(this, { header, labels: at(header.labels, count), answers: at(header.chosen, count) });
    this.confidence = at(header.confidence, count);
    const isOther = this.points.of !== header.of;
    this.points.put(Float32Array.from(at(header.places, 2 * count)), header.of, performance.now());
    if (isOther) this.hidden = new Set();
    this.stamps = null;
    this.over.setAttribute("aria-label", `${counted(count, "picture")} laid out in a plane`);
    this.drawLegend();
    this.animate();
  }

  drawLegend() {
    const { names } = this.header,
      present = [...new Set(this.labels)].sort((a, b) => a - b);
    const buttons = present.map(label => {
      const dot = element("i");
      dot.style.background = classColour(label);
      const button = element("button", "class", dot, names[label]);
      button.type = "button";
      button.setAttribute("aria-pressed", String(!this.hidden.has(label)));
      button.title = `Shows ${names[label]} or hides it`;
      button.onclick = () => {
        if (!this.hidden.delete(label)) this.hidden.add(label);
        button.setAttribute("aria-pressed", String(!this.hidden.has(label)));
        this.animate();
      };
      return button;
    });
    this.legend.replaceChildren(...buttons, element("span", "sign", element("b", "", "×"), "a mistake"));
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.stage,
      ratio = window.devicePixelRatio || 1;
    if (!width || (width === this.width && height === this.height && ratio === this.ratio)) return;
    Object.assign(this, { width, height, ratio, stamps: null });
    for (const canvas of [this.canvas, this.over]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.animate();
  }

  // Draws until the points have arrived.
  animate() {
    if (this.isMoving || !this.header) return;
    this.isMoving = true;
    const step = now => {
      this.fit();
      this.draw(now);
      if (this.points.progress(now) < 1 && this.host.isConnected) return requestAnimationFrame(step);
      this.isMoving = false;
      return this.mark();
    };
    requestAnimationFrame(step);
  }

  draw(now) {
    if (!this.width) return;
    const { ratio, labels, answers } = this,
      pen = this.canvas.getContext("2d");
    this.stamps ??= this.makeStamps();
    const px = this.points.layOut(this.width, this.height, now);
    const { width, height } = this.canvas;
    if (this.image?.width !== width || this.image.height !== height) this.image = pen.createImageData(width, height);
    const image = new Uint32Array(this.image.data.buffer).fill(0);
    for (const wrong of [false, true]) {
      for (let i = 0; i < labels.length; i++) {
        if ((answers[i] !== labels[i]) !== wrong || this.hidden.has(labels[i])) continue;
        const drawn = this.stamps[wrong ? 1 : 0].get(labels[i]);
        print(image, width, height, drawn, px[2 * i] * ratio, px[2 * i + 1] * ratio);
      }
    }
    pen.putImageData(this.image, 0, 0);
  }

  makeStamps() {
    const ground = getComputedStyle(this.host).getPropertyValue("--st-background-color") || "#fff";
    return [false, true].map(
      isCross =>
        new Map(
          [...new Set(this.labels)].map(label => [label, stamp(classColour(label), isCross, this.ratio, ground)]),
        ),
    );
  }

  // What is pointed at: its picture, what it is and what is answered.
  point([x, y]) {
    const i = this.points.px ? this.points.nearest(x, y, one => this.isShown(one)) : -1;
    this.at = i;
    this.tip.hidden = i < 0;
    if (i < 0) return;
    const { names } = this.header,
      right = this.answers[i] === this.labels[i];
    const said = `${right ? "✓" : "✗"} ${names[this.answers[i]]}, ${percentText(this.confidence[i], 1)}`;
    this.tip.replaceChildren(this.picture(i), element("b", "", names[this.labels[i]]), element("span", "", said));
    const left = this.points.px[2 * i],
      isFar = left > this.width - 150;
    this.tip.style.left = isFar ? "" : `${left + 12}px`;
    this.tip.style.right = isFar ? `${this.width - left + 12}px` : "";
    this.tip.style.top = `${clamp(this.points.px[2 * i + 1] - 40, 0, Math.max(0, this.height - 150))}px`;
  }

  picture(i) {
    const sheet = window.kernelscopeSheets?.get(this.header.sheet);
    if (!sheet) return null;
    const [wide, high] = sheet.size,
      zoom = Math.max(1, Math.floor(HOVER / Math.max(wide, high)));
    const node = element("div", "picture");
    Object.assign(node.style, {
      width: `${wide * zoom}px`,
      height: `${high * zoom}px`,
      backgroundImage: `url(${sheet.uri})`,
      backgroundSize: `${sheet.across * wide * zoom}px auto`,
      backgroundPosition: `-${(i % sheet.across) * wide * zoom}px -${Math.floor(i / sheet.across) * high * zoom}px`,
    });
    return node;
  }

  // Above the points: the line that is being drawn, what is chosen, what is pointed at.
  mark() {
    const pen = this.over.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.setLineDash([]);
    pen.globalAlpha = 1;
    pen.clearRect(0, 0, this.over.width, this.over.height);
    if (!this.points.px) return;
    pen.scale(this.ratio, this.ratio);
    const ink = getComputedStyle(this.host).color;
    pen.strokeStyle = ink;
    const ring = (i, radius) => {
      pen.beginPath();
      pen.arc(this.points.px[2 * i], this.points.px[2 * i + 1], radius, 0, 7);
      pen.stroke();
    };
    pen.lineWidth = 1;
    for (const i of this.chosen ?? []) if (this.isShown(i)) ring(i, 5);
    pen.lineWidth = 2;
    if (this.at >= 0) ring(this.at, 6.5);
    if (!this.line || !this.isDrawn()) return;
    pen.setLineDash([5, 4]);
    pen.beginPath();
    this.line.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
    pen.stroke();
    pen.globalAlpha = 0.08;
    pen.fillStyle = ink;
    pen.fill();
  }
}

export default function (component) {
  const { parentElement } = component,
    { header, at } = unpack(component.data),
    host = parentElement.querySelector(".map");
  const gestures = Gestures.of({ data: header }).hear({
    data: header,
    parentElement,
    setStateValue: (name, value) => component.setStateValue(name, value),
  });
  host.map ??= new ImageMap(parentElement, host);
  host.map.send = rows => gestures.send({ of: header.of, rows });
  gestures.release(() => {
    if (host.drawn !== header.drawn) host.map.take(header, at);
    host.drawn = header.drawn;
    if (!gestures.waits) host.map.choose(header.rows);
  });
}
