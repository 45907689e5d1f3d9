// A network and what one picture made of it, as values: which maps there are, and what each of their values reads.
class ShownNetwork {
  // A packet: its header tells of the picture, the layers and the answer; at(place, count) gives numbers.
  constructor({ header, at }) {
    const [height, width, channels] = header.picture.shape;
    const first = {
      name: "input",
      kind: "Input",
      words: "scaled to 0..1",
      shape: [height, width, channels],
      shown: channels,
      values: header.input,
      low: 0,
      high: 1,
    };
    Object.assign(this, { at, picture: header.picture, answer: header.answer });
    this.steps = [first, ...header.layers].map(layer => this.step(layer)); // the scaled picture first, then every layer
  }

  step(layer) {
    const isMap = layer.shape.length === 3;
    const [h, w, count] = isMap ? layer.shape : [1, 1, layer.shape[0]];
    const all = this.at(layer.values, h * w * layer.shown);
    const map = m => all.subarray(m * h * w, (m + 1) * h * w);
    return { ...layer, isMap, h, w, count, all, limit: largest(all), map };
  }

  get last() {
    return this.steps.length - 1;
  }

  // The step whose maps a layer reads.
  before(layer) {
    return this.steps[layer - 1];
  }

  value(layer, m, y, x) {
    const step = this.steps[layer];
    return step.isMap ? step.map(m)[y * step.w + x] : step.all[m];
  }

  // The value with full colour. scale: "map", "layer" or "network", the values that are compared.
  limit(scale, layer, m) {
    const step = this.steps[layer];
    if (scale === "map" && step.isMap) return largest(step.map(m));
    if (scale === "network") return Math.max(...this.steps.slice(1, -1).map(one => one.limit), 1e-9);
    return step.limit;
  }

  pixels() {
    const [height, width, channels] = this.picture.shape;
    return this.at(this.picture.pixels, height * width * channels);
  }

  // The values of the step before that one value of a layer reads, ends excluded:
  // { maps: [...] or null for all, box: [y0, y1, x0, x1] }.
  reads(layer, m, y, x) {
    const { link } = this.steps[layer];
    const before = this.before(layer);
    const whole = [0, before.h, 0, before.w];
    if (link.reads === "everything") return { maps: null, box: whole };
    if (link.reads === "whole map") return { maps: [m], box: whole };
    if (link.reads === "flattened") {
      const place = Math.floor(m / before.count);
      const row = Math.floor(place / before.w);
      const column = place % before.w;
      return { maps: [m % before.count], box: [row, row + 1, column, column + 1] };
    }
    const top = y * link.stride - link.before[0];
    const left = x * link.stride - link.before[1];
    const reach = (link.size - 1) * link.dilation + 1;
    const within = (start, size) => [Math.max(0, start), Math.min(size, start + reach)];
    const box = [...within(top, before.h), ...within(left, before.w)];
    return { maps: link.reads === "all maps" ? null : [Math.floor(m / link.multiplier)], box };
  }

  // The part of the picture behind a part of a layer; null behind padding only.
  field(layer, m, box) {
    for (let at = layer; at > 0; at--) {
      if (isEmpty(box)) return null;
      const first = this.reads(at, m, box[0], box[2]);
      const last = this.reads(at, m, box[1] - 1, box[3] - 1);
      box = [first.box[0], last.box[1], first.box[2], last.box[3]];
      m = first.maps ? first.maps[0] : 0;
    }
    return isEmpty(box) ? null : box;
  }

  // Values of a window on an input map; null where it reaches over the edge.
  window(layer, c, y, x) {
    const { link } = this.steps[layer];
    const before = this.before(layer);
    const values = before.map(c);
    const found = [];
    for (let u = 0; u < link.size; u++)
      for (let v = 0; v < link.size; v++) {
        const row = y * link.stride - link.before[0] + u * link.dilation;
        const column = x * link.stride - link.before[1] + v * link.dilation;
        const isInside = row >= 0 && column >= 0 && row < before.h && column < before.w;
        found.push(isInside ? values[row * before.w + column] : null);
      }
    return found;
  }

  kernel(layer, m, c) {
    const { kernel } = this.steps[layer];
    const size = kernel.size ** 2;
    return this.at(kernel.values + (m * kernel.channels + c) * size, size);
  }

  bias(layer, m) {
    const { kernel, count } = this.steps[layer];
    return kernel.bias === null ? 0 : this.at(kernel.bias, count)[m];
  }

  // How strongly a map listens to each input map: the mean size of its kernel there, 1 for the strongest.
  strengths(layer, m) {
    const { kernel } = this.steps[layer];
    if (!kernel || m >= kernel.filters) return null;
    const mean = c => this.kernel(layer, m, c).reduce((sum, w) => sum + Math.abs(w), 0) / kernel.size ** 2;
    const found = Array.from({ length: kernel.channels }, (_, c) => mean(c));
    const most = Math.max(...found, 1e-12);
    return found.map(value => value / most);
  }

  // May a map be taken apart?
  canOpen(layer, m) {
    const step = this.steps[layer];
    return Boolean(this.before(layer)?.isMap && m < step.shown && (step.isMap || step.link.reads === "whole map"));
  }

  // Row and column of a map's largest value, above or below zero.
  strongest(layer, m) {
    const step = this.steps[layer];
    if (!step.isMap) return [0, 0];
    const values = step.map(m);
    let best = 0;
    values.forEach((value, i) => {
      if (Math.abs(value) > Math.abs(values[best])) best = i;
    });
    return [Math.floor(best / step.w), best % step.w];
  }
}

const isEmpty = ([y0, y1, x0, x1]) => y0 >= y1 || x0 >= x1;
