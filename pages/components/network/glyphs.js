// A small drawing per family of layers, and per kind where kinds of a family look different, in the colour of the text
// around it. Read before the component that uses it.
const DOT = (x, y, r = 2.3) => `M${x} ${y - r}a${r} ${r} 0 1 0 .01 0z`;
const BOX = (x, y, w, h = w) => `M${x} ${y}h${w}v${h}h${-w}z`;
const BELL = (x, w) => `M${x} 18.5c${0.28 * w} 0 ${0.28 * w}-14 ${0.5 * w}-14s${0.22 * w} 14 ${0.5 * w} 14`;
const TABLE = "M2.5 2.5h19v19h-19z M2.5 8.8h19 M2.5 15.2h19 M8.8 2.5v19 M15.2 2.5v19";
const FOURS = "M2.5 2.5h19v19h-19z M12 2.5v19 M2.5 12h19";
const AXES = "M11.5 2.5v19";
const RINGS = [5, 12, 19].flatMap(y => [5, 12, 19].map(x => [x, y]));
const JOINED = "M3.5 2v3.5c0 3 4.5 2.5 5.6 4.6 M20.5 2v3.5c0 3-4.5 2.5-5.6 4.6 M12 17.2v4.8";

const GLYPHS = {
  Convolution: { lines: [TABLE], fill: BOX(2.5, 2.5, 12.7) },
  SeparableConv2D: {
    lines: [
      BOX(2.5, 4, 12),
      "M6.5 4v12 M10.5 4v12 M2.5 8h12 M2.5 12h12",
      BOX(18, 4, 3.5, 16),
      "M18 9.3h3.5 M18 14.6h3.5",
    ],
    fill: BOX(2.5, 4, 8) + BOX(18, 4, 3.5, 5.3),
  },
  DepthwiseConv2D: {
    lines: [BOX(2.5, 9.5, 12), "M6 9.5V6h12v12h-3.5 M9.5 6V2.5h12v12H18"],
    fill: BOX(2.5, 9.5, 6) + BOX(14.5, 6, 3.5, 6) + BOX(18, 2.5, 3.5, 6),
  },
  HandMadeConv2D: {
    lines: [
      TABLE,
      "M4.2 5.7h2.9 M5.65 4.2v2.9 M4.2 12h2.9 M5.65 10.5v3 M4.2 18.3h2.9 M5.65 16.8v3",
      "M16.9 5.7h2.9 M16.9 12h2.9 M16.9 18.3h2.9",
    ],
    fill: BOX(2.5, 2.5, 6.3, 19),
  },
  Conv2DTranspose: {
    lines: [BOX(2.5, 8.8, 6.4), BOX(11.5, 2.5, 10, 19), "M8.9 8.8l2.6-6.3 M8.9 15.2l2.6 6.3"],
    fill: BOX(2.5, 8.8, 6.4) + BOX(11.5, 2.5, 10, 19),
  },
  Pooling: { lines: [FOURS], fill: BOX(12, 2.5, 9.5) },
  AveragePooling2D: { lines: [FOURS], fill: BOX(7.2, 7.2, 9.6) },
  GlobalAveragePooling2D: {
    lines: [BOX(2.5, 5.5, 13), "M15.5 5.5l3 5 M15.5 18.5l3-5", BOX(18.5, 10.5, 3)],
    fill: BOX(2.5, 5.5, 13) + BOX(18.5, 10.5, 3),
  },
  GlobalMaxPooling2D: {
    lines: [BOX(2.5, 5.5, 13), BOX(6, 8.5, 3.5), "M9.5 8.5l9 2 M9.5 12l9 1.5", BOX(18.5, 10.5, 3)],
    fill: BOX(6, 8.5, 3.5) + BOX(18.5, 10.5, 3),
  },
  Dense: {
    lines: ["M5 4L19 8 M5 4L19 16 M5 12L19 8 M5 12L19 16 M5 20L19 8 M5 20L19 16"],
    fill: [DOT(5, 4), DOT(5, 12), DOT(5, 20), DOT(19, 8), DOT(19, 16)].join(" "),
    solid: true,
  },
  Activation: { lines: ["M2 17.5h9.5L21.5 4", AXES], fill: "M11.5 17.5L21.5 4v13.5z" },
  LeakyReLU: { lines: ["M2 20l9.5-5L21.5 3.5", AXES], fill: "M11.5 15L21.5 3.5V15z" },
  PReLU: { lines: ["M2 15.5l9.5-.5L21.5 3.5 M2 18l9.5-3 M2 20.5l9.5-5.5", AXES], fill: "M2 15.5l9.5-.5L2 20.5z" },
  Steadying: {
    lines: ["M2 19.5c5.5 0 5.5-15 10-15s4.5 15 10 15", "M2 21.5h20"],
    fill: "M5 19.5c3.5-2 3.5-15 7-15s3.5 13 7 15z",
  },
  Dropout: {
    lines: RINGS.map(([x, y]) => DOT(x, y)),
    fill: [0, 2, 4, 5, 7].map(i => DOT(...RINGS[i])).join(" "),
    solid: true,
  },
  SpatialDropout2D: {
    lines: [BOX(2.5, 9.5, 12), "M6 9.5V6h12v12h-3.5 M9.5 6V2.5h12v12H18", "M5 12l7 7 M12 12l-7 7"],
    fill: BOX(14.5, 6, 3.5, 12) + BOX(18, 2.5, 3.5, 12),
  },
  GaussianNoise: {
    lines: ["M2 12h3l1.5-5 2 9 2-12 2 15 2-10 1.5 5 1.5-3 1.5 1h3"],
    fill: "M2 12l4.5-5 4-3 6 4 5.5 4-5 4-5 3-6-4z",
  },
  GaussianDropout: {
    lines: RINGS.map(([x, y], i) => DOT(x, y, [2.6, 0.9, 1.8, 1.2, 2.2, 2.8, 1.9, 2.5, 0.8][i])),
    fill: RINGS.map(([x, y], i) => DOT(x, y, [2.6, 0.9, 1.8, 1.2, 2.2, 2.8, 1.9, 2.5, 0.8][i])).join(" "),
  },
  LayerNormalization: { lines: [BELL(2, 20), "M2 11.5h20", "M2 21.5h20"], fill: `${BELL(2, 20)}z` },
  GroupNormalization: {
    lines: [BELL(1.5, 10), BELL(12.5, 10), "M1.5 21.5h9.8 M12.7 21.5h9.8"],
    fill: `${BELL(1.5, 10)}z`,
  },
  Normalization: { lines: [BELL(2, 20), "M12 1.5v20", "M2 21.5h20"], fill: `${BELL(2, 20)}z` },
  StochasticDepth: {
    lines: [
      "M5.5 1.5v21 M5.5 3c7 0 10 1 10 4.5 M15.5 16.5c0 3.5-3 4.5-10 4.5",
      BOX(11, 7.5, 9),
      "M13.3 9.8l4.4 4.4 M17.7 9.8l-4.4 4.4",
    ],
    fill: BOX(11, 7.5, 9),
  },
  Rescaling: {
    lines: ["M3 20V4l2.5 3M3 4L.8 7", "M8.5 19.5h4v-5h-4z", "M15 19.5h6.5V5.5H15z"],
    fill: BOX(15, 5.5, 6.5, 14),
  },
  Shape: {
    lines: ["M2.5 3.5h7v7h-7z", "M12 7h3.5v10 M13 14.5l2.5 2.5 2.5-2.5", "M2.5 20.5h19"],
    fill: BOX(2.5, 3.5, 7),
  },
  ZeroPadding2D: { lines: [BOX(2.5, 2.5, 19), BOX(7, 7, 10)], fill: `${BOX(2.5, 2.5, 19)} M7 7v10h10V7z` },
  Cropping2D: { lines: ["M6.5 1.5v16h16 M1.5 6.5h16v16"], fill: BOX(6.5, 6.5, 11) },
  UpSampling2D: { lines: [BOX(2.5, 14.5, 7), BOX(2.5, 2.5, 19), "M12 12l6-6 M13.5 6H18v4.5"], fill: BOX(2.5, 14.5, 7) },
  Resizing: { lines: [BOX(2.5, 2.5, 19), "M7 17L17 7 M12.5 7H17v4.5 M11.5 17H7v-4.5"], fill: BOX(2.5, 2.5, 19) },
  Reshape: {
    lines: [
      BOX(2, 3, 20, 4.5),
      "M7 3v4.5 M12 3v4.5 M17 3v4.5",
      "M12 10v2.5 M10 11l2 2 2-2",
      BOX(7, 14.5, 10, 7.5),
      "M12 14.5V22 M7 18.2h10",
    ],
    fill: BOX(2, 3, 20, 4.5) + BOX(7, 14.5, 10, 7.5),
  },
  Permute: {
    lines: [
      BOX(2.5, 2.5, 19),
      "M2.5 2.5l19 19",
      "M14 4.5c3 0 5 2 5 5l-1.8-1.6M19 9.5l1.5-2M10 19.5c-3 0-5-2-5-5l1.8 1.6M5 14.5l-1.5 2",
    ],
    fill: "M2.5 2.5h19v19z",
  },
  Joins: {
    lines: ["M5 3v4.5c0 4 7 3 7 8.5v5 M19 3v4.5c0 4-7 3-7 8.5 M9 18l3 3 3-3"],
    fill: `${DOT(5, 3.5)} ${DOT(19, 3.5)}`,
  },
  Blocks: { lines: ["M3.5 3.5h17v17h-17z", "M3.5 9.2h17 M3.5 14.8h17"], fill: "M3.5 3.5h17v17h-17z" },
  ResidualBlock: {
    lines: ["M4 5.5h9v4H4z M4 13.5h9v4H4z", "M8.5 1.5v4 M8.5 9.5v4 M8.5 17.5v5 M8.5 2.5c15 0 15 18 0 18"],
    fill: "M4 5.5h9v4H4z M4 13.5h9v4H4z",
  },
  InceptionBlock: {
    lines: [
      "M2 9h3.5v6H2z M7.5 9H11v6H7.5z M13 9h3.5v6H13z M18.5 9H22v6h-3.5z",
      "M3.7 9L12 2.5 20.3 9 M9.2 9L12 2.5 14.8 9 M3.7 15l8.3 6.5 8.3-6.5 M9.2 15l2.8 6.5 2.8-6.5",
    ],
    fill: "M2 9h3.5v6H2z M7.5 9H11v6H7.5z M13 9h3.5v6H13z M18.5 9H22v6h-3.5z",
  },
  VGGBlock: { lines: ["M2.5 3h19v4h-19z M2.5 9h19v4h-19z M7 17h10v4H7z M12 13v4"], fill: "M7 17h10v4H7z" },
  MobileNetBlock: {
    lines: [
      "M2.5 2.5h4.5v7H2.5z M9.8 2.5h4.5v7H9.8z M17 2.5h4.5v7H17z M2.5 17h19v4.5h-19z",
      "M4.7 9.5L12 17l7.3-7.5 M12 9.5V17",
    ],
    fill: "M2.5 17h19v4.5h-19z",
  },
  InvertedResidualBlock: {
    lines: ["M9.5 2.5h5L21.5 9v6l-7 6.5h-5L2.5 15V9z", "M2.5 9h19 M2.5 15h19"],
    fill: "M2.5 9h19v6h-19z",
  },
  SqueezeExcite: {
    lines: ["M3 3h4v18H3z M10 3h4v18h-4z M17 3h4v18h-4z"],
    fill: "M3 13h4v8H3z M10 5h4v16h-4z M17 17h4v4h-4z",
    solid: true,
  },
  Group: {
    lines: ["M2.5 8V2.5H8 M16 2.5h5.5V8 M21.5 16v5.5H16 M8 21.5H2.5V16", "M7 6.5h10v4H7z M7 13.5h10v4H7z M12 10.5v3"],
    fill: "M7 6.5h10v4H7z M7 13.5h10v4H7z",
  },
  Pretrained: {
    lines: [BOX(2.5, 2.5, 19), "M2.5 7.3h19 M2.5 12h19 M2.5 16.7h19"],
    fill: BOX(2.5, 2.5, 19, 14.2),
  },
  Add: { lines: [JOINED, DOT(12, 12.5, 4.7), "M9.5 12.5h5 M12 10v5"], fill: DOT(12, 12.5, 4.7) },
  Multiply: { lines: [JOINED, DOT(12, 12.5, 4.7), "M10.2 10.7l3.6 3.6 M13.8 10.7l-3.6 3.6"], fill: DOT(12, 12.5, 4.7) },
  Average: {
    lines: [JOINED, DOT(12, 12.5, 4.7), "M9.5 12.5h5"],
    fill: `${DOT(12, 10.6, 0.7)} ${DOT(12, 14.4, 0.7)}`,
    solid: true,
  },
  Concatenate: {
    lines: ["M3.5 2v3h4.5v4 M20.5 2v3H16v4", BOX(5, 9, 6.5, 8.5), BOX(12.5, 9, 6.5, 8.5), "M12 17.5V22"],
    fill: BOX(5, 9, 6.5, 8.5),
  },
};
const ANY_LAYER = { lines: ["M3.5 5.5h17v13h-17z"], fill: "M3.5 5.5h17v13h-17z" };

