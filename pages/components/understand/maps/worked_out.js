// How any value of any layer comes about, in steps as one would write them down: [words, number] each. The last step is
// the value itself, worked out here from what stands before it. Null where maps that are not here belong to it.

function workedOut(network, layer, m, y, x) {
  const step = network.steps[layer];
  if (step.sources.length > 1) return joinedSteps(network, layer, m, y, x);
  if (step.kernel) return kernelSteps(network, layer, m, y, x);
  const make = STEPS[step.link.does] ?? passedSteps;
  const found = make(network, layer, m, y, x);
  return found?.every(([, value]) => value !== undefined) ? found : null;
}

const STEPS = {
  max: pooledSteps,
  mean: pooledSteps,
  interpolate: drawnSteps,
  normalize: normalizedSteps,
  rescale: rescaledSteps,
  leak: leakedSteps,
  activate: activatedSteps,
};

// The value before that one goes on from: the one at its place in its map.
function before(network, layer, m, y, x) {
  const [source, ...at] = network.origin(layer, m, y, x);
  return at.length ? network.value(source, ...at) : 0; // a border of zeros
}

function passedSteps(network, layer, m, y, x) {
  const { link } = network.steps[layer];
  if (link.reads === "everything" || link.does === "weigh") return null;
  const value = before(network, layer, m, y, x);
  const isBorder = network.origin(layer, m, y, x).length === 1;
  return [[isBorder ? "a zero of the border" : "passed on", value]];
}

// ---- sums

function kernelSteps(network, layer, m, y, x) {
  const z = network.sum(layer, m, y, x);
  const { activation, kernel } = network.steps[layer];
  const bias = network.bias(layer, m);
  const rest = network.rest(layer, m, y, x);
  const told = z - bias - rest;
  const windows = kernel.channels === 1 ? "the window's sum" : `sum of ${kernel.channels} windows`;
  const first = [[windows, told]];
  if (kernel.rest !== null) first.push(["and of the maps not shown", rest]);
  first.push(["bias", bias]);
  if (activation === "linear") return [...first, ["together", z]];
  const last = activation === "softmax" ? overMaps(network, layer, m, y, x) : ACTIVATIONS[activation](z);
  return last && [...first, ["together, z", z], ...last];
}

// Softmax over all maps of one place: of a convolution its sums, of an activation what it is given.
function overMaps(network, layer, m, y, x) {
  const step = network.steps[layer];
  const [source] = step.sources;
  const given = step.kernel ? step : network.steps[source];
  if (given.shown < given.count) return null;
  const all = Array.from({ length: given.count }, (_, c) =>
    step.kernel ? network.sum(layer, c, y, x) : network.value(source, c, y, x),
  );
  return softmaxSteps(all, m);
}

// ---- windows

function pooledSteps(network, layer, m, y, x) {
  const { does } = network.steps[layer].link;
  const values = network.valuesRead(layer, m, y, x);
  if (!values) return null;
  const all = `${counted(values.length, "value")}`;
  if (does === "max") return [[`the largest of ${all}`, values.reduce((a, b) => Math.max(a, b), -Infinity)]];
  const sum = values.reduce((a, b) => a + b, 0);
  return [
    [`sum of ${all}`, sum],
    [`÷ ${grouped(values.length)}: the mean`, sum / values.length],
  ];
}

function drawnSteps(network, layer, m, y, x) {
  const step = network.steps[layer];
  const source = network.before(layer);
  if (!network.has(step.sources[0], m)) return null;
  const [rows, columns] = [drawnFrom(step.how, y, source.h, step.h), drawnFrom(step.how, x, source.w, step.w)];
  const terms = rows.flatMap(([row, a]) =>
    columns.map(([column, b]) => [
      `${three(a * b)} × row ${row}, column ${column}`,
      a * b * network.value(step.sources[0], m, row, column),
    ]),
  );
  const sum = terms.reduce((total, [, product]) => total + product, 0);
  if (terms.length === 1) return [[`the value in row ${rows[0][0]}, column ${columns[0][0]}`, sum]];
  return terms.length > 4 ? [[`${terms.length} values, each × its weight`, sum]] : [...terms, ["together", sum]];
}

// ---- each value on its own

function normalizedSteps(network, layer, m, y, x) {
  const number = name => network.number(layer, name, m, y, x);
  const value = before(network, layer, m, y, x);
  const [mean, variance, epsilon] = ["mean", "variance", "epsilon"].map(number);
  const root = Math.max(Math.sqrt(variance + epsilon), 1e-7);
  const under = epsilon ? `${three(variance)} + ${epsilon}` : three(variance);
  let made = (value - mean) / root;
  const lines = [
    ["before", value],
    ["− mean", mean],
    [`÷ √(variance ${under})`, root],
    ["gives", made],
  ];
  for (const [name, sign] of [
    ["gamma", "×"],
    ["beta", "+"],
  ]) {
    const learnt = number(name);
    if (learnt === null) continue;
    made = name === "gamma" ? made * learnt : made + learnt;
    lines.push([`${sign} ${name}`, learnt]);
  }
  return lines.length > 4 ? [...lines, ["together", made]] : lines;
}

function rescaledSteps(network, layer, m, y, x) {
  const [scale, offset] = ["scale", "offset"].map(name => network.number(layer, name, m, y, x));
  const value = before(network, layer, m, y, x);
  return [
    ["before", value],
    [`× ${scale}`, value * scale],
    [`+ ${offset}`, value * scale + offset],
  ];
}

function leakedSteps(network, layer, m, y, x) {
  const value = before(network, layer, m, y, x);
  const slope = network.number(layer, "slope", m, y, x);
  const last = value < 0 ? [`below 0: × slope ${three(slope)}`, slope * value] : ["not below 0: passes", value];
  return [["before", value], last];
}

function activatedSteps(network, layer, m, y, x) {
  const { activation } = network.steps[layer];
  const value = before(network, layer, m, y, x);
  const steps = activation === "softmax" ? overMaps(network, layer, m, y, x) : ACTIVATIONS[activation](value);
  return steps && [["before, z", value], ...steps];
}

// ---- joins

function joinedSteps(network, layer, m, y, x) {
  const { does } = network.steps[layer].link;
  const reads = network.reads(layer, m, y, x);
  const lines = reads.map(({ source, maps: [map], box: [row, , column] }, i) => {
    const value = network.has(source, map) ? network.value(source, map, row, column) : undefined;
    return [`${i ? (SIGNS[does] ?? "") : ""} ${network.steps[source].name}`.trim(), value];
  });
  const values = lines.map(([, value]) => value);
  if (values.includes(undefined)) return null;
  const sum = values.reduce((a, b) => a + b, 0);
  const made = {
    add: sum,
    multiply: values.reduce((a, b) => a * b, 1),
    mean: sum / values.length,
    concatenate: values[0],
  };
  return does in made ? [...lines, [WORDS[does], made[does]]] : null;
}
