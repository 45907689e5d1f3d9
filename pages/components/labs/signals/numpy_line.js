// The line of NumPy that answers as the lab does, and the layer's way beside it.

// np.correlate cuts "same" as np.convolve does; a layer with an even kernel begins one place later.
function numpyLine({ signal, kernel, mode, flip }) {
  const [a, b] = [python(signal), python(kernel)];
  if (flip) return `np.convolve(${a}, ${b}, "${mode}")`;
  if (kernel.length > signal.length) return `np.convolve(${a}, ${b}[::-1], "${mode}")`;
  if (mode !== "same" || kernel.length % 2) return `np.correlate(${a}, ${b}, "${mode}")`;
  const before = (kernel.length - 1) >> 1;
  return `np.correlate(np.pad(${a}, (${before}, ${kernel.length - 1 - before})), ${b}, "valid")`;
}

// What a network's layer computes, where it has such a mode: never flipped.
function layerLine({ signal, kernel, mode }) {
  if (mode === "full" || kernel.length > signal.length) return "";
  const [a, b] = [signal, kernel].map(values => `np.array(${python(values)}, "float32")[`),
    image = `${a}None, :, None]`,
    weights = `${b}:, None, None]`;
  return `keras.ops.conv(${image}, ${weights}, padding="${mode}")[0, :, 0]`;
}

class NumpyLine {
  constructor() {
    this.lines = new CodeLines("The same in NumPy, and in a layer");
    this.node = this.lines.node;
  }

  show(settings, values, unflipped) {
    const few = numbers => python(numbers.slice(0, 12).map(value => Number(value.toPrecision(4)))),
      told = numbers => `# ${few(numbers)}${numbers.length > 12 ? " …" : ""}`,
      layer = layerLine(settings);
    this.lines.show(
      "import numpy as np",
      numpyLine(settings),
      told(values),
      layer && "\nimport keras  # a layer does not flip",
      layer,
      layer && told(unflipped),
    );
  }
}
