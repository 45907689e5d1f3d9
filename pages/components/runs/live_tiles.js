// Draws tiles and kernels; nodes are kept from tick to tick so that nothing flickers.
const TILE = 64; // px
const KERNEL = 40; // px

function node(parent, index, make) {
  if (!parent.children[index]) parent.appendChild(make());
  return parent.children[index];
}

function makeTile() {
  const figure = element("figure", "", element("img"), element("figcaption"), element("figcaption"));
  figure.setAttribute("role", "listitem");
  return figure;
}

function drawTile(figure, tile) {
  const [picture, answer, truth] = figure.children;
  if (picture.src !== tile.picture) picture.src = tile.picture;
  picture.onload = () => {
    const size = Math.max(picture.naturalWidth, picture.naturalHeight),
      times = Math.max(1, Math.floor(TILE / size));
    picture.style.width = `${picture.naturalWidth * times}px`; // a whole multiple: every pixel stays a square
    picture.style.height = `${picture.naturalHeight * times}px`;
  };
  picture.alt = `a picture of ${tile.truth}`;
  if (!tile.answer) {
    answer.textContent = "\u00a0"; // its place is held
    truth.textContent = "\u00a0";
    figure.title = tile.truth;
    return;
  }
  const sure = percentText(tile.confidence);
  answer.textContent = `${tile.right ? "✓" : "✗"} ${tile.answer}`;
  answer.className = tile.right ? "right" : "wrong";
  truth.textContent = tile.right ? sure : `${sure}, is ${tile.truth}`;
  truth.className = "truth";
  figure.title =
    `${tile.right ? "right" : "wrong"}: answers ${tile.answer} ` +
    `(${percentText(tile.confidence, 1)}), is ${tile.truth}`;
}

function drawKernel(canvas, rows, limit, dark) {
  const side = rows.length,
    zoom = Math.max(1, Math.floor(KERNEL / side));
  paint(canvas, rows.flat(), side, rows[0].length, limit, dark);
  canvas.style.width = `${rows[0].length * zoom}px`; // a whole multiple: every number stays a square
  canvas.style.height = `${side * zoom}px`;
}

// Kernels with a line that says what they are and how far their colours reach.
function drawKernels(host, kernels, words, dark) {
  if (!kernels.length) {
    host.replaceChildren();
    return;
  }
  const limit = Math.max(1e-9, ...kernels.flat(2).map(Math.abs));
  const title = node(host, 0, () => element("div", "title"));
  title.textContent = `${words}, −${limit.toPrecision(2)} (orange) to +${limit.toPrecision(2)} (blue)`;
  kernels.forEach((rows, i) => {
    const canvas = node(host, i + 1, () => element("canvas"));
    canvas.setAttribute("aria-label", `${words}: kernel ${i + 1}`);
    drawKernel(canvas, rows, limit, dark);
  });
  while (host.children.length > kernels.length + 1) host.lastChild.remove();
}

export default function ({ data, parentElement }) {
  const tiles = parentElement.querySelector(".tiles"),
    [kernels, change] = parentElement.querySelectorAll(".kernels"),
    dark = isDark(parentElement.querySelector(".tiles"));
  data.tiles.forEach((tile, i) => drawTile(node(tiles, i, makeTile), tile));
  while (tiles.children.length > data.tiles.length) tiles.lastChild.remove();
  drawKernels(kernels, data.kernels, data.named, dark);
  drawKernels(change, data.change, "Their change since the start", dark);
}
