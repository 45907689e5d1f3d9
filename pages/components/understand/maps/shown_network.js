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
      first: 0,
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
    const all = this.numbers(layer.values, layer.shown, h * w);
    const map = m => all.subarray((m - layer.first) * h * w, (m - layer.first + 1) * h * w);
    const rest = layer.kernel?.rest == null ? null : this.numbers(layer.kernel.rest, layer.shown, h * w);
    const weights = layer.kernel ? this.weights(layer.kernel) : null;
    return {
      ...layer,
      rest,
      weights,
      isMap,
      h,
      w,
      count,
      all,
      limit: steady(`maps of ${layer.name}`, largest(all)),
      map,
      end: layer.first + layer.shown,
    };
  }

  // All kernels of a layer: filter by filter, for each its input maps.
  weights({ values, filters, channels, size }) {
    return this.numbers(values, filters, channels * size[0] * size[1]);
  }

  // The numbers of so many parts: in full, or each as a step between the least and the largest of its part.
  numbers(place, parts, size) {
    if (place.short === undefined) return this.at(place, parts * size);
    const packed = this.at(place.short, Math.ceil((parts * size) / 2));
    const steps = new Uint16Array(packed.buffer, packed.byteOffset, parts * size);
    const ends = this.at(place.ends, 2 * parts);
    const found = new Float32Array(parts * size);
    for (let part = 0; part < parts; part++) {
      const [least, step] = [ends[2 * part], ends[2 * part + 1]];
      for (let i = part * size; i < (part + 1) * size; i++) found[i] = least + step * steps[i];
    }
    return found;
  }

  // Is a map, or a value of a flat layer, one of those that are here?
  has(layer, m) {
    return m >= this.steps[layer].first && m < this.steps[layer].end;
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
    return step.all[(m - step.first) * step.h * step.w + y * step.w + x];
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
    if (m === null && MOVED.includes(link.reads)) return { maps: null, box: whole };
    if (link.reads === "whole map") return { maps: m === null ? null : [m], box: whole };
    if (MOVED.includes(link.reads)) {
      const [map, row, column] = this.movedFrom(layer, m, y, x);
      return { maps: [map], box: [row, row + 1, column, column + 1] };
    }
    const box = [...stretch(link.down, y, before.h), ...stretch(link.across, x, before.w)];
    const isAll = link.reads === "all maps" || m === null;
    return { maps: isAll ? null : [Math.floor(m / link.multiplier)], box };
  }

  // Where a value stood before that kept itself but not its place: [map, row, column].
  movedFrom(layer, m, y, x) {
    const { link, h, w, count } = this.steps[layer];
    const before = this.before(layer);
    if (link.reads === "permuted") {
      const from = [0, 0, 0];
      [y, x, m].forEach((at, i) => {
        from[link.dims[i] - 1] = at;
      });
      return [from[2], from[0], from[1]];
    }
    const at = h * w === 1 ? m : (y * w + x) * count + m; // in reading order, maps last
    const place = Math.floor(at / before.count);
    return [at % before.count, Math.floor(place / before.w), place % before.w];
  }

  // The value before that a value goes on from, for layers that take each on its own: [step, map, row, column]; the
  // step alone for a zero of the border.
  origin(layer, m, y, x) {
    const { link } = this.steps[layer];
    const source = this.source(layer);
    if (link.reads === "everything" || link.reads === "all maps") return [source, m, y, x];
    const { maps, box } = this.readsOf(layer, m, y, x);
    return isEmpty(box) ? [source] : [source, maps[0], box[0], box[2]];
  }

  // All values that one reads in its one map; null where that is not here.
  valuesRead(layer, m, y, x) {
    const [{ source, maps, box }] = this.reads(layer, m, y, x);
    if (!this.has(source, maps[0])) return null;
    const step = this.steps[source];
    const [y0, y1, x0, x1] = box;
    const values = [];
    for (let row = y0; row < y1; row++) {
      const start = row * step.w;
      values.push(...step.map(maps[0]).subarray(start + x0, start + x1));
    }
    return values;
  }

  // The part of the picture behind a part of a layer; null behind padding only.
  field(layer, m, box) {
    const wanted = new Map([[layer, { m, box }]]); // by step; of branches the smallest box around all
    for (let at = layer; at > 0; at--) {
      const here = wanted.get(at);
      if (!here || isEmpty(here.box)) continue;
      for (const { source, ...part } of this.partsRead(at, here.m, here.box))
        wanted.set(source, joined(wanted.get(source), part));
    }
    const found = wanted.get(0)?.box;
    return found && !isEmpty(found) ? found : null;
  }

  // What a part of a layer reads, for each step: { source, m, box }, m null for several maps.
  partsRead(layer, m, [y0, y1, x0, x1]) {
    const { link } = this.steps[layer];
    const source = this.source(layer);
    if (link.reads === "permuted" && this.steps[layer].sources.length === 1)
      return [this.partExchanged(layer, m, [y0, y1, x0, x1])];
    const isOne = y1 - y0 === 1 && x1 - x0 === 1;
    if (link.reads === "reshaped" && !isOne) {
      const { h, w } = this.steps[source];
      return [{ source, m: null, box: [0, h, 0, w] }];
    }
    const last = this.reads(layer, m, y1 - 1, x1 - 1);
    return this.reads(layer, m, y0, x0).map((first, i) => {
      const end = last[i].box;
      const box = [first.box[0], end[1], first.box[2], end[3]];
      return { source: first.source, m: first.maps?.[0] ?? null, box };
    });
  }

  // The same where rows, columns and maps are exchanged.
  partExchanged(layer, m, [y0, y1, x0, x1]) {
    const { link, count } = this.steps[layer];
    const from = [];
    const made = [[y0, y1], [x0, x1], m === null ? [0, count] : [m, m + 1]];
    link.dims.forEach((axis, i) => {
      from[axis - 1] = made[i];
    });
    const [rows, columns, maps] = from;
    return { source: this.source(layer), m: maps[1] - maps[0] === 1 ? maps[0] : null, box: [...rows, ...columns] };
  }

  // Input maps that are here and that a map of a layer with kernels reads, in the order of its kernels.
  inputs(layer, m) {
    const { link, kernel } = this.steps[layer];
    if (link.reads === "own map") return [Math.floor(m / link.multiplier)];
    return Array.from({ length: kernel.channels }, (_, i) => this.before(layer).first + i);
  }

  // Values of a window on an input map, one for each cell of the kernel; null where it reaches over the edge, and where
  // a map is made larger, between two values.
  window(layer, c, y, x) {
    const { link } = this.steps[layer];
    const before = this.before(layer);
    const values = before.map(c);
    const found = [];
    const [rows, columns] = link.size;
    for (let u = 0; u < rows; u++)
      for (let v = 0; v < columns; v++) {
        const [row, column] = [cellOn(link, link.down, u, y), cellOn(link, link.across, v, x)];
        const isInside =
          row >= 0 && column >= 0 && row < before.h && column < before.w && (row % 1) + (column % 1) === 0;
        found.push(isInside ? values[row * before.w + column] : null);
      }
    return found;
  }

  // The kernel of a map for the input of this place among its inputs.
  kernel(layer, m, i) {
    const { kernel, weights, first } = this.steps[layer];
    const area = kernel.size[0] * kernel.size[1];
    const start = ((m - first) * kernel.channels + i) * area;
    return weights.subarray(start, start + area);
  }

  // Of a separable convolution, how the window of one input map comes to its part of the sum: for each of the kernels
  // of that map { kernel, sum, weight, product }; null for any other layer.
  twoSteps(layer, m, i, y, x) {
    const { kernel, first } = this.steps[layer];
    if (!kernel.steps) return null;
    const { depthwise, pointwise, multiplier } = kernel.steps;
    const area = kernel.size[0] * kernel.size[1];
    const values = this.window(layer, this.inputs(layer, m)[i], y, x);
    return Array.from({ length: multiplier }, (_, d) => {
      const own = this.at(depthwise + (i * multiplier + d) * area, area);
      const sum = values.reduce((total, v, k) => total + (v ?? 0) * own[k], 0);
      const weight = this.at(pointwise + ((m - first) * kernel.channels + i) * multiplier + d, 1)[0];
      return { kernel: own, sum, weight, product: sum * weight };
    });
  }

  // What the window on each input map adds to the sum, by the place of the map among the inputs.
  windowSum(layer, m, i, y, x) {
    const weights = this.kernel(layer, m, i);
    const values = this.window(layer, this.inputs(layer, m)[i], y, x);
    return values.reduce((sum, v, k) => sum + (v ?? 0) * weights[k], 0);
  }

  // All windows, what maps that are not here add, and the bias.
  sum(layer, m, y, x) {
    const parts = this.inputs(layer, m).map((_c, i) => this.windowSum(layer, m, i, y, x));
    return parts.reduce((a, b) => a + b, 0) + this.rest(layer, m, y, x) + this.bias(layer, m);
  }

  // What input maps that are not here add to a sum.
  rest(layer, m, y, x) {
    const { rest, first, h, w } = this.steps[layer];
    return rest ? rest[((m - first) * h + y) * w + x] : 0;
  }

  bias(layer, m) {
    const { kernel, first } = this.steps[layer];
    return kernel.bias === null ? 0 : this.at(kernel.bias + m - first, 1)[0];
  }

  // One of the other numbers that a layer works with; null where it has none of that name.
  number(layer, name, m, y, x) {
    const { numbers, first } = this.steps[layer];
    const told = numbers[name] ?? null;
    if (told === null || typeof told === "number") return told;
    const at = [y, x, m - first].map((place, side) => (told.shape[side] === 1 ? 0 : place));
    return this.at(told.values + (at[0] * told.shape[1] + at[1]) * told.shape[2] + at[2], 1)[0];
  }

  // How strongly a map listens to each input map: the size of its kernel there, 1 for the strongest.
  strengths(layer, m) {
    const { kernel } = this.steps[layer];
    if (!kernel || !this.has(layer, m)) return null;
    const [first, found] = [this.before(layer).first, []]; // by map
    for (let i = 0; i < kernel.channels; i++)
      found[first + i] = this.kernel(layer, m, i).reduce((sum, w) => sum + Math.abs(w), 0);
    const most = found.reduce((a, b) => Math.max(a, b), 1e-12);
    return found.map(value => value / most);
  }

  // May a map be taken apart?
  canOpen(layer, m) {
    const step = this.steps[layer];
    if (!step.sources?.every(source => this.steps[source].isMap) || !this.has(layer, m)) return false;
    if (!step.isMap && step.link.reads !== "whole map") return false;
    if (step.kernel) return step.kernel.channels > 0;
    // Each map it goes on from must be here.
    if (step.sources.length > 1) return this.reads(layer, m, 0, 0).every(read => this.has(read.source, read.maps[0]));
    const [source, map = m] = this.origin(layer, m, 0, 0);
    return this.has(source, map) && (step.link.reads !== "everything" || step.link.does === "normalize");
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

// Layers of which each value is one of those before, at another place.
const MOVED = ["flattened", "reshaped", "permuted"];

// The place on a side of the input under a cell of a kernel; between two values it is no whole number.
const cellOn = ({ does }, { stride, first, last, per, gap }, cell, place) =>
  does === "spread" ? (place + last - cell * gap) / per : place * stride + first + cell * gap;

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
