// A table of only what differs: a row per field, a column per run, headed by what tells its run's name from the others
// and its dash.
function draw(root, { columns, names, rows, single }) {
  const table = root.querySelector("table"),
    head = element("tr"),
    first = element("th", "field", "");
  head.append(first);
  first.scope = "col";
  columns.forEach((column, place) => {
    const node = element("th", "run");
    node.scope = "col";
    node.title = names[place];
    node.append(dashSample(place, columns.length), element("span", "", column));
    head.append(node);
  });
  const lines = rows.map(row => {
    const node = element("tr"),
      name = element("th", "field", row.label);
    name.title = row.field;
    name.scope = "row";
    const usual = row.values[0];
    node.append(name, ...row.values.map(value => element("td", value === usual ? "" : "other", value)));
    return node;
  });
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...lines);
  table.style.minWidth = `${130 + 120 * columns.length}px`; // narrower, it is scrolled
  table.hidden = !rows.length;
  const none = root.querySelector(".none");
  none.hidden = rows.length > 0;
  none.textContent = single
    ? "Choose a second run to see what differs."
    : "These experiments do not differ: the same seed gives the same run.";
}

export default function ({ data, parentElement }) {
  draw(parentElement, data);
}
