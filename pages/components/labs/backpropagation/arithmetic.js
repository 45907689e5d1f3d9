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
  const mark = (op, i) => op.inputs.map(name => [name, i, 0]);

  // What a cross-entropy finds at one point, and its slope there; guarded: with epsilon in the slope.
  const SURPRISES = {
    binary_crossentropy: {
      of: (p, y, epsilon) => -(y * Math.log(p + epsilon) + (1 - y) * Math.log(1 - p + epsilon)),
      slope: (p, y, epsilon) => (1 - y) / (1 - p + epsilon) - y / (p + epsilon),
    },
    guarded_crossentropy: {
      of(p, y, epsilon) {
        const delta = (Math.sqrt(1 + 4 * epsilon) - 1) / 2;
        return -((y + delta) * Math.log(p + delta) + (1 - y + delta) * Math.log(1 - p + delta)) / (1 + 2 * delta);
      },
      slope: (p, y, epsilon) => (p - y) / (p * (1 - p) + epsilon),
    },
  };

  // A loss: what its points have, of(v, op, i), is gathered as a mean or as a sum.
  const lossKind = (of, terms) => ({
    forward(v, op) {
      const found = v[op.inputs[0]].reduce((sum, _, i) => sum + of(v, op, i), 0);
      return [[op.reduce === "mean" ? found / v[op.inputs[1]].length : found]];
    },
    from: (v, op) => v[op.inputs[0]].map((_, i) => [plain("", of(v, op, i), mark(op, i))]),
    terms,
  });
  const square = (v, { inputs: [source, y], reduce }, i) =>
    (v[source][i][0] - v[y][i][0]) ** 2 * (reduce === "mean" ? 1 : 0.5);
  const crossEntropy = ({ of, slope }) =>
    lossKind(
      (v, { inputs: [source, y] }, i) => of(v[source][i][0], v[y][i][0], v.epsilon),
      (v, op, _to, i, _j, dropped) => {
        const [p, truth] = op.inputs.map(name => v[name][i][0]);
        const factor = dropped
          ? plain("σ − y", p - truth, mark(op, i))
          : plain("slope of −log", slope(p, truth, v.epsilon), mark(op, i));
        const share = op.reduce === "mean" ? [plain("1 / N", 1 / v[op.inputs[1]].length)] : [];
        return [[at(v, "d_loss", 0, 0), factor, ...share]];
      },
    );

  // By kind of operation: forward(values, operation) -> matrix, and terms(values, op, name, i, j, dropped) of each
  // input's gradient.
  const KINDS = {
    dense: {
      forward(v, { inputs: [source, weight, bias] }) {
        const dot = (row, j) => row.reduce((sum, x, k) => sum + x * v[weight][k][j], 0);
        return matrix(v[source].length, v[weight][0].length, (i, j) => dot(v[source][i], j) + v[bias][0][j]);
      },
      from: (v, { inputs: [source, weight, bias] }, i, j) => [
        ...v[source][i].map((_, k) => [at(v, source, i, k), at(v, weight, k, j)]),
        [at(v, bias, 0, j)],
      ],
      terms(v, { name, inputs: [source, weight, bias], reduce }, to, i, j, dropped) {
        const share = reduce === "mean" ? [plain("1 / N", 1 / v[source].length)] : [];
        const arriving = `d_${name}`,
          own = factor => (dropped ? [] : [factor]);
        if (to === bias) return v[source].map((_, n) => [...share, at(v, arriving, n, j)]);
        if (to === weight) return v[source].map((_, n) => [...own(at(v, source, n, i)), at(v, arriving, n, j)]);
        return v[weight][j].map((_, k) => [at(v, arriving, i, k), ...own(at(v, weight, j, k))]);
      },
    },
    sigmoid: {
      forward: (v, { inputs: [source] }) => like(v[source], (i, j) => sigmoid(v[source][i][j])),
      from: (v, { inputs: [source] }, i, j) => [[at(v, source, i, j)]],
      terms(v, { name }, _to, i, j, dropped) {
        const value = v[name][i][j],
          slope = [at(v, name, i, j), plain("1 − σ", 1 - value, [[name, i, j]])];
        return [[at(v, `d_${name}`, i, j), ...(dropped ? [] : slope)]];
      },
    },
    squared_error: lossKind(square, (v, op, _to, i, _j, dropped) => {
      const [answer, truth] = op.inputs,
        miss = plain(`${answer} − y`, v[answer][i][0] - v[truth][i][0], mark(op, i)),
        factor = op.reduce === "mean" && !dropped ? [plain("2 / N", 2 / v[truth].length)] : [];
      return [[at(v, "d_loss", 0, 0), ...factor, miss]];
    }),
    binary_crossentropy: crossEntropy(SURPRISES.binary_crossentropy),
    guarded_crossentropy: crossEntropy(SURPRISES.guarded_crossentropy),
  };

  function forward(system, parameters, epsilon) {
    const values = { ...system.data, ...parameters, epsilon };
    for (const operation of system.operations)
      values[operation.name] = KINDS[operation.does].forward(values, operation);
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

  const from = (values, operation, i, j) => KINDS[operation.does].from(values, operation, i, j);
  // Gradients in the order in which they are known, after d_loss: { name, to, operation }.
  const gradientsOf = system =>
    [...system.operations]
      .reverse()
      .flatMap(operation => Object.keys(operation.backward).map(to => ({ name: `d_${to}`, to, operation })));

  // What the rule takes of a parameter's true gradient: all of it, but for the mean that the note takes for a bias.
  const shareOf = ({ operations, data }, parameter) =>
    operations.some(({ does, inputs, reduce }) => does === "dense" && reduce === "mean" && inputs[2] === parameter)
      ? 1 / data.y.length
      : 1;
  // A system under a convention: what is differentiated, and where epsilon stands.
  const conventional = (system, loss, epsilonIn) => ({
    ...system,
    operations: system.conventions[`${loss} in ${epsilonIn}`] ?? system.conventions[`${loss} in loss`],
  });

  return {
    forward,
    backward,
    numerical,
    update,
    termsOf,
    from,
    summed,
    gradientsOf,
    shareOf,
    conventional,
    count,
    like,
  };
})();
