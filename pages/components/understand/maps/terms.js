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
