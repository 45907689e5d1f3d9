// The layers of MobileNet with what each costs; a click takes its sizes into the lab.

class Mobilenet {
  constructor(lab) {
    this.lab = lab;
  }

  layMobilenet() {
    const rows = this.lab.data.mobilenet,
      total = name => sum(rows.map(row => row[name])),
      most = name => Math.max(...rows.map(row => row[name]));
    const limit = { parameters: most("standard_parameters"), multiply_adds: most("standard_multiply_adds") };
    const pair = (row, name, top) =>
      element(
        "td",
        "",
        top ? this.lab.costTable.bar(row[name] / top, row[`standard_${name}`] / top) : "",
        element("span", "amount", whole(row[name])),
        element("small", "", ` of ${whole(row[`standard_${name}`])}`),
      );
    const part = row => element("td", "", ratio(row.multiply_adds / row.standard_multiply_adds));
    const line = row => {
      const name = element("button", "name", row.name),
        what =
          `${row.kernel_size}×${row.kernel_size}` +
          (row.strides > 1 ? ` step ${row.strides}` : "") +
          (row.layers > 1 ? " + 1×1" : "");
      Object.assign(name, {
        type: "button",
        title: "Take its sizes into the lab above",
        onclick: () => this.adopt(row),
      });
      return element(
        "tr",
        "",
        element("td", "", name),
        element("td", "", what),
        element("td", "", `${row.input.join("×")} → ${row.output.join("×")}`),
        pair(row, "parameters", limit.parameters),
        pair(row, "multiply_adds", limit.multiply_adds),
        part(row),
      );
    };
    const all = Object.fromEntries(
      ["parameters", "multiply_adds", "standard_parameters", "standard_multiply_adds"].map(name => [name, total(name)]),
    );
    const sums = element(
      "tr",
      "total",
      element("td", "", "total"),
      element("td", "", `${total("layers")} convolutions`),
      element("td"),
      pair(all, "parameters"),
      pair(all, "multiply_adds"),
      part(all),
    );
    const head = [
      "",
      "Kernels",
      "Input → output",
      "Parameters, of what standard ones need",
      "Multiply-adds, of what standard ones need",
      "×",
    ].map(words => element("th", "", words));
    const fixed = total("non_trainable"),
      caption = element(
        "p",
        "share",
        `MobileNet 1.00 for 224×224 pictures: ${whole(all.parameters)} parameters, ` +
          `${whole(all.parameters - fixed)} trainable, ${whole(fixed)} not. In standard convolutions ` +
          `it would take ${three(all.standard_multiply_adds / all.multiply_adds)} times the work ` +
          `and ${three(all.standard_parameters / all.parameters)} times the parameters. ` +
          "Each row counts its normalization; click a name to take its sizes into the lab.",
      );
    this.lab.taskList.before(
      element("h3", "", "MobileNet: separable all the way"),
      caption,
      element(
        "div",
        "scroll",
        element(
          "table",
          "costs mobilenet",
          element("thead", "", element("tr", "", ...head)),
          element("tbody", "", ...rows.map(line), sums),
        ),
      ),
    );
  }

  adopt(row) {
    const [height, width, channels] = row.input,
      shown = row.layers > 1 ? "separable" : row.kernel_size > 1 ? "standard" : "1x1";
    this.lab.set({
      shown,
      height,
      width,
      channels,
      filters: row.output[2],
      kernel_size: row.kernel_size,
      strides: row.strides,
      padding: "same",
      use_bias: false,
    });
    this.lab.stage.scrollIntoView({
      block: "nearest",
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
    });
  }
}
