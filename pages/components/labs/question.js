// A question that is answered before the lab shows it. It counts when it was right so many times in a row: a wrong
// answer takes back what was gathered, and the next question is another one.
class NumberQuestion {
  // ask(draw) -> { words, answer, because, show }: draw(low, high) gives a whole number, ends included; answer is a
  // number; show() lets the lab show what was asked, or is left out.
  constructor({ ask, needed = 3 }) {
    Object.assign(this, { ask, needed, row: 0, isDone: false, onDone: () => {} });
    this.words = element("div", "asked");
    this.input = Object.assign(element("input", "number"), { type: "text", inputMode: "text", autocomplete: "off" });
    this.input.setAttribute("aria-label", "Your answer");
    this.input.onkeydown = event => {
      if (event.key === "Enter") this.answer();
    };
    this.verdict = element("div", "verdict");
    this.verdict.setAttribute("role", "status");
    this.stars = element("small", "stars");
    this.button = button("Answer", () => this.answer());
    this.node = element(
      "div",
      "question",
      this.words,
      element("div", "row middle", this.input, this.button, this.stars),
      this.verdict,
    );
    this.next();
  }

  next() {
    this.now = this.ask((low, high) => low + Math.floor(Math.random() * (high - low + 1)));
    this.words.textContent = this.now.words;
    this.input.value = "";
    this.count();
  }

  count() {
    this.stars.textContent = this.isDone
      ? "answered"
      : `${this.row} of ${this.needed} right in a row; a wrong answer takes them back`;
  }

  answer() {
    const said = typed(this.input.value);
    if (said === null) {
      this.verdict.textContent = "Type a number.";
      return;
    }
    const { answer, because, words: asked, show } = this.now,
      right = Math.abs(said - answer) <= 0.005 + 1e-6 * Math.abs(answer);
    this.row = right ? this.row + 1 : 0;
    this.verdict.className = `judged verdict ${right ? "right" : "wrong"}`;
    this.verdict.replaceChildren(
      element("span", "", `${right ? "✓" : "✗"} ${asked} ${three(answer)}: ${because}. `),
      show ? button("Show it above", show) : "",
    );
    if (this.row >= this.needed) this.isDone = true;
    this.next();
    this.input.focus();
    if (this.isDone) this.onDone();
  }

  // It was answered before, on another visit.
  finish() {
    this.isDone = true;
    this.count();
  }
}
