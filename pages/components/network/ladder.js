// The share of the whole as a thin bar under the number that it belongs to; one switch says which.
const SHARES = [
  ["parameters", "parameters"],
  ["cost", "multiply-adds"],
  ["memory", "memory"],
];

function shareBar(cell, row, name) {
  if (row.shares?.[name] === undefined) return;
  const bar = element("span", `share of-${name}`);
  const part = element("span", "part");
  part.style.width = row.shares[name] ? `max(1px, ${100 * row.shares[name]}%)` : "0";
  bar.append(part);
  bar.title = row.shareTitles[name];
  cell.append(bar);
}

function shareSwitch(state) {
  const list = state.root.querySelector(".list");
  const node = element("div", "share-of", "Share of ");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", "What the bars show the share of");
  for (const [name, words] of SHARES) {
    const one = element("button", "", words);
    one.type = "button";
    one.dataset.of = name;
    one.addEventListener("click", () => {
      state.shareOf = name;
      showShares(state);
    });
    node.append(one);
  }
  list.before(node);
  showShares(state);
}

function showShares(state) {
  state.shareOf ??= "parameters";
  const host = state.root.querySelector(".host");
  host.dataset.share = state.shareOf;
  for (const one of host.querySelectorAll(".share-of button")) {
    one.setAttribute("aria-pressed", String(one.dataset.of === state.shareOf));
  }
}
