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
const COLUMN_GAPS = [48, 30]; // px between layers, where the connections run
const LOWEST = 150; // px that a layer's maps may be high where several branches stand below each other
const LEAST = 74; // px
const ANSWER = 312; // px, with the gap before it
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

// The sizes for the layers of a graph, without its answer, in so many px; with large type all are larger. Returns px of
// a map, of a column, of the picture, and between columns.
function sizesFor(steps, graph, width) {
  const choices = [...SIZES.flatMap(size => COLUMN_GAPS.map(gap => [...size, gap])), [...SCROLLED, COLUMN_GAPS.at(-1)]];
  const scaled = choices.map(size => size.map(px => px * rem()));
  return scaled.find(size => widthTaken(steps, graph, ...size) <= width) ?? scaled.at(-1);
}

// px that a layer's maps may be high: less where branches stand below it.
const tallFor = (graph, layer, tall) =>
  Math.max(LOWEST * rem(), tall / graph.regions[graph.places[layer].region].lanes);

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

function widthTaken(steps, graph, target, tall, wide, gap) {
  const columns = new Map();
  graph.places.forEach(({ region, column }, layer) => {
    const step = steps[layer];
    const height = tallFor(graph, layer, tall);
    const inner = layer ? (step.isMap ? mapLayout(step, target, height) : cellLayout(step, height)).width : wide;
    const key = `${region} ${column}`;
    columns.set(key, Math.max(columns.get(key) ?? LEAST, inner));
  });
  return [...columns.values()].reduce((sum, width) => sum + width + gap, ANSWER * rem() + 8);
}
