// The last column: every class with its logit and its probability, and whether the likeliest is the true one.
const ANSWERS = 20; // classes with bars of their own; the others are counted

// open, point: called with the place of a class that is to be taken apart, or that is pointed at.
function answerColumn(network, dark, open, point) {
  const { classes, truth } = network.answer;
  const best = classes.reduce((most, one, i) => (one.share > classes[most].share ? i : most), 0);
  const section = element(
    "section",
    "column answer",
    columnHead(network.steps[network.last]),
    answerTable(classes, best, dark, open, point),
  );
  if (classes.length > ANSWERS)
    section.append(element("div", "rest", `the likeliest ${ANSWERS} of ${classes.length} classes`));
  if (truth !== null) section.append(verdict(classes, truth, best));
  return section;
}

function answerTable(classes, best, dark, open, point) {
  const order = classes.map((_, i) => i);
  if (classes.length > ANSWERS) order.sort((a, b) => classes[b].share - classes[a].share);
  const limit = Math.max(...classes.map(one => Math.abs(one.logit ?? 0)), 1e-9);
  const titles = [element("span", ""), element("span", "title", "logit"), element("span", "title", "probability")];
  const rows = order.slice(0, ANSWERS).flatMap(i => {
    const row = answerRow(classes[i], i === best, limit, dark);
    for (const cell of row) {
      cell.onclick = () => open(i);
      cell.onpointermove = event => event.pointerType !== "touch" && point(i);
    }
    row[0].onfocus = () => row[0].matches(":focus-visible") && point(i);
    row[0].dataset.class = i;
    return row;
  });
  return element("div", "answers", ...titles, ...rows);
}

function answerRow(one, isBest, limit, dark) {
  const name = element("button", `name${isBest ? " best" : ""}`, one.name);
  name.type = "button";
  name.title = one.name;
  name.setAttribute("aria-label", `${one.name}, ${one.text}: take it apart`);
  const share = element("i", "fill teal");
  share.style.width = `${100 * one.share}%`;
  const number = element("span", "number", one.text);
  const probability = element("span", "probability", element("span", "track", share), number);
  probability.title = `probability ${one.share}`;
  return [name, logitBar(one.logit, limit, dark), probability];
}

function logitBar(logit, limit, dark) {
  if (logit === null) return element("span", "logit", element("span", "track"), element("span", "number", "–"));
  const fill = element("i", "fill");
  const part = (50 * Math.abs(logit)) / limit;
  Object.assign(fill.style, {
    width: `${part}%`,
    left: logit < 0 ? `${50 - part}%` : "50%",
    background: css(logit < 0 ? ends(dark).negative : ends(dark).positive),
  });
  const bar = element("span", "logit", element("span", "track", fill), element("span", "number", three(logit)));
  bar.title = `logit ${logit}`;
  return bar;
}

function verdict(classes, truth, best) {
  const isRight = truth === best;
  const words = `: it is ${classes[truth].name}${isRight ? "" : `, not ${classes[best].name}`}`;
  return element(
    "div",
    `verdict ${isRight ? "right" : "wrong"}`,
    element("b", "", isRight ? "✓ right" : "✗ wrong"),
    words,
  );
}
