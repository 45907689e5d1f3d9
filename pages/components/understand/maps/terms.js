// The terms of a sum, as the server tells the largest of them: { input, value, weight, product } each, largest first.
function termsOf(network, sum, unit) {
  const [inputs, values, weights] = ["inputs", "values", "weights"].map(name =>
    network.at(sum[name] + unit * sum.terms, sum.terms),
  );
  return Array.from(inputs, (input, i) => ({
    input,
    value: values[i],
    weight: weights[i],
    product: values[i] * weights[i],
  }));
}

// The same of a class, above zero for what speaks for it: two classes share one logit, which speaks for the second.
function termsFor(network, sum, index) {
  if (sum.units > 1) return termsOf(network, sum, index);
  const sign = index ? 1 : -1;
  return termsOf(network, sum, 0).map(term => ({ ...term, product: sign * term.product }));
}
