// What the lab says in words and formulas of one entry, one picture, one step.
const percentOf = value => percentText(value);
const near0 = value => (Math.abs(value) < 1e-12 ? 0 : value); // what rounding leaves of a 0 is none
const inBrackets = value => (value < 0 ? `(${three(value)})` : three(value));
const BY_HEART = 0.15, // from this gap between the two accuracies on
  LOPSIDED = 0.65; // from this share of the larger class on, accuracy says little by itself
const bold = text => element("b", "", text);

// A probability with what it lacks to 1, where three digits would say 1.
const sure = z => (z > 5 ? `1 − ${three(ACTIVATIONS.sigmoid(-z))}` : three(ACTIVATIONS.sigmoid(z)));
const logOf = z => (z > 5 ? `ln(${sure(z)})` : `ln ${sure(z)}`);

// −ln of a probability too small for a number is taken from its logit.
const lossWords = z => (ACTIVATIONS.sigmoid(z) > 0 ? `−${logOf(z)}` : `ln(1 + exp(${three(-z)}))`);

// says: the two classes; at: the entry, i of w and x.
function formulaOf({ model, chosen, at, says, settings: { rate } }) {
  const z = model.z[chosen],
    y = model.labels[chosen],
    { exact, measured } = model.slopeOf(at),
    w = model.w[at];
  const line = (...parts) => element("div", "", ...parts),
    [name, told] = y ? ["−ln p", lossWords(z)] : ["−ln(1 − p)", lossWords(-z)];
  return [
    line(
      `z = w·x + b = ${three(near0(z - model.b))} ${model.b < 0 ? "−" : "+"} ${three(Math.abs(model.b))} = `,
      bold(three(z)),
    ),
    line(`p = σ(z) = 1 / (1 + exp(−z)) = 1 / (1 + exp(${three(near0(-z))})) = `, bold(sure(z)), ` for ${says[1]}`),
    line(`loss of this picture = ${name} = ${told} = `, bold(three(surprise(z, y))), `, as it is truly ${says[y]}`),
    line(
      `∂(mean loss)/∂w[${at}] = (1/m) Σ x[${at}] · (p − y) over ${model.train.length} training pictures = `,
      bold(three(near0(exact))),
      `; by finite differences ${three(near0(measured))}`,
    ),
    line(
      `w[${at}] ← w[${at}] − rate · ∂(mean loss)/∂w[${at}] = ` +
        `${three(w)} − ${three(rate)} · ${inBrackets(near0(exact))} = `,
      bold(three(near0(w - rate * exact))),
    ),
  ];
}

function wordsOfEntry({ model, at, chosen, says, step, pack: { width, channels } }) {
  const [row, column, channel] = placeOf(at, width, channels),
    x = model.x(chosen, at),
    w = model.w[at];
  const colour = channels === 3 ? `, ${CHANNELS[3][channel]},` : "";
  const told = [
    `Row ${row}, column ${column}${colour} is entry `,
    bold(grouped(at)),
    ` of the column: x = ${three(x)}. `,
  ];
  if (!step) return [...told, "Its weight is 0 as long as nothing is learned."];
  if (w === 0) return [...told, "Its weight is still 0: no training picture has anything here."];
  if (x === 0) return [...told, `Nothing is here, so its weight of ${three(w)} says nothing of this picture.`];
  return [...told, `Times its weight ${three(w)} that is ${three(w * x)}: it speaks for ${says[w > 0 ? 1 : 0]}.`];
}

// What who always says the same would get right, where that is much.
function wordsOfBlind({ test, labels }, says) {
  const ones = test.reduce((sum, j) => sum + labels[j], 0) / test.length,
    share = Math.max(ones, 1 - ones);
  return share < LOPSIDED
    ? ""
    : `Who always said ${says[ones > 0.5 ? 1 : 0]} would have ${percentOf(share)} of those. `;
}

// What the last step brought, and what another one would.
function wordsOfStep({ step, now, madeWith, ranAway, hasRisen, isOver, largestRate, model }, rate, says) {
  const most = three(largestRate),
    isCalm = rate <= largestRate,
    steps = counted(step, "step");
  const begin = [
    "All weights are 0, so it says 0.5 to every picture, and the loss is ln 2 = ",
    bold(three(now.train.loss)),
  ];
  if (!step)
    return [...begin, isCalm ? ". Press play." : `. A rate of ${three(rate)} is more than ${most}: watch the loss.`];
  const over =
    `a rate of ${three(madeWith)} is more than ${most}, ` + "below which the loss always falls on these pictures.";
  const calm = isCalm && madeWith > largestRate ? ` With ${three(rate)} it comes down again: press play.` : "";
  const stopped =
    `Stopped: after ${steps} the loss is ${three(now.train.loss)}, ` +
    "and saying 0.5 to everything costs 0.693. It oversteps: ";
  if (ranAway) return [stopped, over, calm];
  if (hasRisen) return [`The loss has risen with this step: ${over}${calm}`];
  const end = isOver ? `Here the walk ends, after ${steps}. It has ` : `After ${steps} it has `;
  const [train, held] = [now.train.accuracy, now.test.accuracy].map(share => bold(percentOf(share)));
  const told = [end, train, " of the training pictures right and ", held, " of those held out. "];
  const blind = wordsOfBlind(model, says);
  if (now.train.accuracy - now.test.accuracy <= BY_HEART)
    return [...told, blind, `Blue pixels speak for ${says[1]}, orange ones for ${says[0]}.`];
  const [numbers, pictures] = [model.inputs + 1, model.train.length],
    few = `${grouped(numbers)} numbers to set and ${counted(pictures, "picture")} to learn from: `;
  return numbers > pictures
    ? [...told, few, "so many can learn any pictures by heart, whatever their classes. More pictures help."]
    : [...told, "It learned much that holds for these pictures alone. More pictures help."];
}
