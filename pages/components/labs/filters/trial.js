// Is it a convolution? A sum of two pictures goes through each filter, and its parts alone.

class Trial {
  constructor(lab) {
    this.lab = lab;
  }

  layTrial() {
    this.trialBody = element("tbody");
    this.trialWords = element("p", "trial-words");
    const head = ["Filter f", "f(a + b) = f(a) + f(b)?", "f(2a) = 2 f(a)?", "So it is"].map(title =>
      element("th", "", title),
    );
    this.trial = element(
      "div",
      "trial",
      element("h3", "", "What is a convolution, and what is not"),
      this.trialWords,
      element("div", "scroll", element("table", "", element("thead", "", element("tr", "", ...head)), this.trialBody)),
    );
  }

  // a: the middle of the clean picture; b: the noise on it, or, without noise, the same part from right to left.
  try() {
    const { height, width } = this.lab.clean,
      tall = Math.min(TRIED, height),
      wide = Math.min(TRIED, width),
      top = (height - tall) >> 1,
      left = (width - wide) >> 1;
    const a = cut(this.lab.clean, top, left, tall, wide),
      hit = cut(this.lab.hit, top, left, tall, wide),
      added = hit.values.map((value, i) => value - a.values[i]);
    const isNoise = added.some(value => value !== 0),
      b = {
        ...a,
        values: isNoise ? added : a.values.map((_, i) => a.values[Math.floor(i / wide) * wide + wide - 1 - (i % wide)]),
      };
    const { noise, strength, seed, size, spread, k, kernel } = this.lab.settings,
      drawn = [noise, strength, seed];
    const filters = [
      [`Convolution, ${kernel}`, kernel, plane => convolved(plane, this.lab.gallery.weights)],
      [`Median ${size}×${size}`, size, plane => median(plane, size)],
      ["Harris' R", [spread, k], plane => harris(plane, spread, k)],
    ];
    return {
      top,
      left,
      tall,
      wide,
      isNoise,
      rows: filters.map(([name, setting, f], i) => [
        name,
        this.lab.memo(`try ${i}`, [drawn, setting], () => tried(f, a, b)),
      ]),
    };
  }

  drawTrial() {
    const { tall, wide, isNoise, rows } = this.lab.tries;
    const b = isNoise ? "the noise on it" : "its mirror image";
    this.trialWords.textContent =
      "All three treat every pixel alike; a convolution is also linear: the filter of a sum is " +
      `the sum of the filters. Tried now on the middle ${tall}×${wide} pixels; a is the clean picture, b is ${b}.`;
    this.trialBody.replaceChildren(
      ...rows.map(([name, { sum, double }]) =>
        element(
          "tr",
          "",
          element("td", "", name),
          this.verdict(sum),
          this.verdict(double),
          element(
            "td",
            sum.holds && double.holds ? "right" : "wrong",
            sum.holds && double.holds ? "a convolution" : "not a convolution",
          ),
        ),
      ),
    );
  }

  verdict({ holds, left, right, at }) {
    if (holds) return element("td", "", `yes (largest difference ${three(Math.abs(left - right))})`);
    const there = button("Show where", () =>
      this.lab.point(
        this.lab.tries.top + Math.floor(at / this.lab.tries.wide),
        this.lab.tries.left + (at % this.lab.tries.wide),
      ),
    );
    return element("td", "", `no: ${three(left)} is not ${three(right)} `, there);
  }
}
