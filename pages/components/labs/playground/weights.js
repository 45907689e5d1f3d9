// One weight or bias: read, set, typed in a field, told on the card beside its connection. Its place is { l, j, i }, as
// in wires.js.
const MOST_WEIGHT = 1000;

function weightAt({ layers }, { l, j, i }) {
  const { weights, biases, inputs } = layers[l];
  return i < 0 ? biases[j] : weights[j * inputs + i];
}

function setWeight({ layers }, { l, j, i }, value) {
  const { weights, biases, inputs } = layers[l];
  if (i < 0) biases[j] = value;
  else weights[j * inputs + i] = value;
}

// A weight as it can be typed again.
const plain = value => String(Number(value.toPrecision(3))).replace("-", "\u2212");

// A field for a weight: a legal number is taken at once, anything else refused with its reason.
function weightField({ label, complaint, value, onPut }) {
  const input = Object.assign(element("input", "weight"), {
    type: "text",
    autocomplete: "off",
    spellcheck: false,
    value: plain(value()),
  });
  input.setAttribute("aria-label", label);
  const refuse = text => {
    complaint.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => {
    const number = typed(input.value),
      said = input.value.trim() === "" ? "An empty field" : `“${input.value.slice(0, 12)}”`;
    if (number === null) refuse(`${said} is no number: ${three(value())} stays.`);
    else if (Math.abs(number) > MOST_WEIGHT)
      refuse(`${said} is beyond ${grouped(MOST_WEIGHT)}: ${three(value())} stays.`);
    else {
      refuse("");
      onPut(number);
    }
  });
  input.addEventListener("blur", () => {
    input.value = plain(value());
    refuse("");
  });
  return input;
}

// Beside the pointer: the weight of a connection, or a field for another one. pane: what the card stays inside.
class WeightCard {
  constructor(pane, { weightOf, onPut, onEnd }) {
    Object.assign(this, { pane, weightOf, onPut, onEnd, editing: null });
    this.node = element("div", "card");
    this.close();
  }

  tell(which, x, y) {
    this.write(which);
    this.put(x, y);
  }

  // The number lives while the pointer rests.
  refresh(which) {
    if (which && !this.editing && !this.node.hidden) this.write(which);
  }

  write(which) {
    this.node.replaceChildren(
      `${which.i < 0 ? "bias" : "weight"} ${three(this.weightOf(which))}`,
      element("small", "", "click to edit"),
    );
  }

  put(x, y) {
    this.node.hidden = false;
    const { scrollLeft, clientWidth, clientHeight } = this.pane,
      { offsetWidth, offsetHeight, style } = this.node;
    style.left = `${Math.max(scrollLeft, Math.min(x + 12, scrollLeft + clientWidth - offsetWidth - 4))}px`;
    style.top = `${Math.max(0, Math.min(y + 12, clientHeight - offsetHeight - 4))}px`;
  }

  edit(which, x, y) {
    this.editing = which;
    const complaint = element("div", "complaint"),
      before = this.weightOf(which),
      put = value => this.onPut(which, value);
    const input = weightField({
      label: which.i < 0 ? "Bias" : "Weight",
      complaint,
      value: () => this.weightOf(which),
      onPut: put,
    });
    complaint.setAttribute("role", "alert");
    input.addEventListener("keydown", event => {
      if (event.key === "Escape") {
        put(before);
        this.end(which);
      }
      if (event.key === "Enter" && !input.getAttribute("aria-invalid")) this.end(which);
    });
    input.addEventListener("blur", () => this.end(which));
    this.node.replaceChildren(which.i < 0 ? "bias" : "weight", input, complaint);
    this.put(x, y);
    input.focus();
    input.select();
  }

  // A field that goes loses the focus too: it ends once.
  end(which) {
    if (this.editing !== which) return;
    this.close();
    this.onEnd();
  }

  close() {
    this.editing = null;
    this.node.hidden = true;
  }
}
