// The functions of Keras' activations, each in steps as one would write them down; the last of them is its value.
const SELU = [1.6732632423543772, 1.0507009873554805]; // alpha, scale
const LEAK = 0.2; // of the activation leaky_relu

const logistic = z => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));
const softplusOf = z => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

// The error function: its series near zero, further out the fraction of Laplace.
function erf(x) {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let [sum, term] = [size, size];
    for (let n = 1; n < 60; n++) {
      term *= (-size * size) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = size;
  for (let n = 60; n > 0; n--) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * fraction));
}

// For each activation: what it makes of a sum z, as [words, number] step by step.
const ACTIVATIONS = {
  linear: z => [["the value", z]],
  relu: z => [[z > 0 ? "above 0: passes" : "not above 0: becomes 0", Math.max(0, z)]],
  relu6: z => [["between 0 and 6", clamp(z, 0, 6)]],
  leaky_relu: z => (z < 0 ? [["below 0: × 0.2", LEAK * z]] : [["not below 0: passes", z]]),
  elu: z => (z < 0 ? [["below 0: e^z − 1", Math.expm1(z)]] : [["not below 0: passes", z]]),
  selu: z =>
    z < 0
      ? [
          ["below 0: 1.673 × (e^z − 1)", SELU[0] * Math.expm1(z)],
          ["× 1.051", SELU[1] * SELU[0] * Math.expm1(z)],
        ]
      : [["not below 0: × 1.051", SELU[1] * z]],
  gelu: z => {
    const share = (1 + erf(z / Math.SQRT2)) / 2;
    return [
      ["share of a normal curve below z", share],
      ["z × this share", z * share],
    ];
  },
  silu: z => [
    ["sigmoid(z) = 1 / (1 + e^−z)", logistic(z)],
    ["z × sigmoid(z)", z * logistic(z)],
  ],
  mish: z => [
    ["ln(1 + e^z)", softplusOf(z)],
    ["z × tanh of it", z * Math.tanh(softplusOf(z))],
  ],
  hard_sigmoid: z => [["z / 6 + 1/2, between 0 and 1", clamp(z / 6 + 0.5, 0, 1)]],
  hard_silu: z => [
    ["z / 6 + 1/2, between 0 and 1", clamp(z / 6 + 0.5, 0, 1)],
    ["z × this", z * clamp(z / 6 + 0.5, 0, 1)],
  ],
  sigmoid: z => [["1 / (1 + e^−z)", logistic(z)]],
  tanh: z => [["tanh(z)", Math.tanh(z)]],
  softplus: z => [["ln(1 + e^z)", softplusOf(z)]],
  softsign: z => [["z / (1 + |z|)", z / (1 + Math.abs(z))]],
};

// Of several sums at one place, that of this index among all: the steps of softmax.
function softmaxSteps(sums, index) {
  const most = Math.max(...sums);
  const power = Math.exp(sums[index] - most);
  const total = sums.reduce((sum, z) => sum + Math.exp(z - most), 0);
  return [
    [`e^(z − ${three(most)}), less the largest`, power],
    [`÷ the same of ${counted(sums.length, "map")}, added up`, total],
    ["its share", power / total],
  ];
}

// Which values of a side of `length`, drawn anew with `made`, the place reads, and the weight of each: [place, weight].
function drawnFrom(how, place, length, made) {
  const middle = ((place + 0.5) * length) / made - 0.5;
  const below = Math.floor(middle);
  if (how === "nearest") return [[clamp(Math.floor(((2 * place + 1) * length) / (2 * made)), 0, length - 1), 1]];
  if (how === "bilinear") {
    const share = middle - below;
    const [a, b] = [below, below + 1].map(at => clamp(at, 0, length - 1));
    return a === b || share === 0
      ? [[a, 1]]
      : [
          [a, 1 - share],
          [b, share],
        ];
  }
  // Keys' cubic, from a table of 1024 steps as TensorFlow has it; what lies outside counts for nothing.
  const share = Math.round((middle - below) * 1024) / 1024;
  const near = x => (1.5 * x - 2.5) * x * x + 1;
  const far = x => ((-0.5 * x + 2.5) * x - 4) * x + 2;
  const four = [far(1 + share), near(share), near(1 - share), far(2 - share)];
  const read = four.map((weight, i) => [below - 1 + i, weight]).filter(([at]) => at >= 0 && at < length);
  const total = read.reduce((sum, [, weight]) => sum + weight, 0);
  return read.map(([at, weight]) => [at, weight / total]);
}
