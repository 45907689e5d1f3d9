// A row per class: its name, how often it is right, its row of the confusion matrix. Nodes are kept from tick to tick.
const ROOMY = 12; // classes up to which a cell has room for its number
const thousands = count => count.toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");

function build(host, data) {
  const isMatrix = data.left_out === 0,
    cells = isMatrix ? data.names.length : 0;
  host.style.setProperty("--classes", cells);
  host.className = `classes ${cells > ROOMY ? "dense" : "roomy"}${isMatrix ? "" : " alone"}`;
  host.replaceChildren();
  if (isMatrix) {
    const heads = data.names.map(name => element("span", "head", element("span", "", name)));
    host.append(element("div", "row heads", element("span"), element("span", "axis", "taken for →"), ...heads));
  }
  return data.rows.map((_, place) => {
    const row = {
      name: element("span", "name"),
      fill: element("span", "fill"),
      share: element("span", "share"),
      cells: Array.from({ length: cells }, (_, taken) => element("button", `cell${taken === place ? " own" : ""}`)),
    };
    row.cells.forEach((cell, taken) => {
      cell.type = "button";
      cell.tabIndex = taken === place ? 0 : -1;
      const say = () => tell(host, place, taken);
      cell.onpointerenter = cell.onfocus = cell.onclick = say;
    });
    const bar = element("span", "bar", element("span", "track", row.fill), row.share);
    row.node = element("div", "row", row.name, bar, ...row.cells);
    host.append(row.node);
    return row;
  });
}

// What a cell says, in words.
function sentence(data, place, taken) {
  const { name, of, counts } = data.rows[place];
  if (!of) return `${name}: no validation image of it`;
  const what = taken === place ? `${name}: right for` : `${name} taken for ${data.names[taken]}:`;
  return `${what} ${thousands(counts[taken])} of ${thousands(of)} (${percentText(counts[taken] / of)})`;
}

function tell(host, place, taken) {
  host.asked = [place, taken];
  if (host.data.rows[place]?.counts.length) host.said.textContent = sentence(host.data, place, taken);
}

// The mistake that is made most often.
function worst(data) {
  let found = null;
  data.rows.forEach((row, place) =>
    row.counts.forEach((count, taken) => {
      if (taken !== place && count > (found?.count ?? 0)) found = { place, taken, count };
    }),
  );
  return found ? `Most often mistaken: ${sentence(data, found.place, found.taken)}` : "No mistake on these images.";
}

function fill(row, told, data, place) {
  const { name, right, counts, of } = told;
  row.name.textContent = name;
  row.name.title = name;
  row.fill.style.width = right == null ? "0" : `${right * 100}%`;
  row.share.textContent = right == null ? "–" : right.toFixed(3);
  row.node.setAttribute(
    "aria-label",
    right == null ? `${name}: not known yet` : `${name}: right for ${percentText(right)}`,
  );
  row.cells.forEach((cell, taken) => {
    const count = counts[taken] ?? 0;
    cell.style.setProperty("--share", of ? ((count / of) * 60).toFixed(1) + "%" : "0%"); // paler than the words on it
    cell.textContent = count && data.names.length <= ROOMY ? count : "";
    cell.setAttribute("aria-label", counts.length ? sentence(data, place, taken) : "not known yet");
  });
}

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".classes"),
    shape = JSON.stringify([data.rows.length, data.names, data.left_out]);
  Object.assign(host, { data, said: parentElement.querySelector(".said") });
  if (host.shape !== shape) Object.assign(host, { shape, rows: build(host, data), asked: null });
  host.rows.forEach((row, place) => fill(row, data.rows[place], data, place));
  if (!data.known) host.said.textContent = "\u00a0";
  else if (data.left_out) host.said.textContent = `The weakest; ${data.left_out} more classes are better.`;
  else if (host.asked) tell(host, ...host.asked);
  else host.said.textContent = worst(data);
}
