// The rails beside the rows of the layer list, as in a commit graph. A drawing is as many units wide as there are lanes
// and two high: the dot of the row lies at half its height. It fills whatever part of a row the style sheet gives it.
function railPath(d, isLit) {
  return svg("path", { d, class: isLit ? "wire lit" : "wire", "vector-effect": "non-scaling-stroke" });
}

function railDrawing(className, lanes, paths) {
  const attributes = { viewBox: `0 0 ${lanes} 2`, preserveAspectRatio: "none", "aria-hidden": "true" };
  return svg("svg", { ...attributes, class: `rail ${className}` }, ...paths);
}

const middleOf = lane => lane + 0.5;

// Wires that only run down: those that pass a row, and the one that leaves its dot.
function railsBelow(rail) {
  return [...rail.past, ...(rail.isRead ? [[rail.lane, rail.id]] : [])];
}

function straight(className, rail, lanes, selected) {
  const paths = railsBelow(rail).map(([lane, source]) => railPath(`M${middleOf(lane)} 0V2`, source === selected));
  return railDrawing(className, lanes, paths);
}

// What is drawn beside a row: wires into its dot, wires past it, and the dot; below its notes all wires go on.
function railOf(rail, lanes, selected) {
  const at = middleOf(rail.lane),
    isSelected = rail.id === selected;
  const into = rail.into.map(([lane, source]) => {
    const x = middleOf(lane),
      d = lane === rail.lane ? `M${x} 0V1` : `M${x} 0C${x} .7 ${at} .3 ${at} 1`;
    return railPath(d, isSelected || source === selected);
  });
  const past = rail.past.map(([lane, source]) => railPath(`M${middleOf(lane)} 0V2`, source === selected));
  const out = rail.isRead ? [railPath(`M${at} 1V2`, isSelected)] : [];
  const dot = element("i", `dot${rail.into.length > 1 ? " meets" : ""}${rail.isLoose ? " loose" : ""}`);
  dot.style.setProperty("--at", String(at));
  return [railDrawing("beside", lanes, [...past, ...into, ...out]), straight("rest", rail, lanes, selected), dot];
}

// Puts the rails into a list that is drawn: its rows are named by ids, what stands between two rows is passed straight.
function drawRails(list, data, selected) {
  const { lanes, of } = data.rails ?? { lanes: 0, of: {} },
    loose = new Set(data.loose);
  list.classList.toggle("railed", lanes > 0);
  if (list.style.getPropertyValue("--lanes") !== String(lanes)) list.style.setProperty("--lanes", String(lanes));
  let above = null;
  for (const node of list.children) {
    const id = node.dataset.rail;
    if (id in of) {
      above = { ...of[id], id, isLoose: loose.has(id) };
      railed(node, above, lanes, selected, railOf);
    } else if (above && !node.classList.contains("total"))
      railed(node, above, lanes, selected, (...how) => [straight("between", ...how)]);
    else railed(node);
  }
}

// The rails of one node, drawn anew where they change.
function railed(node, rail, lanes, selected, make) {
  const isLit = rail && [
    rail,
    ...rail.into.map(wire => ({ id: wire[1] })),
    ...rail.past.map(wire => ({ id: wire[1] })),
  ];
  const says = rail ? JSON.stringify([rail, lanes, isLit.some(one => one.id === selected) && selected]) : "";
  if ((node.rails ?? "") === says) return;
  node.rails = says;
  for (const old of node.querySelectorAll(":scope > :is(.rail, .dot)")) old.remove();
  if (rail) node.append(...make(rail, lanes, selected));
}
