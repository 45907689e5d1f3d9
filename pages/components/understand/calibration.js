// How sure answers are against how often they are right, in bins of the same width; a bar opens its images.
function binWords(side, i, part) {
  const count = side.counts[i],
    edge = at => Math.round((100 * at) / side.counts.length),
    range = `${edge(i)} to ${edge(i + 1)}\u202f% sure`;
  if (!count) return `${range}: no image`;
  const [sure, right] = [side.confidence[i], side.accuracy[i]].map(value => percentText(value, 1));
  return `${range}: ${counted(count, part)}, ${sure} sure on average, ${right} right`;
}

function diagram(side, at, { data, say, send }) {
  const field = element("div", "field"),
    most = Math.max(1, ...side.counts),
    below = element("div", "below");
  const line = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  line.append(svg("path", { d: "M0 100L100 0" }));
  side.counts.forEach((count, i) => {
    const bar = element("span", "bar"),
      sure = element("span", "sure"),
      what = `${at}-${i}`,
      column = element("button", "column", bar, sure);
    column.type = "button";
    column.disabled = !count;
    bar.style.height = `${100 * (side.accuracy[i] ?? 0)}%`;
    sure.style.bottom = `${100 * (side.confidence[i] ?? 0)}%`;
    sure.hidden = !count;
    column.dataset.focus = what;
    column.setAttribute("aria-pressed", String(data.opened === what));
    column.setAttribute("aria-label", binWords(side, i, data.part));
    column.onpointerenter = column.onfocus = () => say(binWords(side, i, data.part));
    column.onclick = () => send({ what: data.opened === what ? "" : what });
    field.append(column);
    const level = element("i");
    level.style.height = `${(100 * count) / most}%`;
    below.append(level);
  });
  field.append(line);
  const head = element(
    "p",
    "title",
    element("b", "", side.title),
    ` expected calibration error ${percentText(side.ece, 1)}`,
  );
  const axes = element("figcaption", "", element("span", "", "↑ how often right"), element("span", "", "how sure →"));
  return element("figure", "", head, field, below, axes);
}

export default function (component) {
  const { data, parentElement } = component;
  const host = parentElement.querySelector(".calibration"),
    gestures = Gestures.of(component).hear(component);
  const { gestures: _answered, ...shown } = data,
    sign = JSON.stringify(shown);
  gestures.draw(() => {
    if (host.sign === sign) return;
    host.sign = sign;
    const focused = host.getRootNode().activeElement?.dataset?.focus;
    const said = element(
      "p",
      "said",
      "A bar below the line: right less often than it is sure. The mark: how sure on average; below, how many images." +
        " Press a bar to open its images.",
    );
    said.setAttribute("role", "status");
    const about = {
      data,
      say: words => {
        said.textContent = words;
      },
      send: gesture => gestures.send({ sign: data.sign, ...gesture }),
    };
    host.classList.toggle("train", data.part.startsWith("training"));
    const sides = data.sides.map((side, at) => diagram(side, at, about));
    host.replaceChildren(element("div", "sides", ...sides), said);
    if (focused) host.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  });
}
