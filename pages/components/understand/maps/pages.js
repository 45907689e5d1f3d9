// What of a network is not here yet, and the buttons that ask for it: more maps of a layer, other stages of a base.

// Which maps of a layer stand here, with a way to those before and behind them.
function pager(view, layer) {
  const step = view.network.steps[layer];
  const words = step.isMap ? "maps" : "values";
  const button = (sign, label, m, isOff) =>
    navigationButton(sign, `${label} ${words} of ${step.name}`, () => view.turnPage(layer, m), isOff);
  const told = `${grouped(step.first + 1)}–${grouped(step.end)} of ${grouped(step.count)}`;
  return element(
    "div",
    "pager",
    element("span", "", told),
    button("‹", "Earlier", step.first - 1, step.first === 0),
    button("›", "Further", step.end, step.end >= step.count),
  );
}

// The pages of layers before on which the maps stand that a map goes on from: { pages, isAll }, isAll where with them
// it can be taken apart.
function missing(network, layer, m) {
  const { sources, link, kernel } = network.steps[layer];
  const pages = {};
  if (kernel || !network.has(layer, m) || !sources.every(source => network.steps[source].isMap))
    return { pages, isAll: false };
  const reads =
    sources.length > 1
      ? network.reads(layer, m, 0, 0).map(({ source, maps: [map] }) => [source, map])
      : [network.origin(layer, m, 0, 0)];
  for (const [source, map] of reads)
    if (map !== undefined && !network.has(source, map)) pages[network.steps[source].name] = map;
  const isFollowed = link.reads !== "everything" || link.does === "normalize";
  return { pages, isAll: isFollowed && Object.keys(pages).length > 0 };
}

// A layer of a stage that is folded: of all layers of it together one button.
function foldedColumn(view, layer) {
  const { steps } = view.network;
  const { stage } = steps[layer];
  const isSame = one => one && one.stage === stage && !one.shown;
  const section = element("section", "column folded");
  if (isSame(steps[layer - 1])) {
    section.hidden = true;
    return section;
  }
  let end = layer;
  while (isSame(steps[end])) end++;
  const button = element("button", "", element("b", "", ...breakable(stage)), counted(end - layer, "layer"));
  button.type = "button";
  button.setAttribute("aria-label", `Show ${stage}, ${counted(end - layer, "layer")}`);
  button.onclick = () => view.unfold(layer);
  section.append(button);
  return section;
}
