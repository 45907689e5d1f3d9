// Maps over the image that they are about. A method of signed values has orange and blue; of others zero is nothing and
// the more the stronger a teal. Every method has a scale of its own, which its classes share.
const INKS = { false: rgbOf(TOKENS["teal-700"]), true: rgbOf(TOKENS["teal-300"]) };

class Shown {
  constructor({ header, at }) {
    Object.assign(this, header);
    const [high, wide] = this.image.shape;
    this.pixels = at(this.image.pixels, high * wide * 3);
    this.kinds = new Map(this.methods.map(method => [method.kind, method]));
    for (const side of this.sides)
      for (const map of Object.values(side.maps)) map.numbers = at(map.values, map.shape[0] * map.shape[1]);
    for (const method of this.methods) {
      const found = this.sides.map(side => side.maps[method.kind]).filter(Boolean);
      method.limit = Math.max(...found.map(map => largest(map.numbers)), 1e-30);
    }
  }

  // The image in grey, so that only its map has colours.
  picture(zoom) {
    const [high, wide] = this.image.shape,
      canvas = element("canvas", "picture"),
      pen = canvas.getContext("2d");
    canvas.width = wide;
    canvas.height = high;
    const drawn = pen.createImageData(wide, high);
    for (let i = 0; i < high * wide; i++) {
      const [r, g, b] = this.pixels.subarray(3 * i, 3 * i + 3);
      drawn.data.fill(0.299 * r + 0.587 * g + 0.114 * b, 4 * i, 4 * i + 3);
      drawn.data[4 * i + 3] = 255;
    }
    pen.putImageData(drawn, 0, 0);
    place(canvas, high, wide, zoom);
    return canvas;
  }

  colours(zoom) {
    const canvas = this.picture(zoom),
      pen = canvas.getContext("2d"),
      drawn = pen.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < this.pixels.length / 3; i++)
      for (let c = 0; c < 3; c++) drawn.data[4 * i + c] = this.pixels[3 * i + c];
    pen.putImageData(drawn, 0, 0);
    canvas.className = canvas.className.replace("picture", "whole");
    return canvas;
  }

  map(side, method, zoom, dark) {
    const { numbers, shape } = side.maps[method.kind],
      [high, wide] = this.image.shape,
      canvas = element("canvas", "map");
    paintMap(canvas, numbers, shape, method, dark);
    place(canvas, high, wide, zoom);
    canvas.classList.add("crisp");
    return canvas;
  }
}

function paintMap(canvas, numbers, [high, wide], { signed, limit }, dark) {
  paint(canvas, numbers, high, wide, limit, dark);
  if (!signed) ink(canvas, dark);
}

// What is drawn in blue as teal.
function ink(canvas, dark) {
  const pen = canvas.getContext("2d");
  pen.globalCompositeOperation = "source-in";
  pen.fillStyle = css(INKS[dark]);
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.globalCompositeOperation = "source-over";
}

// The ramps of some methods: each is drawn with one of two.
function ramps(dark, methods) {
  const one = (low, words) => {
    const canvas = element("canvas", "ramp"),
      steps = 85,
      values = Float32Array.from({ length: steps }, (_, i) => low + ((1 - low) * i) / (steps - 1));
    paint(canvas, values, 1, steps, 1, dark);
    if (!low) ink(canvas, dark);
    return element("span", "legend", element("span", "told", words[0]), canvas, element("span", "told", words[1]));
  };
  return element(
    "div",
    "ramps",
    methods.some(method => method.signed) ? one(-1, ["against", "for the class"]) : null,
    methods.some(method => !method.signed) ? one(0, ["nothing", "most"]) : null,
  );
}
