// Back-propagation through a small system of named operations: values, gradients, and where each number comes from.
// core/labs/backpropagation.py says the same in NumPy, and a test compares the two. A matrix is a list of rows.
// A number is a sum of terms, a term a product of factors { text, value, cells: [[name, row, column], ...] }: what is
// shown is what is computed.
const BACKPROPAGATION = (() => {
  const count = length => Array.from({ length }, (_, i) => i);
  const matrix = (rows, columns, cell) => count(rows).map(i => count(columns).map(j => cell(i, j)));
  const like = (other, cell) => matrix(other.length, other[0].length, cell);
  const at = (v, name, i, j) => ({ text: "", value: v[name][i][j], cells: [[name, i, j]] });
  const plain = (text, value, cells = []) => ({ text, value, cells });
  const sigmoid = z => {
    const small = Math.exp(-Math.abs(z));
    return (z >= 0 ? 1 : small) / (1 + small);
  };
  const crossEntropy = (p, y, epsilon) => y * Math.log(p + epsilon) + (1 - y) * Math.log(1 - p + epsilon);

  // By kind of operation: forward(values, inputs) -> matrix, and terms(values, op, name, i, j, dropped) of each input's
  // gradient.
  const KINDS = {
    dense: {
      forward(v, [source, weight, bias]) {
        const dot = (row, j) => row.reduce((sum, x, k) => sum + x * v[weight][k][j], 0);
        return matrix(v[source].length, v[weight][0].length, (i, j) => dot(v[source][i], j) + v[bias][0][j]);
      },
      from: (v, [source, weight, bias], i, j) => [
        ...v[source][i].map((_, k) => [at(v, source, i, k), at(v, weight, k, j)]),
        [at(v, bias, 0, j)],
      ],
      terms(v, { name, inputs: [source, weight, bias] }, to, i, j, dropped) {
        const arriving = `d_${name}`,
          own = factor => (dropped ? [] : [factor]);
        if (to === bias) return v[source].map((_, n) => [at(v, arriving, n, j)]);
        if (to === weight) return v[source].map((_, n) => [...own(at(v, source, n, i)), at(v, arriving, n, j)]);
        return v[weight][j].map((_, k) => [at(v, arriving, i, k), ...own(at(v, weight, j, k))]);
      },
    },
    sigmoid: {
      forward: (v, [source]) => like(v[source], (i, j) => sigmoid(v[source][i][j])),
      from: (v, [source], i, j) => [[at(v, source, i, j)]],
      terms(v, { name }, _to, i, j, dropped) {
        const value = v[name][i][j],
          slope = [at(v, name, i, j), plain("1 − σ", 1 - value, [[name, i, j]])];
        return [[at(v, `d_${name}`, i, j), ...(dropped ? [] : slope)]];
      },
    },
    mean_squared_error: {
      forward: (v, [source, y]) => [
        [v[source].reduce((sum, row, i) => sum + (row[0] - v[y][i][0]) ** 2, 0) / v[y].length],
      ],
      from: (v, [source, y]) =>
        v[source].map((row, i) => [
          plain("", (row[0] - v[y][i][0]) ** 2, [
            [source, i, 0],
            [y, i, 0],
          ]),
        ]),
      terms(v, { inputs: [source, y] }, _to, i, _j, dropped) {
        const miss = plain(`${source} − y`, v[source][i][0] - v[y][i][0], [
          [source, i, 0],
          [y, i, 0],
        ]);
        return [[at(v, "d_loss", 0, 0), ...(dropped ? [] : [plain("2 / N", 2 / v[y].length)]), miss]];
      },
    },
    binary_crossentropy: {
      forward: (v, [source, y]) => [
        [-v[source].reduce((sum, row, i) => sum + crossEntropy(row[0], v[y][i][0], v.epsilon), 0) / v[y].length],
      ],
      from: (v, [source, y]) =>
        v[source].map((row, i) => [
          plain("", -crossEntropy(row[0], v[y][i][0], v.epsilon), [
            [source, i, 0],
            [y, i, 0],
          ]),
        ]),
      terms(v, { inputs: [source, y] }, _to, i, _j, dropped) {
        const p = v[source][i][0],
          truth = v[y][i][0],
          cells = [
            [source, i, 0],
            [y, i, 0],
          ];
        const slope = dropped
          ? plain("σ − y", p - truth, cells)
          : plain("slope of −log", (1 - truth) / (1 - p + v.epsilon) - truth / (p + v.epsilon), cells);
        return [[at(v, "d_loss", 0, 0), slope, plain("1 / N", 1 / v[y].length)]];
      },
    },
  };

  function forward(system, parameters, epsilon) {
    const values = { ...system.data, ...parameters, epsilon };
    for (const { name, does, inputs } of system.operations) values[name] = KINDS[does].forward(values, inputs);
    return values;
  }

  // The terms of one number of a gradient: those of the chain rule, with the mistake that was asked for.
  function termsOf(values, operation, name, i, j, slip) {
    const terms = KINDS[operation.does].terms(
      values,
      operation,
      name,
      i,
      j,
      slip === "dropped" && Boolean(operation.backward[name].forgotten),
    );
    return slip === "flipped" ? terms.map(factors => [plain("wrong sign", -1), ...factors]) : terms;
  }

  const summed = terms =>
    terms.reduce((sum, factors) => sum + factors.reduce((product, { value }) => product * value, 1), 0);

  // slips: { d_layer: "dropped" or "flipped" }. Returns all values, and d_<name> of each that leads to the loss.
  function backward(system, values, slips = {}) {
    const found = { ...values, d_loss: [[1]] };
    for (const operation of [...system.operations].reverse())
      for (const name of Object.keys(operation.backward)) {
        const slip = slips[`d_${name}`];
        found[`d_${name}`] = like(values[name], (i, j) => summed(termsOf(found, operation, name, i, j, slip)));
      }
    return found;
  }

  // Finite differences: the loss a little right and a little left of every number.
  function numerical(system, parameters, epsilon, h) {
    const lossAt = (name, i, j, by) => {
      const moved = like(parameters[name], (r, c) => parameters[name][r][c] + (r === i && c === j ? by : 0));
      return forward(system, { ...parameters, [name]: moved }, epsilon).loss[0][0];
    };
    const slope = (name, i, j) => (lossAt(name, i, j, h) - lossAt(name, i, j, -h)) / (2 * h);
    return Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [`d_${name}`, like(value, (i, j) => slope(name, i, j))]),
    );
  }

  function update(parameters, gradients, rate) {
    const moved = (name, value) => like(value, (i, j) => value[i][j] - rate * gradients[`d_${name}`][i][j]);
    return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, moved(name, value)]));
  }

  const from = (values, operation, i, j) => KINDS[operation.does].from(values, operation.inputs, i, j);
  // Gradients in the order in which they are known, after d_loss: { name, to, operation }.
  const gradientsOf = system =>
    [...system.operations]
      .reverse()
      .flatMap(operation => Object.keys(operation.backward).map(to => ({ name: `d_${to}`, to, operation })));

  return { forward, backward, numerical, update, termsOf, from, summed, gradientsOf, count, like };
})();
