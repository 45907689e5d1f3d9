// Many starts of each network, trained in the background, and what they say together. No screen, only numbers and
// words.
const TINY_GRID = 14,
  CURVE = 100,
  MOST_COLLECTIONS = 12; // cells of a small picture, points of a faint curve; collections that are kept

class Starts {
  constructor() {
    this.collections = new Map();
  }

  // Those of one network, in the order of their seeds.
  collection(net, { activation, rate, steps }) {
    const key = JSON.stringify([net, activation, rate, steps]);
    if (!this.collections.has(key) && this.collections.size >= MOST_COLLECTIONS) this.forget([activation, rate, steps]);
    if (!this.collections.has(key))
      this.collections.set(key, { key, settings: { net, activation, rate, steps }, finished: [] });
    return this.collections.get(key);
  }

  finished(net, settings) {
    return this.collection(net, settings).finished.slice(0, settings.starts);
  }

  // Starts of settings that are no longer on the screen.
  forget(kept) {
    for (const [
      key,
      {
        settings: { activation, rate, steps },
      },
    ] of this.collections) {
      if (!same([activation, rate, steps], kept)) this.collections.delete(key);
    }
  }

  // First the starts of the shown network, then those of the other two; onFinished(isLast) hears of each. False when
  // none is left.
  work(settings, until, onFinished) {
    const nets = [settings.net, ...Object.keys(NETS).filter(net => net !== settings.net)];
    const open = nets.map(net => this.collection(net, settings)).find(one => one.finished.length < settings.starts);
    if (!open) return false;
    open.film ??= new Film({ ...open.settings, seed: open.finished.length }, 1);
    if (!open.film.advance(until)) return true;
    open.finished.push(this.summary(open.film));
    open.film = null;
    onFinished(open.finished.length === settings.starts);
    return true;
  }

  summary(film) {
    const { seed, ran, waited, network } = film,
      right = rightOf(answersOf(network));
    return {
      seed,
      right,
      ran,
      waited,
      learned: right === 4 && !ran,
      curve: film.curve(CURVE),
      surface: surfaceOf(network, TINY_GRID),
    };
  }

  // The share of starts of a network that learn; null while some are still to come.
  learnedOf(net, settings) {
    const finished = this.finished(net, settings);
    return finished.length < settings.starts ? null : finished.filter(one => one.learned).length / settings.starts;
  }

  // ---- words

  count(net, settings) {
    const finished = this.finished(net, settings);
    return finished.length
      ? `${finished.filter(one => one.learned).length} of ${finished.length} starts learn it`
      : "waits its turn";
  }

  // What came of the starts of the shown network.
  share(settings) {
    const { starts, net, rate, steps } = settings,
      finished = this.finished(net, settings),
      count = test => finished.filter(test).length;
    const ran = count(one => one.ran),
      away = ran ? ` ${ran} ran away.` : "";
    const so = finished.length < starts ? ` so far (${starts - finished.length} to go)` : "",
      how = `rate ${three(rate)}, ${counted(steps, "step")}`;
    const first = `${count(one => one.learned)} of ${finished.length}${so} learn XOR with ${net}, ${how}.${away}`;
    const left = finished.filter(one => one.waited !== null && !one.ran).sort((a, b) => a.waited - b.waited);
    if (left.length)
      return `${first} ${this.waits(
        left,
        count(one => one.waited === null && !one.ran),
      )}`;
    if (net === "1 unit") return `${first} None ever will: no straight line separates the corners.`;
    return ran ? first : `${first} None has left the plateau at ln 2.`;
  }

  // left: starts that left the plateau, the luckiest first; held: how many never did.
  waits(left, held) {
    const [lucky, median, slow] = [left[0], left[Math.floor(left.length / 2)], left.at(-1)].map(one =>
      grouped(one.waited),
    );
    const never = held ? `; ${held} never left it` : "";
    const others = `${lucky} for the luckiest (seed ${left[0].seed}), ${slow} for the slowest${never}`;
    return `The plateau at ln 2 lasted ${median} steps in the median, ${others}.`;
  }

  // What depth gave and cost, with the numbers of both networks at the same rate.
  depth(settings) {
    const { starts, rate, steps } = settings,
      [small, deep] = ["2-2-1", "2-10-10-10-1"].map(net => this.finished(net, settings));
    if (small.length < starts || deep.length < starts)
      return "The other networks train in the background, with the same rate, steps and seeds.";
    const [few, many] = [small, deep].map(finished => finished.filter(one => one.learned)),
      bad = small.find(one => !one.learned);
    const which = many.length && many.length <= 3 ? ` (seed ${many.map(one => one.seed).join(", ")})` : "";
    const learn =
      `${few.length} of ${starts} starts of 2-2-1 learn XOR ` +
      `and ${many.length} of ${starts} of 2-10-10-10-1${which}`;
    const fails = bad && few.length ? `A bad start can fail: 2-2-1 with seed ${bad.seed} does.` : "";
    return (
      `At rate ${three(rate)} and ${counted(steps, "step")}, ` +
      `${learn}. ${this.reason(many.length - few.length)}${fails}`
    );
  }

  // more: by how many starts the deep network is ahead.
  reason(more) {
    const slow = "through three layers of squashed slopes little gradient is left, so it waits longer at ln 2";
    if (more < 0) return `Deeper is not always better: ${slow}. `;
    return more
      ? "The deep one has more ways out of a bad place, once its steps are large enough to leave the plateau. "
      : "";
  }
}