const STROKE = { fill: "none", stroke: "currentColor", "stroke-linejoin": "round", "stroke-linecap": "round" };

function glyph(family, kind) {
  const { lines, fill, solid } = GLYPHS[kind] ?? GLYPHS[family] ?? ANY_LAYER;
  const drawn = lines.map(d => svg("path", { d, ...STROKE, "stroke-width": 1.4 }));
  const filled = svg("path", { d: fill, fill: "currentColor", "fill-opacity": solid ? 1 : 0.3 });
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "glyph" }, ...drawn, filled);
}

// Signs for buttons, drawn here because no font is sure to have them.
const SIGNS = {
  copy: "M8.5 8.5h11v11h-11z M15.5 5.5v-1h-11v11h1",
  bin: "M5 7h14 M9.5 7V4.5h5V7 M7 7l.8 12.5h8.4L17 7 M10.2 10.5v6 M13.8 10.5v6",
  pen: "M5 19l1-4L16.5 4.5l3 3L9 18z M14 7l3 3",
  unlock: "M6 11h12v8.5H6z M8.5 11V7a3.5 3.5 0 0 1 6.6-1.6",
  lock: "M6 11h12v8.5H6z M8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  grip: "M9 6h.01 M15 6h.01 M9 12h.01 M15 12h.01 M9 18h.01 M15 18h.01",
};

function sign(name) {
  const path = svg("path", { d: SIGNS[name], ...STROKE, "stroke-width": name === "grip" ? 3 : 1.6 });
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "sign" }, path);
}

// A map of a layer as a box: its width follows the side of the map, its height the number of maps.
function mapBox({ side, depth }, widest = 72, tallest = 22) {
  const box = element("i", "box");
  box.style.width = `${Math.max(4, side * widest)}px`;
  box.style.height = `${Math.max(3, depth * tallest)}px`;
  return box;
}
