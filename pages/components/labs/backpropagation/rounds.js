// The walk: rounds of one start, computed as far as they are looked at. No screen, only numbers.
const TOO_LARGE = 1e12; // a loss beyond this has run away
const MOST_WALKS = 6; // that are kept

class Rounds {
  constructor(epsilon) {
    Object.assign(this, { epsilon, kept: new Map() });
  }

  // Of one start with these mistakes: all rounds up to `until`, or to where the loss ran away. name: of the system.
  until(until, { name, system, parameters, rate, slips }) {
    const key = JSON.stringify([name, parameters, rate, slips]);
    if (!this.kept.has(key)) {
      if (this.kept.size >= MOST_WALKS) this.kept.clear();
      this.kept.set(key, [this.round(system, parameters, rate, slips)]);
    }
    const rounds = this.kept.get(key);
    while (rounds.length <= until && rounds.at(-1).loss < TOO_LARGE)
      rounds.push(this.round(system, rounds.at(-1).after, rate, slips));
    return rounds;
  }

  // One round: the weights before it, all values and gradients, and the weights after it.
  round(system, parameters, rate, slips) {
    const all = backward(system, forward(system, parameters, this.epsilon), slips);
    return { parameters, all, loss: all.loss[0][0], after: update(parameters, all, rate) };
  }
}
