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
  list.classList.toggle("railed", data.rails !== null);
  if (data.rails === null) return;
  const { lanes, of } = data.rails,
    loose = new Set(data.loose);
  list.style.setProperty("--lanes", String(lanes));
  let above = null;
  for (const node of list.children) {
    const id = node.dataset.rail;
    if (id in of) {
      above = { ...of[id], id, isLoose: loose.has(id) };
      node.append(...railOf(above, lanes, selected));
    } else if (above && !node.classList.contains("total")) node.append(straight("between", above, lanes, selected));
  }
}
