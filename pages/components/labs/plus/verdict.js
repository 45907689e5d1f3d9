// What the lab says of marks that were missed or found where nothing stands, and why.

class Verdict {
  constructor(lab) {
    this.lab = lab;
  }

  words() {
    const { marks, size } = this.lab.settings,
      { length: wrong } = this.lab.wrong,
      pluses = this.lab.tally("+"),
      crosses = this.lab.tally("×"),
      all = [
        ["+", pluses],
        ["×", crosses],
      ].filter(([, tally]) => tally.planted),
      missed = pluses.planted + crosses.planted - pluses.found - crosses.found;
    if (!marks.length && !wrong) return "Click the picture to plant a plus.";
    if (!missed && !wrong) {
      const allMarks = { 1: "The only mark is", 2: "Both marks are" }[marks.length] ?? `All ${marks.length} marks are`;
      return `${allMarks} found, and nothing else. One kernel did it for all ${grouped(size ** 2)} places.`;
    }
    const complete = all.filter(([, tally]) => tally.found === tally.planted),
      none = all.filter(([, tally]) => !tally.found);
    if (!wrong && complete.length === 1 && none.length === 1)
      return `The kernel tells them apart: it finds every ${NAMES[complete[0][0]][0]}, and no ${NAMES[none[0][0]][0]}.`;
    const told = [missed ? `${missed} missed` : "", wrong ? `${wrong} false` : ""].filter(Boolean).join(", ");
    return `${told}: ${this.cause()}`;
  }

  // What is to blame: the threshold, if another would be right; the noise, if one would be right without it.
  cause() {
    const { marks, size, kernel, noise } = this.lab.settings,
      now = this.room(this.lab.now.values);
    if (now.least > now.most)
      return marks.length
        ? `the threshold. Between ${three(now.most)} and ${three(now.least)} it finds all marks and nothing else.`
        : `the threshold. Above ${three(now.most)} it finds nothing, and nothing stands there.`;
    const calm = this.room(responsesTo(drawnMarks(marks, size), size, kernel));
    const told = now.hidden
      ? "a neighbour of a mark answers more than the mark itself"
      : `a mark answers ${three(now.least)}, a place where nothing stands ${three(now.most)}`;
    return noise && calm.least > calm.most
      ? `the noise. With it ${told}; without it one threshold would do.`
      : `no threshold is right, not without noise either: ${told}. Other weights, or more room, may help.`;
  }

  // The least answer of a mark and the largest of any other peak; hidden: a mark that is no peak, which no threshold
  // finds.
  room(values) {
    const { marks, size } = this.lab.settings,
      peaks = maximaOf(values, size, -Infinity).map(([row, column]) => row * size + column),
      mine = marks.map(({ row, column }) => row * size + column),
      others = peaks.filter(i => !mine.includes(i)).map(i => values[i]),
      hidden = mine.some(i => !peaks.includes(i));
    return {
      least: hidden ? -Infinity : Math.min(...mine.map(i => values[i])),
      most: Math.max(0, ...others),
      hidden,
    };
  }
}
