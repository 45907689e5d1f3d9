// How the numbers of back-propagation are written, and when two of them are the same.
// Relative, and what rounding leaves of nothing.
const NEAR = { tape: [1e-6, 1e-12], numerical: [1e-4, 1e-7] };

const numberText = value =>
  Number.isFinite(value) ? three(value) : Number.isNaN(value) ? "NaN" : value < 0 ? "−∞" : "∞";
const bracketed = (value, first) => (value < 0 && !first ? `(${numberText(value)})` : numberText(value));
const strong = text => element("b", "", text);
const isRight = (a, b, [relative, rest]) => Math.abs(a - b) <= rest + relative * Math.abs(b);
const product = (factors, isFirst) => factors.map(({ value }, f) => bracketed(value, isFirst && f === 0)).join(" · ");
const sumOf = terms => terms.map((factors, t) => product(factors, t === 0)).join(" + ");
const headed = (...titles) => element("tr", "", ...titles.map(title => element("th", "", title)));
const difference = (a, b) => (a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));

// How large the numbers of a gradient are; what is no number is said first.
function sizeOf(matrix) {
  const values = matrix.flat(),
    odd = values.find(value => !Number.isFinite(value));
  if (odd !== undefined) return numberText(odd);
  return values.every(value => value === 0) ? "0" : `at most ${numberText(largest(values))}`;
}

// One number of a matrix by its name: d_W[0, 1]; without what there is only one of.
function cellName(name, i, j, matrix) {
  if (matrix.length * matrix[0].length === 1) return name;
  return matrix[0].length === 1 ? `${name}[${i}]` : matrix.length === 1 ? `${name}[${j}]` : `${name}[${i}, ${j}]`;
}
