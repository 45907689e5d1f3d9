// The known answers of the playground, as this page finds them.
function knownAnswers() {
  const corners = Float64Array.from([0, 0, 0, 1, 1, 0, 1, 1]),
    targets = Float64Array.from([0, 1, 1, 0]);
  return {
    unsure: () => Number(lossOfZeros(corners, targets).toFixed(6)),
    gradients: () => byHand(),
    keras: () => Number(lossOfCorners(corners, targets).toFixed(7)),
  };
}

function lossOfZeros(points, targets) {
  const net = new Network([2, 3, 1], "tanh", 1);
  net.layers.forEach(({ weights }) => weights.fill(0));
  return net.measure(points, targets).loss;
}

// The same small network as core/labs/playground.py works out with a pencil.
function byHand() {
  const net = new Network([2, 2, 1], "relu", 0),
    [hidden, output] = net.layers;
  hidden.weights.set([1, 0.5, -1, 1]);
  output.weights.set([1, -2]);
  net.acts[0].set([1, 2]);
  net.forward();
  net.backward(1);
  return [
    [hidden.dWeights[0], hidden.dWeights[2]],
    [hidden.dWeights[1], hidden.dWeights[3]],
    [...output.dWeights],
    [...hidden.dBiases],
  ];
}

function lossOfCorners(corners, targets) {
  const net = new Network([2, 8, 8, 1], "tanh", 1),
    order = Int32Array.from([0, 1, 2, 3]);
  for (let step = 0; step < 200; step++) net.step(corners, targets, order, 0, 4, 0.5);
  return net.measure(corners, targets).loss;
}
