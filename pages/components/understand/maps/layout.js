// How large maps may be drawn, so that all columns stand beside each other where that can be.
// px that a map, a column and the picture may take; the first with which everything fits is used
const SIZES = [
  [64, 560, 140],
  [56, 560, 140],
  [48, 560, 140],
  [40, 560, 112],
  [32, 560, 112],
  [32, 560, 84],
  [32, 720, 84],
  [26, 560, 84],
  [26, 720, 84],
];
const SCROLLED = [32, 480, 84]; // where nothing fits, as on a phone, columns scroll anyway
const GAP = 3; // px
const COLUMN_GAP = 16; // px
const LEAST = 74; // px
const ANSWER = 286; // px
const BESIDE = 720; // px of a page from which on the answer stands beside the columns, not under them
const BIG = 288; // px of an opened map
const COARSE = 72; // values of a side beyond which a map is opened larger than that
const LARGE = 480; // px, and never less than twice its values

// px that an opened map may take in so many px; zoomOf makes a whole multiple of it.
function openedSide({ h, w }, width) {
  const longest = Math.max(h, w);
  const wanted = rem() * (longest <= COARSE ? BIG : Math.max(LARGE, 2 * longest));
  return Math.max(120, Math.min(wanted, width - 8));
}

// The sizes for the layers between picture and answer in so many px; with large type all are larger.
function sizesFor(inner, width) {
  const scaled = size => size.map(px => px * rem());
  return SIZES.map(scaled).find(size => widthTaken(inner, ...size) <= width) ?? scaled(SCROLLED);
}

// How a layer's maps are laid out: px per value, maps side by side, width of the column in px.
function mapLayout(step, target, tall) {
  const zoom = zoomOf(Math.max(step.h, step.w), target);
  const each = step.w * zoom + GAP;
  const rows = Math.max(1, Math.min(step.shown, Math.floor(tall / (step.h * zoom + GAP))));
  const across = Math.max(Math.ceil(step.shown / rows), Math.min(step.shown, Math.floor(LEAST / each)));
  return { zoom, across, width: Math.max(LEAST, across * each) };
}

// The same for the cells of a flat layer.
function cellLayout(step, tall) {
  const side = step.shown <= 64 ? 10 : step.shown <= 512 ? 8 : step.shown <= 2048 ? 5 : 3;
  const rows = Math.min(step.shown, Math.floor((step.shown <= 512 ? 256 : tall) / side));
  const across = Math.ceil(step.shown / rows);
  return { side, rows, across, width: Math.max(LEAST, across * side) };
}

function widthTaken(inner, target, tall, wide) {
  const columns = inner.map(step => (step.isMap ? mapLayout(step, target, tall) : cellLayout(step, tall)).width);
  return columns.reduce(
    (sum, width) => sum + width + COLUMN_GAP,
    Math.max(wide, LEAST) + COLUMN_GAP + ANSWER * rem() + 8,
  );
}
