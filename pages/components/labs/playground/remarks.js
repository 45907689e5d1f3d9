// The one sentence below the network: what just happened, or what there is to see.
const WHY_STAYS = 4000; // ms in which the reason for a change is told
const BY_HEART =
  "It knows the training points by heart and fails on others: " +
  "try more training points, less noise, fewer units or regularization.";

class Remarks {
  constructor() {
    this.why = null;
  }

  because(words) {
    this.why = { words, until: performance.now() + WHY_STAYS };
  }
  forget() {
    this.why = null;
  }

  now(settings, training) {
    const { points } = training.points,
      classes = new Set(points.map(([, , label]) => label)),
      [only] = classes;
    if (training.broken) return this.ofBroken(settings, training.copy.epoch);
    if (!points.length) return "No points yet: choose a colour and click into the plane.";
    if (classes.size < 2) return this.ofOneClass(only);
    if (this.why && performance.now() < this.why.until) return this.why.words;
    return (settings.dataset === "own" && this.ofDoubled(points)) || this.ofLearning(training);
  }

  ofLearning({ epoch, isFresh, points, now: { train, test } }) {
    if (!epoch)
      return "Press play. Hover a unit to see what it answers, a connection to read its weight; click to edit.";
    if (isFresh) return this.ofLink(epoch);
    if (points.test.targets.length >= 20 && train.accuracy > 0.98 && test.accuracy < train.accuracy - 0.1)
      return BY_HEART;
    if (epoch > 300 && train.loss > 0.6)
      return "It hardly learns: it may need another feature, more units, or another rate.";
    if (train.accuracy === 1) return "Every training point is on its side by now.";
    return "Blue is where it says one, orange where it says zero, pale where it is unsure.";
  }

  ofLink(epoch) {
    return (
      `These weights came with the link, from epoch ${grouped(epoch)}. ` +
      "Play goes on from here; Begin again takes those of the seed."
    );
  }

  // L2 alone multiplies every weight by 1 − 2 · rate · strength in each step.
  ofBroken({ rate, penalty, strength }, epoch) {
    const until = `until a weight passed ${grouped(BROKEN)} or was no number any more`,
      factor = 1 - 2 * rate * strength,
      isPenalty = penalty === "L2" && factor < -1,
      how = isPenalty ? `L2 alone multiplies every weight by ${three(factor)} a step` : "every step overshot further";
    const what = `It ran away at a rate of ${three(rate)}: ${how}, ${until}.`;
    return `${what} Go back to epoch ${grouped(epoch)}, and on with a smaller one.`;
  }

  ofOneClass(label) {
    const name = label ? "blue" : "orange";
    return (
      `All points are of one class, ${name}: the network can only ` +
      "learn to say so everywhere. Place some of the other colour."
    );
  }

  // Points that lie on one another.
  ofDoubled(points) {
    const seen = new Map();
    let again = 0;
    for (const [x, y, label] of points) {
      const key = `${x} ${y}`;
      if (seen.has(key) && seen.get(key) !== label) return this.ofContradiction(x, y);
      if (seen.has(key)) again++;
      seen.set(key, label);
    }
    const some = again === 1 ? "One point lies" : `${again} points lie`;
    return again ? `${some} on another of the same colour: learning counts such a place more than once.` : "";
  }

  ofContradiction(x, y) {
    const place = `${three(x)}, ${three(y)}`;
    return (
      `A blue and an orange point both lie at ${place}: no network ` +
      "can have both right. It will say about one half there."
    );
  }
}
