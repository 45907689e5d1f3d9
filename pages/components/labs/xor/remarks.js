// What is said below the planes about one moment of a run.

// film: the run; at: the step that is shown; network and its answers as they were then.
function remarksOf(film, at, network, answers) {
  const { net, seed } = film.settings,
    loss = film.loss[at],
    isEnd = film.done && at >= film.at,
    right = rightOf(answers);
  if (film.ran && isEnd) return [ranAwayWords(film, at)];
  if (!at)
    return [
      `Seed ${seed}, ${film.settings.first_weights} first weights, before the first step. `,
      "Press play, or go through all steps at once.",
    ];
  if (net === "1 unit") return oneUnitWords(answers, loss, at, isEnd);
  return loss > PLATEAU && right < 4
    ? plateauWords(film.settings, network, loss, isEnd)
    : learnedWords(film, at, network, right, isEnd);
}

function ranAwayWords(film, at) {
  const where = `Stopped at step ${grouped(at)}: the loss is ${three(film.loss[at])}, far above the first one.`;
  return `${where} With a rate of ${three(film.rate)} every step jumps across the valley. Take less.`;
}

function oneUnitWords(answers, loss, at, isEnd) {
  const never = "More steps won't help: no straight line separates these corners.";
  if (!isEnd) return [`The line turns and its colours fade. ${never}`];
  const found =
    `After ${counted(at, "step")} one unit answers ${answers.map(three).join(", ")}: ` +
    `the loss is ${loss.toFixed(3)}, as good as guessing.`;
  return [found, " Its weights are back near 0: the loss of one unit has a single lowest place, and that is there."];
}

function plateauWords({ net, seed, rate, first_weights: first }, network, loss, isEnd) {
  const where = `Seed ${seed} is on the plateau: it answers about 0.5 everywhere, loss ${loss.toFixed(3)}. `,
    most = largestGradient(network);
  const pull = `No gradient is larger than ${three(most)}: a step moves no weight by more than ${three(rate * most)}. `;
  if (net !== "2-2-1" && areTogether(network)) {
    const small = first === "Glorot" ? " It began with small weights: draw the first weights as normal, and see." : "";
    return [
      where,
      "The hidden layer puts all corners nearly in one place: there zeros and ones pull against each other. ",
      pull,
      isEnd ? small : "",
    ];
  }
  return [where, pull, isEnd ? "It has not left the plateau in these steps." : "It looks idle, but the weights drift."];
}

function learnedWords({ settings: { seed }, loss: losses, waited: left }, at, network, right, isEnd) {
  const loss = losses[at],
    fallen = fallenCorners(network),
    surer = loss > 0.1 ? "; the loss goes on falling as it grows surer" : "";
  const waited =
    left !== null && left <= at ? `Seed ${seed} stayed on the plateau at ln 2 for ${counted(left, "step")}. ` : "";
  if (right === 4)
    return [
      waited,
      `All four corners are right: the hidden layer has moved them until one line separates them${surer}.`,
    ];
  if (!fallen)
    return [
      waited,
      `${right} of 4 right, loss ${loss.toFixed(3)}.`,
      isEnd ? " Try another seed, or more steps if the loss still falls." : "",
    ];
  const bad = isEnd
    ? `Another start may part them: seed ${seed} ends at loss ${loss.toFixed(3)} with ${right} of 4 right.`
    : "";
  return [
    waited,
    `${fallen} lie in the same place by now: the answers should be 0 and 1, but no line separates them. `,
    bad,
  ];
}
