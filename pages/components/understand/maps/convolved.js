// What a kernel makes of one input map, for every place of the output: the picture between map and sum.

// For each place of an output side which place of the input is under a cell of the kernel, -1 where there is none.
function tapsOf(link, side, cell, made, length) {
  const { stride, first, last, per, gap } = side;
  return Int32Array.from({ length: made }, (_, place) => {
    const at = link.does === "spread" ? (place + last - cell * gap) / per : place * stride + first + cell * gap;
    return at >= 0 && at < length && at % 1 === 0 ? at : -1;
  });
}

// index: of the kernel among those of the map; channel: the input map. Returns float32 (height x width).
function convolved(network, layer, map, index, channel) {
  const { h, w, link } = network.steps[layer];
  const before = network.before(layer);
  const values = before.map(channel);
  const weights = network.kernel(layer, map, index);
  const [rows, columns] = link.size;
  const made = new Float64Array(h * w);
  const across = Array.from({ length: columns }, (_, v) => tapsOf(link, link.across, v, w, before.w));
  for (let u = 0; u < rows; u++) {
    const down = tapsOf(link, link.down, u, h, before.h);
    for (let v = 0; v < columns; v++) addShifted(made, values, weights[u * columns + v], down, across[v], before.w);
  }
  return Float32Array.from(made);
}

function addShifted(made, values, weight, down, across, width) {
  if (!weight) return;
  const w = across.length;
  for (let y = 0; y < down.length; y++) {
    if (down[y] < 0) continue;
    const start = down[y] * width;
    for (let x = 0; x < w; x++) if (across[x] >= 0) made[y * w + x] += weight * values[start + across[x]];
  }
}

// The output whose window stands nearest around a pixel of the input.
function placeOver({ link, h, w }, [row, column]) {
  const over = ({ stride, first, last, per }, at, count) =>
    clamp(Math.round((at * per - (first + last) / 2) / (stride || 1)), 0, count - 1);
  return [over(link.down, row, h), over(link.across, column, w)];
}
