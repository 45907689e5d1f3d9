const FEW = 0.3; // part of the pixels up to which specks are seldom the most in a window

// Why one of two filters comes nearer to the clean picture: no screen, only numbers. Each filter is { alone, error }:
// its mean squared error on the clean picture, and on the noisy one; what is more, the noise has added.
function reasonFor({ noise, strength }, weights, mean, middle) {
  const flat = weights.flat(),
    squares = flat.reduce((sum, weight) => sum + weight ** 2, 0),
    isMean = flat.every(weight => weight >= 0) && squares < 1,
    isMedian = middle.error < mean.error,
    [good, bad] = isMedian ? [middle, mean] : [mean, middle];
  const byPicture = bad.alone - good.alone,
    byNoise = bad.error - good.error - byPicture;
  if (byPicture > byNoise)
    return (
      `The ${isMedian ? "convolution" : "median"} takes more of the picture itself away, ` +
      "and would without noise too."
    );
  if (isMedian && squares >= 1)
    return (
      `Its squared weights sum to ${three(squares)}: ` +
      `the convolution ${squares > 1 ? "makes noise larger" : "passes noise on"}.`
    );
  if (isMedian && isMean && noise === "salt and pepper" && strength <= FEW)
    return (
      "A speck pulls every mean that it falls into; among sorted values " +
      "it stands at an end, and the middle one does not ask for it."
    );
  if (!isMedian && isMean && noise === "Gaussian")
    return "Small errors of both signs cancel in a mean; the median uses a single value.";
  return `The ${isMedian ? "convolution" : "median"} leaves more of the noise.`;
}
