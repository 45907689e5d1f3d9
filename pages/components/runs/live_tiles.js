// Draws tiles and kernels; nodes are kept from tick to tick so that nothing flickers.
const NEGATIVE = rgbOf(TOKENS.orange);
const POSITIVE = rgbOf(TOKENS.blue);
const TILE = 64; // px

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
  answer.textContent = `${tile.right ? "✓" : "✗"} ${tile.answer} ${percentText(tile.confidence)}`;
  answer.className = tile.right ? "right" : "wrong";
  truth.textContent = tile.right ? "" : `is ${tile.truth}`;
  truth.className = "truth";
  figure.title =
    `${tile.right ? "right" : "wrong"}: answers ${tile.answer} ` +
    `(${percentText(tile.confidence, 1)}), is ${tile.truth}`;
}

function drawKernel(canvas, rows, limit) {
  const side = rows.length;
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, side, side); // zero is the page's own background
  rows.forEach((row, y) =>
    row.forEach((value, x) => {
      const colour = value < 0 ? NEGATIVE : POSITIVE;
      pen.fillStyle = `rgba(${colour.join(",")},${Math.abs(value) / limit})`;
      pen.fillRect(x, y, 1, 1);
    }),
  );
}

export default function ({ data, parentElement }) {
  const tiles = parentElement.querySelector(".tiles"),
    kernels = parentElement.querySelector(".kernels");
  data.tiles.forEach((tile, i) => drawTile(node(tiles, i, makeTile), tile));
  while (tiles.children.length > data.tiles.length) tiles.lastChild.remove();
  if (!data.kernels.length) {
    kernels.replaceChildren();
    return;
  }
  const limit = Math.max(1e-9, ...data.kernels.flat(2).map(Math.abs));
  const title = node(kernels, 0, () => element("div", "title"));
  title.textContent =
    `Kernels of the first convolution, −${limit.toPrecision(2)} ` + `(orange) to +${limit.toPrecision(2)} (blue)`;
  data.kernels.forEach((rows, i) => {
    const canvas = node(kernels, i + 1, () => element("canvas"));
    canvas.setAttribute("aria-label", `kernel ${i + 1}`);
    drawKernel(canvas, rows, limit);
  });
  while (kernels.children.length > data.kernels.length + 1) kernels.lastChild.remove();
}
