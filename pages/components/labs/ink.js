// Values written into the pixels of a sheet.
const WRITABLE = 23; // px that a pixel must have so that its value can be written into it

const short = value =>
  // .53 where room is dear
  Math.abs(value) >= 100 ? three(value) : Number(value.toFixed(2)).toString().replace("0.", ".").replace("-", "\u2212");

// Where there is room; ink(i) is the colour of each.
function write(sheet, values, ink, host) {
  sheet.ink ??= sheet.node.appendChild(element("canvas", "ink"));
  const { height, width, zoom } = sheet,
    fits = values && zoom >= WRITABLE * rem();
  sheet.ink.hidden = !fits;
  if (!fits) return;
  const sharp = devicePixelRatio || 1,
    pen = sheet.ink.getContext("2d");
  Object.assign(sheet.ink, { width: width * zoom * sharp, height: height * zoom * sharp });
  Object.assign(sheet.ink.style, { width: `${width * zoom}px`, height: `${height * zoom}px` });
  pen.scale(sharp, sharp);
  pen.font = `${clamp(zoom * 0.31, 9, 14 * rem())}px ${getComputedStyle(host).fontFamily}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let i = 0; i < values.length; i++) {
    pen.fillStyle = ink(i);
    pen.fillText(short(values[i]), ((i % width) + 0.5) * zoom, (Math.floor(i / width) + 0.5) * zoom, zoom - 2);
  }
}
