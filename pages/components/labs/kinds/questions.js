// What a kind of convolution costs, asked before it is seen: no screen, only numbers.
function costQuestion(draw) {
  const kind = KINDS[draw(0, KINDS.length - 1)],
    parts = draw(2, 3),
    settings = {
      height: 12,
      width: 12,
      channels: parts * draw(1, 3),
      filters: parts * draw(1, 3),
      kernel_size: draw(2, 4),
      strides: 1,
      padding: "same",
      groups: parts,
      use_bias: false,
    },
    { terms, parameters } = costOf(kind, settings),
    window = kind === "1x1" ? "" : `, kernels of ${settings.kernel_size}×${settings.kernel_size}`,
    out = kind === "depthwise" ? "" : ` to ${settings.filters}`,
    groups = kind === "grouped" ? ` in ${parts} groups` : "";
  return {
    words: `${words(kind)}, ${settings.channels}${out} channels${groups}${window}, no biases. Its parameters are`,
    answer: parameters,
    because: terms.map(factors => factors.join("·")).join(" + "),
    settings: { ...settings, shown: kind },
  };
}
