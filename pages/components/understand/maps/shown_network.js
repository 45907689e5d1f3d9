// A network and what one picture made of it, as values: which maps there are, and what each of their values reads.
class ShownNetwork {
  // A packet: its header tells of the picture, the layers and the answer; at(place, count) gives numbers.
  constructor({ header, at }) {
    const [height, width, channels] = header.picture.shape;
    const first = {
      sources: [],
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

  // The place of the step that a layer reads, of several the first.
  source(layer) {
    return this.steps[layer].sources[0];
  }

  // The step whose maps a layer reads.
  before(layer) {
    return this.steps[this.source(layer)];
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

  // What one value of a layer reads, for each step that it reads: { source, maps, box }, see readsOf.
  reads(layer, m, y, x) {
    const { link, sources } = this.steps[layer];
    if (sources.length === 1) return [{ source: sources[0], ...this.readsOf(layer, m, y, x) }];
    if (link.does === "concatenate") return this.readsOfRow(sources, m, y, x);
    return sources.map(source => ({ source, ...this.sameValue(source, m, y, x) }));
  }

  // Of maps that stand behind each other, the step that a map came from; of all of them (m null) every step.
  readsOfRow(sources, m, y, x) {
    let first = 0;
    const found = [];
    for (const source of sources) {
      const { count } = this.steps[source];
      if (m === null) found.push({ source, ...this.sameValue(source, null, y, x) });
      else if (m >= first && m < first + count) found.push({ source, ...this.sameValue(source, m - first, y, x) });
      first += count;
    }
    return found;
  }

  // The value at the same place; a side of one is stretched.
  sameValue(source, m, y, x) {
    const { h, w, count } = this.steps[source];
    const row = h === 1 ? 0 : y;
    const column = w === 1 ? 0 : x;
    return { maps: m === null ? null : [count === 1 ? 0 : m], box: [row, row + 1, column, column + 1] };
  }

  // The values of the one step before that a value reads, ends excluded:
  // { maps: [...] or null for all, box: [y0, y1, x0, x1] }; m: null for all maps.
  readsOf(layer, m, y, x) {
    const { link } = this.steps[layer];
    const before = this.before(layer);
    const whole = [0, before.h, 0, before.w];
    if (link.reads === "everything") return { maps: null, box: whole };
    if (m === null && link.reads === "flattened") return { maps: null, box: whole };
    if (link.reads === "whole map") return { maps: m === null ? null : [m], box: whole };
    if (link.reads === "flattened") {
      const place = Math.floor(m / before.count);
      const row = Math.floor(place / before.w);
      const column = place % before.w;
      return { maps: [m % before.count], box: [row, row + 1, column, column + 1] };
    }
    const box = [...stretch(link.down, y, before.h), ...stretch(link.across, x, before.w)];
    const isAll = link.reads === "all maps" || m === null;
    return { maps: isAll ? null : [Math.floor(m / link.multiplier)], box };
  }

  // The part of the picture behind a part of a layer; null behind padding only.
  field(layer, m, box) {
    const wanted = new Map([[layer, { m, box }]]); // by step; of branches the smallest box around all
    for (let at = layer; at > 0; at--) {
      const here = wanted.get(at);
      if (!here || isEmpty(here.box)) continue;
      const [y0, y1, x0, x1] = here.box;
      const last = this.reads(at, here.m, y1 - 1, x1 - 1);
      this.reads(at, here.m, y0, x0).forEach((first, i) => {
        const end = last[i].box;
        const part = [first.box[0], end[1], first.box[2], end[3]];
        wanted.set(first.source, joined(wanted.get(first.source), { m: first.maps?.[0] ?? null, box: part }));
      });
    }
    const found = wanted.get(0)?.box;
    return found && !isEmpty(found) ? found : null;
  }

  // Values of a window on an input map; null where it reaches over the edge.
  window(layer, c, y, x) {
    const { link } = this.steps[layer];
    const before = this.before(layer);
    const values = before.map(c);
    const found = [];
    const [rows, columns] = link.size;
    for (let u = 0; u < rows; u++)
      for (let v = 0; v < columns; v++) {
        const row = y * link.down.stride + link.down.first + u * link.down.gap;
        const column = x * link.across.stride + link.across.first + v * link.across.gap;
        const isInside = row >= 0 && column >= 0 && row < before.h && column < before.w;
        found.push(isInside ? values[row * before.w + column] : null);
      }
    return found;
  }

  kernel(layer, m, c) {
    const { kernel } = this.steps[layer];
    const area = kernel.size[0] * kernel.size[1];
    return this.at(kernel.values + (m * kernel.channels + c) * area, area);
  }

  bias(layer, m) {
    const { kernel, count } = this.steps[layer];
    return kernel.bias === null ? 0 : this.at(kernel.bias, count)[m];
  }

  // How strongly a map listens to each input map: the size of its kernel there, 1 for the strongest.
  strengths(layer, m) {
    const { kernel } = this.steps[layer];
    if (!kernel || m >= kernel.filters) return null;
    const mean = c => this.kernel(layer, m, c).reduce((sum, w) => sum + Math.abs(w), 0);
    const found = Array.from({ length: kernel.channels }, (_, c) => mean(c));
    const most = Math.max(...found, 1e-12);
    return found.map(value => value / most);
  }

  // May a map be taken apart?
  canOpen(layer, m) {
    const step = this.steps[layer];
    if (!step.sources?.every(source => this.steps[source].isMap) || m >= step.shown) return false;
    if (!step.isMap && step.link.reads !== "whole map") return false;
    // Where all maps are mixed without kernels, no single map stands before another.
    return step.sources.length > 1 || step.link.does === "convolve" || this.readsOf(layer, m, 0, 0).maps !== null;
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

// Which values of an input side of so many the output at a place reads: the first and the one after the last.
function stretch({ stride, first, last, per, gap }, place, count) {
  const [start, end] = [first, last].map(edge => Math.floor((stride * place + edge) / per));
  const from = start < 0 ? ((start % gap) + gap) % gap : start;
  const most = Math.min(end, count - 1);
  // A window on padding alone reads nothing, and ends within the side all the same: its end may be that of a part.
  return [from, most < from ? Math.min(from, count) : most - ((most - from) % gap) + 1];
}

// Two parts of one step as one; padding only adds nothing.
function joined(one, other) {
  if (!one || isEmpty(one.box)) return other;
  if (isEmpty(other.box)) return one;
  const [a, b] = [one.box, other.box];
  const box = [Math.min(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.max(a[3], b[3])];
  return { m: one.m === other.m ? one.m : null, box };
}

const isEmpty = ([y0, y1, x0, x1]) => y0 >= y1 || x0 >= x1;
