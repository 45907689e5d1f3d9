// What each kind costs beside the others, as bars.

class CostTable {
  constructor(lab) {
    this.lab = lab;
  }

  drawBars() {
    const costs = KINDS.map(kind => costOf(kind, this.lab.settings)),
      most = name => Math.max(1, ...costs.filter(cost => cost.fits).map(cost => cost[name]));
    const limit = { parameters: most("parameters"), multiply_adds: most("multiply_adds") },
      base = costs[0];
    const bar = (cost, name) =>
      element(
        "td",
        "",
        this.bar(cost[name] / limit[name]),
        element("span", "amount", whole(cost[name])),
        element("small", "", base.fits ? ` × ${ratio(cost[name] / base[name])}` : ""),
      );
    const rows = KINDS.map((kind, i) => {
      const cost = costs[i],
        name = element("button", "name", kind),
        row = element("tr", kind === this.lab.settings.shown ? "now" : "", element("td", "", name));
      Object.assign(name, { type: "button", onclick: () => this.lab.set({ shown: kind }) });
      if (cost.fits)
        row.append(element("td", "", cost.output.join("×")), bar(cost, "parameters"), bar(cost, "multiply_adds"));
      else
        row.append(
          Object.assign(element("td", "", `a kernel of ${this.lab.settings.kernel_size} does not fit`), { colSpan: 3 }),
        );
      return row;
    });
    this.refill(this.lab.bars, rows);
    const { filters, kernel_size: k, use_bias } = this.lab.settings,
      separable = costs[4];
    this.lab.share.textContent = base.fits
      ? `Separable / standard = 1/C_out + 1/k² = 1/${filters} + 1/${k * k} = ${three(1 / filters + 1 / k ** 2)} · ` +
        `counted: ${whole(separable.multiply_adds)} / ${whole(base.multiply_adds)} = ` +
        `${three(separable.multiply_adds / base.multiply_adds)}` +
        (use_bias ? " (multiply-adds; biases come on top of the parameters)" : "")
      : "";
  }

  // New rows, and the keyboard stays where it was.
  refill(body, rows) {
    const buttons = () => [...body.querySelectorAll("button")],
      at = buttons().indexOf(body.getRootNode().activeElement);
    body.replaceChildren(...rows);
    if (at >= 0) buttons()[at].focus();
  }

  bar(share, behind = share) {
    const node = element("span", "bar", element("i", "behind"), element("i", "front"));
    node.children[0].style.width = `${100 * behind}%`;
    node.children[1].style.width = `${100 * share}%`;
    return node;
  }
}
