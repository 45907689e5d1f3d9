// The loss, round by round; of a broken gradient beside the right one.
const UNBROKEN = "Break a gradient below: the check fails, and training goes wrong beside the right one.";

// The powers of ten around some losses.
function decades(losses) {
  const seen = losses.filter(loss => loss > 0 && loss < TOO_LARGE),
    power = (value, round) => 10 ** round(Math.log10(value));
  if (!seen.length) return { low: 1, high: 10 };
  const low = power(Math.min(...seen), Math.floor);
  return { low, high: Math.max(10 * low, Math.min(1e5, power(1.001 * Math.max(...seen), Math.ceil))) };
}

class RoundCurve {
  constructor() {
    const axes = { x: { low: 0, high: 10, label: "round" }, y: { low: 0.01, high: 1, label: "loss", log: true } };
    this.plot = new Plot({ label: "Loss, round by round", ...axes });
    this.key = element(
      "div",
      "keyed",
      element("span", "good", element("i"), "right"),
      element("span", "bad", element("i"), "broken"),
    );
    this.words = element("p", "broken");
    this.nodes = [element("div", "curve", this.key, this.plot.node), this.words];
  }

  // rounds, broken: lists of { loss }, the second null where nothing is broken; until: the round that is shown; width:
  // px it has.
  show(rounds, broken, until, width) {
    const points = some => some.slice(0, until + 1).map(({ loss }, i) => [i, loss]),
      good = points(rounds),
      bad = points(broken ?? []);
    const y = { ...decades([...good, ...bad].map(([, loss]) => loss)), label: "loss", log: true };
    this.plot.frame({ width, height: 184 * rem(), x: { low: 0, high: Math.max(10, until), label: "round" }, y });
    this.plot.line("good", good);
    this.plot.line("bad", bad);
    this.plot.dots("at", [(broken ? bad : good).at(-1)], 4);
    this.key.classList.toggle("single", !broken);
    this.words.textContent = broken ? this.compared(good, bad) : UNBROKEN;
  }

  compared(good, bad) {
    const [at, loss] = bad.at(-1),
      [, right] = good.at(-1);
    if (!at) return "Same start, so the same loss: go some rounds on to see what the mistake does.";
    const verdict = this.verdict(loss, right, bad[0][1]);
    return `After ${counted(at, "round")}: ` + `${numberText(right)} right, ${numberText(loss)} broken; ${verdict}.`;
  }

  verdict(loss, right, first) {
    if (this.isElsewhere) return "the check finds no mistake but another convention, whose steps have another length";
    if (!(loss < first)) return "the broken one rises: it walks uphill";
    if (loss > right * 1.02) return "the broken one falls, but behind the right one";
    return (
      `${loss < right * 0.98 ? "the broken one even falls faster" : "nearly the same"}: ` +
      "only the check sees this mistake"
    );
  }
}
