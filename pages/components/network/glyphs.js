// A small drawing per family of layers, and per kind where kinds of a family look different, in the colour of the text
// around it. Read before the component that uses it.
const GLYPHS = {
  Convolution: {
    lines: ["M2.5 2.5h19v19h-19z", "M2.5 8.8h19 M2.5 15.2h19 M8.8 2.5v19 M15.2 2.5v19"],
    fill: "M2.5 2.5h12.7v12.7H2.5z",
  },
  Pooling: { lines: ["M2.5 2.5h19v19h-19z M12 2.5v19 M2.5 12h19"], fill: "M12 2.5h9.5V12H12z" },
  Dense: {
    lines: ["M5 4L19 8 M5 4L19 16 M5 12L19 8 M5 12L19 16 M5 20L19 8 M5 20L19 16"],
    fill:
      "M5 1.7a2.3 2.3 0 1 0 .01 0z M5 9.7a2.3 2.3 0 1 0 .01 0z M5 17.7a2.3 2.3 " +
      "0 1 0 .01 0z M19 5.7a2.3 2.3 0 1 0 .01 0z M19 13.7a2.3 2.3 0 1 0 .01 0z",
    solid: true,
  },
  Activation: { lines: ["M2 17.5h9.5L21.5 4", "M11.5 2.5v19"], fill: "M11.5 17.5L21.5 4v13.5z" },
  Steadying: {
    lines: ["M2 19.5c5.5 0 5.5-15 10-15s4.5 15 10 15", "M2 21.5h20"],
    fill: "M5 19.5c3.5-2 3.5-15 7-15s3.5 13 7 15z",
  },
  Shape: {
    lines: ["M2.5 3.5h7v7h-7z", "M12 7h3.5v10 M13 14.5l2.5 2.5 2.5-2.5", "M2.5 20.5h19"],
    fill: "M2.5 3.5h7v7h-7z",
  },
  Joins: {
    lines: ["M5 3v4.5c0 4 7 3 7 8.5v5 M19 3v4.5c0 4-7 3-7 8.5 M9 18l3 3 3-3"],
    fill: "M5 1.2a2.3 2.3 0 1 0 .01 0z M19 1.2a2.3 2.3 0 1 0 .01 0z",
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
