// The frame of the table: the bar above it with its menus, and the head that sorts.
function build(state) {
  const { root } = state,
    bar = root.querySelector(".bar");
  const text = element("input", "text");
  Object.assign(text, { type: "search", placeholder: "Filter runs" });
  text.setAttribute("aria-label", "Filter runs by any word");
  text.addEventListener("input", () => {
    state.filter.text = text.value;
    draw(state);
  });
  bar.append(text);
  for (const [field, all] of FILTERS) {
    const menu = element("select", field);
    menu.setAttribute("aria-label", all);
    menu.addEventListener("change", () => {
      state.filter[field] = menu.value;
      draw(state);
    });
    bar.append(menu);
  }
  const order = element("select", "order");
  order.setAttribute("aria-label", "Sort by");
  for (const [name, label] of COLUMNS)
    order.append(new Option(name === "created" ? "Newest first" : `By ${label.toLowerCase()}`, name));
  order.addEventListener("change", () => sortBy(state, order.value, COLUMNS.find(([name]) => name === order.value)[2]));
  bar.append(order);
  buildHead(state);
  root.querySelector("table").addEventListener("keydown", event => onKey(event));
}

function buildHead(state) {
  const head = state.root.querySelector("thead tr"),
    all = element("input");
  const heading = (className, ...content) => {
    const node = element("th", className);
    node.setAttribute("role", "columnheader");
    node.append(...content);
    head.append(node);
    return node;
  };
  all.type = "checkbox";
  all.className = "all";
  all.setAttribute("aria-label", "Choose all runs shown");
  all.addEventListener("change", () => choose(state, all.checked ? visible(state).map(row => row.id) : []));
  heading("box", all);
  for (const [name, label] of COLUMNS.slice(0, -1)) {
    const button = element("button", "sort", label);
    button.type = "button";
    button.addEventListener("click", () => sortBy(state, name));
    if (name === "accuracy") heading("spark").setAttribute("aria-label", "Validation accuracy by epoch");
    heading(name, button).dataset.column = name;
  }
}

function onKey(event) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key],
    row = event.target.closest("tr.run");
  if (!step || !row) return;
  event.preventDefault();
  const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
  next?.querySelector(event.target.matches(".title") ? ".title" : "input")?.focus();
}

function drawMenus(state) {
  for (const [field, all] of FILTERS) {
    const menu = state.root.querySelector(`.bar .${field}`);
    const values = [
      ...new Set(
        rowsOf()
          .map(row => row[field])
          .filter(Boolean),
      ),
    ].sort();
    if (!values.includes(state.filter[field])) state.filter[field] = "";
    menu.hidden = values.length < (field === "family" ? 1 : 2);
    if (menu.known !== values.join("\n")) {
      menu.replaceChildren(new Option(all, ""), ...values.map(value => new Option(value, value)));
      menu.known = values.join("\n");
    }
    menu.value = state.filter[field];
  }
  state.root.querySelector(".order").value = state.sort.by;
}
