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
  collection(net, { activation, rate, steps, first_weights }) {
    const settings = { net, activation, rate, steps, first_weights },
      key = JSON.stringify(settings);
    if (!this.collections.has(key) && this.collections.size >= MOST_COLLECTIONS) this.forget(settings);
    if (!this.collections.has(key)) this.collections.set(key, { key, settings, finished: [] });
    return this.collections.get(key);
  }

  finished(net, settings) {
    return this.collection(net, settings).finished.slice(0, settings.starts);
  }

  // Starts of settings that are no longer on the screen.
  forget(kept) {
    for (const [key, { settings }] of this.collections)
      if (!same({ ...settings, net: kept.net }, kept)) this.collections.delete(key);
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
    const { seed, ran, waited, learnedAt, network } = film,
      right = rightOf(answersOf(network));
    return {
      seed,
      right,
      ran,
      waited,
      learnedAt,
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
    if (net === "1 unit") return `${first} None ever will: no straight line separates the corners.`;
    return finished.length > ran ? `${first} ${this.waits(finished, steps)}` : first;
  }

  // How long it takes, those that never get there among them: a median of the lucky ones alone would flatter.
  waits(finished, steps) {
    const times = finished.map(one => (one.learned ? one.learnedAt : Infinity)).sort((a, b) => a - b),
      never = times.filter(time => time === Infinity).length,
      told = time => (time === Infinity ? `more than ${grouped(steps)}` : grouped(time));
    const held = finished.filter(one => one.waited === null && !one.ran).length,
      plateau = held ? `; ${held} never left the plateau at ln 2` : "";
    if (never === times.length) return `None has all four right after ${counted(steps, "step")}${plateau}.`;
    const lucky = finished.find(one => one.learned && one.learnedAt === times[0]),
      others = never ? `, where the ${never} that never got there count as more than ${grouped(steps)}` : "";
    return (
      `All four are right after ${told(times[times.length >> 1])} steps in the median of all${others}; ` +
      `after ${told(times[0])} for the luckiest (seed ${lucky.seed})${plateau}.`
    );
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
      `At rate ${three(rate)} and ${counted(steps, "step")}, with ${settings.first_weights} first weights, ` +
      `${learn}. ${this.reason(settings, few.length, many.length, deep)}${fails}`
    );
  }

  // Why one network is ahead. What is said here was found by changing only that.
  reason({ starts, first_weights: first, activation, rate, steps }, few, many, deep) {
    const held = deep.filter(one => one.waited === null && !one.ran).length,
      isSlow = held > starts / 2;
    if (isSlow && first === "Glorot" && activation === "sigmoid" && rate >= 0.1 && steps === 10000) {
      const found = rate === 0.1 && starts === 50 ? ": from normal ones all 50 learn" : "";
      return (
        "Its depth is not to blame but its start: drawn so small, the weights leave all corners nearly in one place " +
        `behind three sigmoids. Change only the first weights, and see${found}. `
      );
    }
    if (isSlow) return `${held} never left the plateau: from such weights, at this rate, these steps are too few. `;
    return many > few
      ? "Its ten units a layer leave it more ways out: with only two, two corners can fall on one place for good. "
      : "";
  }
}
