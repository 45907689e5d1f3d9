// The tasks, and what a kernel does, found by letting it answer.

class KernelJudge {
  constructor(lab) {
    this.lab = lab;
  }

  tasks() {
    this.question = new NumberQuestion({ ask: draw => this.asked(draw) });
    return [
      {
        words: "Say one number of a map, before you see it.",
        hint: "Lay the kernel on as it is, multiply, and add: a layer does not flip.",
        asked: this.question,
        done: () => this.question.isDone,
      },
      {
        words:
          "Make a kernel of your own that answers only to vertical edges: strong " +
          "there, nothing at horizontal ones or on even ground.",
        hint: "Left and right must be weighed against each other; every row may say the same. None of the menu counts.",
        done: () => this.isOwn() && this.isForVerticalEdges(),
      },
      {
        words: "Blur the picture with weights of your own, without making it brighter or darker.",
        hint: "A mean of neighbours: positive weights. What must they sum to? None of the menu counts.",
        done: () => this.isOwn() && this.isEvenBlur(),
      },
      {
        words: "Shift the picture one pixel to the left, with a kernel of 3 or 5.",
        hint: "Each pixel of the map must take the value of one neighbour only. Which one?",
        done: () => this.isShiftLeft(),
      },
    ];
  }

  isOwn() {
    return this.lab.chosen.slices.every(slice => !this.lab.kernelPanel.nameOf(slice));
  }

  // A small table under a small kernel, and one place of the map.
  asked(draw) {
    const table = (rows, columns, low, high) =>
        Array.from({ length: rows }, () => Array.from({ length: columns }, () => draw(low, high))),
      numbers = table(3, 4, 0, 5),
      kernel = table(2, 2, -3, 3),
      stride = draw(1, 2),
      { values, height, width } = convolve2d(
        { height: 3, width: 4, planes: [Float64Array.from(numbers.flat())] },
        { size: 2, planes: [kernel.flat()] },
        { stride },
      ),
      place = [draw(0, height - 1), draw(0, width - 1)],
      seen = [0, 1].flatMap(y => [0, 1].map(x => numbers[place[0] * stride + y][place[1] * stride + x]));
    return {
      words: `${python(numbers)} under ${python(kernel)}, valid, stride ${stride}: the map at [${place.join(", ")}] is`,
      answer: values[place[0] * width + place[1]],
      because: kernel
        .flat()
        .map((weight, i) => `${seen[i]}·${weight < 0 ? `(${three(weight)})` : weight}`)
        .join(" + "),
      show: () => {
        this.lab.at = place;
        const plain = {
          dilation: 1,
          padding: "valid",
          activation: "linear",
          chosen: 0,
          size: 2,
          stride,
          numbers,
          place,
        };
        this.lab.set({ ...plain, slides_over: "numbers", kernels: [{ slices: [kernel], bias: 0 }] });
      },
    };
  }

  // What the chosen kernel answers at most on a picture of 15x15, its border left out.
  answers(value) {
    const planes = this.lab.chosen.slices.length === 3 ? this.lab.chosen.slices : [this.lab.chosen.slices[0]],
      size = planes[0].length;
    const weights = planes[0].flat().map((_, i) => planes.reduce((sum, plane) => sum + plane.flat()[i], 0));
    return largest(
      convolve2d(
        {
          height: 15,
          width: 15,
          planes: [Float64Array.from({ length: 225 }, (_, i) => value(Math.floor(i / 15), i % 15))],
        },
        { size, planes: [weights] },
      ).values,
    );
  }

  isForVerticalEdges() {
    const upright = this.answers((_y, x) => (x < 7 ? 0 : 1)),
      lying = this.answers(y => (y < 7 ? 0 : 1)),
      even = this.answers(() => 1);
    return upright > 0.1 && lying < 0.02 * upright && even < 0.02 * upright;
  }

  isEvenBlur() {
    const { slices, bias } = this.lab.chosen,
      isMean = plane => {
        const weights = plane.flat(),
          sum = weights.reduce((a, b) => a + b, 0);
        return weights.every(w => w >= 0) && weights.filter(w => w > 0).length > 1 && Math.abs(sum - 1) < 0.01;
      };
    return this.lab.settings.size > 1 && bias === 0 && slices.every(isMean);
  }

  isShiftLeft() {
    const middle = (this.lab.settings.size - 1) >> 1; // the cell that 'same' puts over the pixel
    return (
      middle > 0 &&
      this.lab.chosen.bias === 0 &&
      this.lab.chosen.slices.every(plane =>
        plane.every((line, y) => line.every((weight, x) => weight === (y === middle && x === middle + 1 ? 1 : 0))),
      )
    );
  }
}
