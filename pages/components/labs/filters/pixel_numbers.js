// One pixel in numbers: its window under the kernel, sorted for the median, and the slopes around it.

class PixelNumbers {
  constructor(lab) {
    this.lab = lab;
  }

  layNumbers() {
    this.window = new Cells({ label: "Window of the convolution" });
    this.weights = new Cells({ label: "Weights" });
    this.sorted = new Cells({ label: "Values of the median's window, sorted" });
    this.matrix = new Cells({ label: "Products of the slopes" });
    this.eigen = element("div", "eigen");
    const part = (title, ...nodes) =>
      element("div", "part", element("h4", "", title), element("div", "row middle", ...nodes));
    this.numbers = element(
      "div",
      "numbers row",
      part("Window times weights", this.window.node, element("span", "operator", "×"), this.weights.node),
      part("Sorted, for the median", this.sorted.node),
      part("Products of slopes", this.matrix.node, this.eigen),
    );
  }

  valuesAt(size) {
    const [row, column] = this.lab.at,
      half = size >> 1,
      { height, width, values } = this.lab.hit;
    return Array.from(
      { length: size * size },
      (_, i) =>
        values[
          cellAt(row - half + Math.floor(i / size), height, "reflect") * width +
            cellAt(column - half + (i % size), width, "reflect")
        ],
    );
  }

  sentenceAt() {
    const [row, column] = this.lab.at,
      i = row * this.lab.clean.width + column,
      { most } = this.lab,
      R = this.lab.slopes.values[i];
    const { height, width } = this.lab.clean,
      isInside = Math.min(row, column, height - 1 - row, width - 1 - column) >= EDGE;
    const what = !isInside
      ? "nothing: beyond the border the picture is only mirrored"
      : R >= this.lab.settings.threshold * most && most > 1e-9
        ? "a corner, if no neighbour has more"
        : R < -0.001 * most
          ? "an edge"
          : "neither edge nor corner";
    const noise = this.lab.settings.noise === "none" ? "" : ` with noise ${three(this.lab.hit.values[i])},`;
    const [clean, mean, middle] = [this.lab.clean, this.lab.meant, this.lab.middled].map(plane =>
      three(plane.values[i]),
    );
    return (
      `Row ${row}, column ${column}: ${clean} in the clean picture,${noise} ` +
      `${mean} after the convolution, ${middle} after the median. R says ${what}.`
    );
  }

  numbersAt() {
    const { weights } = this.lab.gallery,
      { size, k } = this.lab.settings,
      seen = this.valuesAt(weights.length),
      flat = weights.flat(),
      i = this.lab.at[0] * this.lab.clean.width + this.lab.at[1];
    const sorted = this.valuesAt(size).sort((a, b) => a - b),
      middle = sorted.length >> 1,
      { dark } = this.lab;
    this.window.show(seen, weights.length, weights.length, { limit: 1, dark });
    this.weights.show(flat, weights.length, weights.length, { dark });
    this.sorted.show(sorted, size, size, { limit: 1, dark });
    this.sorted.mark("now", (row, column) => row * size + column === middle);
    const [xx, yy, xy] = [this.lab.slopes.xx[i], this.lab.slopes.yy[i], this.lab.slopes.xy[i]],
      spread = Math.hypot((xx - yy) / 2, xy),
      mean = (xx + yy) / 2;
    this.matrix.show([xx, xy, xy, yy], 2, 2, { dark });
    this.eigen.replaceChildren(
      element("div", "", `eigenvalues ${three(mean + spread)} and ${three(Math.max(0, mean - spread))}`),
      element("small", "", "both large: corner; one: edge; none: even"),
    );
    const terms = flat.map((weight, j) => [weight, seen[j]]).filter(([weight]) => weight !== 0);
    const told = terms
      .slice(0, 9)
      .map(([weight, value]) => `${weight < 0 ? `(${three(weight)})` : three(weight)}·${three(value)}`);
    const more = terms.length > told.length ? ` + … (${terms.length} products)` : "";
    const spelled =
      `(${three(xx)}·${three(yy)} − ${three(Math.abs(xy))}²) ` + `− ${three(k)}·(${three(xx)} + ${three(yy)})²`;
    this.lab.formula.replaceChildren(
      element(
        "div",
        "",
        "Convolution: ",
        element("b", "", three(this.lab.meant.values[i])),
        ` = ${told.join(" + ")}${more}`,
      ),
      element(
        "div",
        "",
        "Median: ",
        element("b", "", three(sorted[middle])),
        ` = the middle one of ${sorted.length} sorted values`,
      ),
      element(
        "div",
        "",
        "Harris: R = ",
        element("b", "", three(this.lab.slopes.values[i])),
        ` = det − k · trace² = ${spelled}`,
      ),
    );
  }
}
