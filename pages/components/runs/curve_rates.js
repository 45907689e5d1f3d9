// Where the learning rate changed: marks on the charts, and the rate itself as a small chart of its own.
const RATE_HEIGHT = 120; // px, in usual type
const GAP = 6; // px between two labels

const three = value => (value == null ? "–" : Number(value.toPrecision(3)).toString());

// The labels of changes so that none stands on another: those that are close share one, which tells the last of them.
// Changes are [x in epochs, rate]; xOf gives px, widthOf the px of a text; right is the end of the chart in px.
function rateLabels(changes, xOf, widthOf, right) {
  const groups = [];
  const labelled = members => {
    const text =
      members.length > 1
        ? `rate ${three(members.at(-1)[1])} after ${members.length} changes`
        : `rate ${three(members[0][1])}`;
    const width = widthOf(text),
      start = xOf(members[0][0]) + 4;
    const from = Math.min(start, right - width);
    return { members, text, from, to: from + width };
  };
  for (const change of changes) {
    let group = labelled([change]);
    while (groups.length && groups.at(-1).to + GAP > group.from)
      group = labelled([...groups.pop().members, ...group.members]);
    groups.push(group);
  }
  return groups;
}

function drawRates(chart, scale) {
  const { rates } = chart.parts,
    changes = chart.data.rates.filter(([epoch]) => epoch <= chart.shown);
  rates.replaceChildren();
  let last = -9;
  for (const [epoch] of changes) {
    const x = scale.x(epoch);
    if (x - last < 2) continue; // px: one line for both
    last = x;
    addSvg(rates, "line", { class: "rate", x1: x, x2: x, y1: MARGIN.top, y2: scale.bottom });
  }
  const letter = chart.letter || 6;
  for (const label of rateLabels(changes, scale.x, text => text.length * letter, scale.right))
    addSvg(rates, "text", { x: label.from, y: scale.bottom - 5 }, label.text);
}

// Where a phase began: a line through the chart, and what it is called on its right.
function drawBorders(chart, scale) {
  const { borders } = chart.parts;
  borders.replaceChildren();
  for (const [epoch, what] of chart.data.borders.filter(([place]) => place < chart.shown)) {
    const x = scale.x(epoch),
      end = x + what.length * (chart.letter || 6) + 6 > scale.right;
    addSvg(borders, "line", { class: "border", x1: x, x2: x, y1: MARGIN.top, y2: scale.bottom });
    addSvg(
      borders,
      "text",
      { class: "border", x: end ? x - 5 : x + 5, y: MARGIN.top + 12, "text-anchor": end ? "end" : "start" },
      what,
    );
  }
}

const borderWords = borders => borders.map(([epoch, what]) => `, ${what} after epoch ${epoch}`).join("");

// The rate over the epochs: what was, as a line, and what is planned, dotted.
function drawRateCurve(host, data, shown, lived) {
  const [xs, ys] = data.rate,
    width = Math.max(240, (host.clientWidth || 0) / rem()),
    right = width - MARGIN.right,
    bottom = RATE_HEIGHT - 22,
    top = Math.max(...ys, 1e-12) * 1.08;
  const x = epoch => MARGIN.left + (Math.min(epoch, shown) / shown) * (right - MARGIN.left),
    y = value => bottom - (value / top) * (bottom - 8);
  const path = points => points.map(([a, b], i) => `${i ? "L" : "M"}${x(a).toFixed(1)},${y(b).toFixed(1)}`).join("");
  const { before, after } = splitAt(
    xs.map((a, i) => [a, ys[i]]),
    lived,
    shown,
  );
  const picture = svg("svg", { role: "img", viewBox: `0 0 ${width} ${RATE_HEIGHT}` });
  picture.style.height = `${RATE_HEIGHT * rem()}px`;
  for (const value of ticks(0, top, 2)) {
    addSvg(picture, "line", { class: "grid", x1: MARGIN.left, x2: right, y1: y(value), y2: y(value) });
    addSvg(picture, "text", { x: MARGIN.left - 8, y: y(value) + 4, "text-anchor": "end" }, three(value));
  }
  addSvg(picture, "path", { class: "planned", d: path(after) });
  addSvg(picture, "path", { class: "used", d: path(before) });
  const now = before.at(-1)?.[1] ?? ys[0];
  picture.setAttribute("aria-label", `Learning rate, now ${three(now ?? null)}`);
  addSvg(picture, "text", { x: right, y: bottom + 16, "text-anchor": "end" }, data.live ? "dotted: planned" : "");
  host.replaceChildren(element("h4", "", `Learning rate: ${three(now ?? null)}`), picture);
}

// A line in two at an x; the second ends where the chart does.
function splitAt(points, lived, shown) {
  const at = (x, [ax, ay], [bx, by]) => [x, bx > ax ? ay + ((x - ax) / (bx - ax)) * (by - ay) : by];
  const before = [],
    after = [];
  points.forEach((point, i) => {
    const previous = points[i - 1];
    if (previous && previous[0] < lived && point[0] > lived) {
      before.push(at(lived, previous, point));
      after.push(at(lived, previous, point));
    }
    if (point[0] <= lived) before.push(point);
    else if (point[0] <= shown) after.push(point);
    else if (previous && previous[0] < shown) after.push(at(shown, after.at(-1) ?? previous, point));
  });
  return { before, after };
}
