// Columns that may be wider than their place: how many more there are on a side is said there, and a press goes on.
class Scroller {
  // columns: the node that scrolls.
  constructor(columns) {
    this.columns = columns;
    this.left = this.button("left", -1);
    this.right = this.button("right", 1);
    this.node = element("div", "scroller", columns, this.left, this.right);
    columns.onscroll = () => this.follow();
    new ResizeObserver(() => this.follow()).observe(columns);
  }

  button(side, way) {
    const button = element("button", `more ${side}`);
    Object.assign(button, { type: "button", hidden: true });
    button.onclick = () => {
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const left = way * Math.max(120, 0.75 * this.columns.clientWidth);
      this.columns.scrollBy({ left, behavior: calm ? "auto" : "smooth" });
    };
    return button;
  }

  // Columns of which more than half lies outside on each side.
  outside() {
    const { left, right } = this.columns.getBoundingClientRect();
    const counts = [0, 0];
    for (const column of this.columns.querySelectorAll(".column")) {
      const box = column.getBoundingClientRect();
      const middle = (box.left + box.right) / 2;
      if (middle < left) counts[0]++;
      if (middle > right) counts[1]++;
    }
    return counts;
  }

  follow() {
    const { scrollLeft, scrollWidth, clientWidth } = this.columns;
    const [before, after] = this.outside();
    this.tell(this.left, scrollLeft > 2, before, words => `← ${words}`);
    this.tell(this.right, scrollLeft + clientWidth < scrollWidth - 2, after, words => `${words} →`);
  }

  tell(button, isMore, count, withArrow) {
    button.hidden = !isMore;
    this.node.classList.toggle(`more-${button === this.left ? "left" : "right"}`, isMore);
    button.textContent = withArrow(count ? `${count} more` : "more");
    button.setAttribute(
      "aria-label",
      `${count || "Some"} more layers to the ${button === this.left ? "left" : "right"}`,
    );
  }
}
