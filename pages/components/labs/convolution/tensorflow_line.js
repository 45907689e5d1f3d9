// The lines of TensorFlow that compute this map: the picture in NHWC, the kernel in HWIO, never flipped.
const SHOWN_NUMBERS = 36; // of an answer written out

class TensorflowLine {
  constructor(lab) {
    this.lab = lab;
    this.lines = new CodeLines("The same in TensorFlow");
    this.node = this.lines.node;
  }

  show() {
    const { picture, depth, size, kernels, down, across, slides_over, activation } = this.lab.plan,
      isTable = slides_over === "numbers",
      nhwc = [1, picture.height, picture.width, depth],
      hwio = [size, size, depth, kernels.length],
      out = [1, down.out, across.out, kernels.length];
    const numbers = isTable ? `np.array(${python(this.lab.settings.numbers)}, "float32")[None, :, :, None]` : "";
    const sums = `tf.nn.conv2d(image, kernel, strides=${down.stride}, padding=${this.padding()}${this.dilation()})`,
      biases = kernels.map(({ bias }) => bias),
      biased = biases.some(Boolean) ? `${sums} + ${python(biases)}` : sums,
      acted = activation === "linear" ? biased : `tf.nn.${activation}(${biased})`;
    this.lines.show(
      "import numpy as np",
      "import tensorflow as tf\n",
      isTable ? "" : `# picture: your ${depth === 1 ? "grey" : "colour"} image as an array, 0 to 1`,
      `image = ${isTable ? numbers : "picture[None]"}  # NHWC ${tuple(nhwc)}`,
      this.bordering(),
      `kernel = np.transpose(${python(this.slices())}, (2, 3, 1, 0)).astype("float32")  # HWIO ${tuple(hwio)}`,
      `answer = ${acted}  # ${tuple(out)}`,
      isTable && this.lab.map.length <= SHOWN_NUMBERS && kernels.length === 1 ? `# ${this.answer()}` : "",
    );
  }

  // Kernels as (filters, channels, height, width), as they are read; transposed they are HWIO.
  slices() {
    const { kernels, depth } = this.lab.plan;
    return kernels.map(kernel => this.lab.sums.slicesOf(kernel, depth));
  }

  // tf.nn.conv2d knows zeros only; any other border is laid around before.
  bordering() {
    const { fill, down, across } = this.lab.plan,
      sides = [down.before, down.after, across.before, across.after];
    if (fill === "zero" || !sides.some(Boolean)) return "";
    return `image = np.pad(image, ((0, 0), (${sides[0]}, ${sides[1]}), (${sides[2]}, ${sides[3]}), (0, 0)), "${fill}")`;
  }

  padding() {
    const { fill, padding, down, across } = this.lab.plan;
    if (padding === "valid" || (fill !== "zero" && this.bordering())) return '"VALID"';
    if (padding === "same") return '"SAME"';
    return `[[0, 0], [${down.before}, ${down.after}], [${across.before}, ${across.after}], [0, 0]]`;
  }

  dilation() {
    const { dilation } = this.lab.plan.down;
    return dilation > 1 ? `, dilations=${dilation}` : "";
  }

  answer() {
    const { map, plan } = this.lab,
      wide = plan.across.out;
    return python(Array.from({ length: plan.down.out }, (_, y) => [...map.slice(y * wide, (y + 1) * wide)]));
  }
}

const tuple = numbers => `(${numbers.join(", ")})`;
