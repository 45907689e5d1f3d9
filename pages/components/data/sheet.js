// Pictures that came side by side in one sheet: each is shown by its place in it.
const GAP = 4; // px between two tiles
const SMALLEST = 48,
  LARGEST = 128; // px of a tile, in usual type

// How large a picture of `side` px stands in `room` px: as large as lets `count` of them stand side by side, and pixels
// are enlarged by a whole multiple.
function zoomFor(side, room, count) {
  const wanted = Math.min(LARGEST * rem(), Math.max(SMALLEST * rem(), Math.floor(room / count) - GAP));
  return side <= wanted ? Math.floor(wanted / side) : wanted / side;
}

// Puts picture `i` of a sheet into a node, `zoom` times as large as it was sent.
function place(node, sheet, i, zoom) {
  const [width, height] = sheet.size,
    columns = sheet.columns,
    rows = Math.ceil(sheet.count / columns);
  Object.assign(node.style, {
    width: `${width * zoom}px`,
    height: `${height * zoom}px`,
    backgroundImage: `url("${sheet.uri}")`,
    backgroundSize: `${columns * width * zoom}px ${rows * height * zoom}px`,
    backgroundPosition: `-${(i % columns) * width * zoom}px -${Math.floor(i / columns) * height * zoom}px`,
  });
  node.classList.toggle("crisp", zoom >= 1);
}
