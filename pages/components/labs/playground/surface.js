// A canvas for signed values of a square grid; its pixels are kept from one painting to the next.
class Surface {
  constructor() {
    this.canvas = element("canvas");
  }

  // edge: null for all shades; else two colours only, and the page itself where a value is no further than this from
  // zero.
  paint(values, side, limit, dark, edge = null) {
    if (this.canvas.width !== side) this.size(side);
    const { pixels } = this,
      word = ([r, g, b]) => (b << 16) | (g << 8) | r,
      colours = ends(dark);
    const below = word(colours.negative),
      above = word(colours.positive),
      scale = FINE / limit;
    for (let i = 0; i < values.length; i++) {
      const value = values[i],
        size = Math.abs(value);
      const depth = edge === null ? ALPHAS[Math.min(FINE, size * scale) | 0] : size > edge ? 150 : 0;
      pixels[i] = (value < 0 ? below : above) | (depth << 24);
    }
    this.pen.putImageData(this.image, 0, 0);
  }

  size(side) {
    this.canvas.width = this.canvas.height = side;
    this.pen = this.canvas.getContext("2d");
    this.image = this.pen.createImageData(side, side);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }
}
