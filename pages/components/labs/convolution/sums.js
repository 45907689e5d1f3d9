// The sums of all windows; what did not change is kept from the last time.

class Sums {
  constructor(lab) {
    this.lab = lab;
  }

  once(key, make) {
    const made = this.lab.kept.get(key) ?? make();
    this.lab.fresh.set(key, made);
    return made;
  }

  // The slices of a kernel as the picture needs them: one for each channel.
  slicesOf(kernel, depth) {
    return Array.from({ length: depth }, (_, c) => kernel.slices[kernel.slices.length === depth ? c : 0]);
  }

  // The sums of all windows under a kernel. Where one slice serves all channels, the channels can be added first.
  sumsOf(kernel) {
    const { windows, down, across, depth } = this.lab.plan,
      slices = this.slicesOf(kernel, depth),
      isShared = kernel.slices.length !== depth || depth === 1;
    const planes = isShared ? [this.lab.together] : this.lab.padded;
    const parts = planes.map((plane, c) =>
      this.correlated(`${windows} ${isShared ? "all" : c}`, plane, slices[c], down, across),
    );
    return parts.length === 1 ? parts[0] : this.once(`sum ${windows} ${JSON.stringify(slices)}`, () => summed(parts));
  }

  // A convolution is linear: where few weights of a large map changed, only what the change gives is added.
  correlated(where, plane, slice, down, across) {
    const weights = flat(slice),
      name = `last ${where}`,
      last = down.out * across.out < LARGE ? null : this.lab.kept.get(name);
    const sums = this.once(`sums ${where} ${weights}`, () => {
      const change = last ? weights.map((weight, i) => weight - last.weights[i]) : weights;
      if (!last || change.filter(Boolean).length > 2) return correlate(plane, weights, down, across);
      const more = correlate(plane, change, down, across);
      for (let i = 0; i < more.length; i++) more[i] += last.sums[i];
      return more;
    });
    this.lab.fresh.set(name, { weights, sums });
    return sums;
  }

  mapOf(kernel) {
    const { activation, windows } = this.lab.plan,
      act = ACTIVATIONS[activation],
      { bias } = kernel;
    return this.once(`map ${windows} ${activation} ${JSON.stringify(kernel)}`, () => {
      const sums = this.sumsOf(kernel);
      return bias === 0 && activation === "linear" ? sums : sums.map(value => act(value + bias));
    });
  }

  // What each channel would be alone, whole, for a picture in colours.
  channelMaps(kernel) {
    const { windows, down, across, activation } = this.lab.plan,
      act = ACTIVATIONS[activation];
    return this.slicesOf(kernel, 3).map((plane, c) =>
      this.once(`alone ${windows} ${c} ${activation} ${kernel.bias} ${JSON.stringify(plane)}`, () =>
        this.correlated(`${windows} ${c}`, this.lab.padded[c], plane, down, across).map(value =>
          act(value + kernel.bias),
        ),
      ),
    );
  }
}
