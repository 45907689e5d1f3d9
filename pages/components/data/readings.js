// One way to read the folders of an upload: its classes with their images, as folders and squares.
const MOST_SQUARES = 8,
  SPLITS = { train: "to train on", validation: "to validate on", test: "to test on" };

const FOLDER = "M2 5h6l2 2h8v9H2z";

function row(name, count, most) {
  const squares = Math.max(1, Math.round((count / most) * MOST_SQUARES)),
    images = element("span", "images", ...Array.from({ length: squares }, () => element("i")));
  const icon = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("path", { d: FOLDER }));
  return element("li", "", icon, element("span", "name", name), images, element("small", "", count));
}

function part(split, classes, more, most, alone) {
  const rows = Object.entries(classes).map(([name, count]) => row(name, count, most));
  const rest = more > 0 ? element("li", "more", `and ${more} more`) : null;
  return element("div", "", alone ? null : element("p", "", SPLITS[split]), element("ul", "", ...rows, rest));
}

export default function ({ data, parentElement }) {
  const used = Object.entries(data.counts).filter(([, classes]) => Object.keys(classes).length),
    most = Math.max(...used.flatMap(([, classes]) => Object.values(classes)));
  const alone = used.length === 1 && used[0][0] === "train";
  parentElement
    .querySelector(".reading")
    .replaceChildren(...used.map(([split, classes]) => part(split, classes, data.more[split], most, alone)));
}
