// The numbers of one window: each value times its weight, in cells tinted by what comes of it.
const NUMBERS = 5; // a window up to this side is shown as numbers
const CELL = 22; // px of a cell of a larger one

const part = (title, note, ...nodes) =>
  element("section", "part", element("h4", "", title, element("span", "", note)), ...nodes);

// Terms of a sum below each other: [words, number], null for a number that is not told.
function sumLines(rows) {
  return rows.flatMap(([words, value], i) => {
    const last = i === rows.length - 1 ? " last" : "";
    return [
      element("span", `term${last}`, words),
      element("span", `number${last}`, value === null ? "…" : three(value)),
    ];
  });
}

// Numbers as a table, tinted by size; null is padding. winner: which of them is framed.
function numberTable(values, columns, limit, dark, words, winner = -1) {
  const grid = element("div", "table");
  grid.style.gridTemplateColumns = `repeat(${columns}, minmax(3.1em, max-content))`;
  values.forEach((value, i) => {
    const cell = element("span", i === winner ? "winner" : "", value === null ? "pad" : three(value));
    if (value !== null) cell.style.background = tint(value, limit, dark);
    else cell.className = "pad";
    grid.append(cell);
  });
  return element("figure", "", grid, element("figcaption", "", words));
}

// Values of a window times the weights of a kernel; null is nothing: padding, or the space between spread values.
function productTable(values, weights, columns, dark) {
  const products = values.map((value, i) => (value ?? 0) * weights[i]);
  if (Math.max(columns, values.length / columns) > NUMBERS) return productPicture(products, columns, dark);
  const most = largest(products);
  const grid = element("div", "table products");
  grid.style.gridTemplateColumns = `repeat(${columns}, max-content)`;
  values.forEach((value, i) => {
    const cell = element("span", value === null ? "pad" : "");
    const times = `${value === null ? "0" : three(value)} × ${three(weights[i])}`;
    cell.append(element("small", "", times), element("b", "", three(products[i])));
    if (value === null) cell.title = "nothing there: a zero of the border, or a gap";
    else cell.style.background = tint(products[i], most, dark);
    grid.append(cell);
  });
  return element("figure", "", grid);
}

function productPicture(products, columns, dark) {
  const rows = products.length / columns;
  const tile = tileOf(Float32Array.from(products), { h: rows, w: columns }, CELL, largest(products), dark);
  return element("figure", "", tile, element("figcaption", "", `the ${rows}×${columns} products`));
}
