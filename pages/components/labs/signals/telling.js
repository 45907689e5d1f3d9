// What the lab says about its signal, its kernel and one window.

class Telling {
  constructor(lab) {
    this.lab = lab;
  }

  longWords() {
    const { signal, kernel, mode } = this.lab.settings;
    if (kernel.length <= signal.length || mode === "full") return "";
    if (mode === "same")
      return (
        "The kernel is longer than the signal: NumPy's same has " +
        `${counted(kernel.length, "number")} then, a network's layer ${signal.length}.`
      );
    return (
      "The kernel is longer than the signal: no window lies inside, and a layer would refuse. " +
      `NumPy slides the signal along the kernel: ${kernel.length} − ${signal.length} + 1 = ${this.lab.count("valid")}.`
    );
  }

  // Only the kernel is turned round: where a window begins stays, or the cut at the ends would be counted as the flip.
  turnWords() {
    const { signal, kernel, flip, mode } = this.lab.settings,
      other = convolve1d(signal, [...kernel].reverse(), mode, flip).values,
      mine = this.lab.answers[mode].values;
    const differ = mine.filter((value, i) => Math.abs(value - other[i]) > 1e-9).length;
    if (!differ) return "Flipped or not, the answer is the same here: convolution and cross-correlation agree.";
    const changed = `${differ} of ${counted(mine.length, "number")} would differ.`;
    return flip
      ? `This is convolution. A network's layer does not flip (cross-correlation): ${changed}`
      : `This is cross-correlation, as in a network's layer. A convolution flips: ${changed}`;
  }

  evenWords() {
    const { kernel, flip, mode } = this.lab.settings;
    return mode !== "same" || kernel.length % 2
      ? ""
      : `${kernel.length} weights have no middle, so same cuts unevenly: more ` +
          `at the ${flip ? "end, as NumPy does" : "start, as TensorFlow does"}.`;
  }

  // What the kernel is good for, where it is a known one.
  kernelWords() {
    const { signal, kernel, flip, mode } = this.lab.settings,
      sign = flip ? ["above", "below"] : ["below", "above"];
    if (same(kernel, [-1, 1, 0]) && flip && mode === "same") return this.fallWords();
    if (same(kernel, [-1, 0, 1, 0]) && flip)
      return (
        "It takes the number before less the one after: below zero where the signal rises over two steps" +
        `${same(signal, FALLING) ? "; at a fall a step up and a step down cancel, and the answer is 0" : ""}.`
      );
    const ofSine = `; of a sine that is a cosine${flip ? "" : ", upside down"}, away from the ends`;
    if (same(kernel, SLOPE))
      return (
        `The slope: ${sign[0]} zero where the signal rises, ${sign[1]} where it ` +
        `falls${same(signal, READY_SIGNALS.Sine) ? ofSine : ""}.`
      );
    if (kernel.length > 1 && kernel.every(weight => weight >= 0) && Math.abs(total(kernel) - 1) < 1e-6)
      return (
        "No weight is below 0 and they sum to 1: each answer is a weighted mean of its window" +
        `${mode === "valid" ? "" : ", in which the zeros around the signal count too"}.`
      );
    return "";
  }

  fallWords() {
    const { signal } = this.lab.settings,
      answers = this.lab.answers.same.values,
      places = this.lab.falls(),
      found = answers.flatMap((value, i) => (i < signal.length - 1 && value > 0 ? [i] : []));
    if (!places.length) return "Each number less the next one: this signal never falls.";
    const ones = places.every(i => Math.abs(answers[i] - 1) < 1e-9) ? "It says +1" : "It is above zero";
    return same(found, places)
      ? `${ones} exactly where the signal falls (▼): place ${places.join(", ")}, before a smaller number. ` +
          `The last answer takes the zero behind the signal for the next number.`
      : "";
  }
}
