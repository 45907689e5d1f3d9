// Lines of code that follow what is set in a lab, to be copied.
class CodeLines {
  constructor(title) {
    this.code = element("pre", "script");
    this.code.tabIndex = 0;
    this.code.setAttribute("aria-label", title);
    this.copy = copyButton(this.code);
    this.node = element("div", "code-lines", element("h4", "", title), this.code, this.copy);
  }

  show(...lines) {
    const text = lines.filter(Boolean).join("\n");
    if (this.code.textContent !== text) this.code.textContent = text;
  }
}

// A number as Python writes it, nested lists too.
const python = value =>
  Array.isArray(value) ? `[${value.map(python).join(", ")}]` : String(Number(value.toPrecision(6)));
