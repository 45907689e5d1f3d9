// What a filter answers, asked before it is seen: no screen, only numbers.
// One window: sorted for the median, or an edge under a kernel.
function windowQuestion(draw) {
  const rows = value => [0, 1, 2].map(y => [0, 1, 2].map(x => value(y, x)));
  if (!draw(0, 2)) {
    const window = rows(() => draw(0, 9)),
      sorted = window.flat().sort((a, b) => a - b);
    return {
      words: `The window ${python(window)} under the 3×3 median gives`,
      answer: sorted[4],
      because: `the fifth of ${sorted.join(", ")}`,
    };
  }
  const isUpright = draw(0, 1) === 1,
    kernel = rows(() => draw(-2, 2)),
    window = rows((y, x) => Number((isUpright ? x : y) > 0)),
    bright = kernel.flat().filter((_, i) => window.flat()[i]);
  return {
    words:
      `Bright (1) ${isUpright ? "from the middle column to the right" : "from the middle row down"}, dark (0) before ` +
      `it: the window ${python(window)} under the kernel ${python(kernel)} gives`,
    answer: bright.reduce((sum, weight) => sum + weight, 0),
    because: `only the weights on the bright side count, ${bright.map(three).join(" + ").replaceAll("+ −", "− ")}`,
  };
}

// Harris' R from how much the neighbourhood changes along two directions.
function cornerQuestion(draw) {
  const [large, small] = [draw(0, 6), draw(0, 6)].sort((a, b) => b - a),
    k = [0.04, 0.05][draw(0, 1)],
    answer = large * small - k * (large + small) ** 2;
  const what = answer > 0 ? "above 0, as at a corner" : answer < 0 ? "below 0, as along an edge" : "even ground";
  return {
    words: `Products of slopes with eigenvalues ${large} and ${small}, k ${k}: R is`,
    answer,
    because: `${large}·${small} − ${k}·(${large} + ${small})², ${what}`,
  };
}
