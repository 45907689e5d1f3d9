// What a kernel does, found by letting it answer: for the tasks.

class KernelJudge {
  constructor(lab) {
    this.lab = lab;
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

  isShiftRight() {
    const middle = (this.lab.settings.size - 1) >> 1; // the cell that 'same' puts over the pixel
    return (
      middle > 0 &&
      this.lab.chosen.bias === 0 &&
      this.lab.chosen.slices.every(plane =>
        plane.every((line, y) => line.every((weight, x) => weight === (y === middle && x === middle - 1 ? 1 : 0))),
      )
    );
  }
}
