// One image as the network sees it just now, and what it says: drawn at every move of a pointer, so nodes are kept.
const ROWS = 10, // classes with a bar
  LARGE = 224; // px that the image takes at most, in usual type

// Bytes that came as a text.
const bytesOf = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));

// Grey or colourful values 0..255 in a canvas of the image's own size.
function putPixels(canvas, values, [height, width, channels]) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d"),
    image = pen.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = values[i * channels + (channels === 1 ? 0 : c)];
    image.data[4 * i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

// Shares came rounded: below the last digit none is said to be nothing.
const shareText = share => (share < 1e-5 ? "< 0.001\u202f%" : percentThree(share));

class OneImage {
  // large: px that the image takes at most; what it is drawn in, unless it comes in a sheet.
  constructor({ large = LARGE, picture = element("div", "picture") } = {}) {
    this.large = large;
    this.picture = picture;
    this.verdict = element("p", "verdict");
    this.verdict.setAttribute("aria-live", "polite");
    this.bars = element("div", "bars");
    this.node = element("div", "seen", this.picture, this.verdict, this.bars);
    this.rows = [];
  }

  // Whole multiples keep every pixel a square; a large image is shrunk to fit.
  zoom(height, width) {
    const longest = Math.max(height, width),
      room = this.large * rem();
    return longest <= room ? Math.floor(room / longest) : room / longest;
  }

  // Shows one of the images that came side by side in a sheet.
  show({ uri, size, columns, count }, at, words) {
    const [width, height] = size,
      times = this.zoom(height, width);
    Object.assign(this.picture.style, {
      width: `${width * times}px`,
      height: `${height * times}px`,
      backgroundImage: `url("${uri}")`,
      backgroundSize: `${columns * width * times}px ${Math.ceil(count / columns) * height * times}px`,
      backgroundPosition: `-${(at % columns) * width * times}px -${Math.floor(at / columns) * height * times}px`,
    });
    this.picture.classList.toggle("crisp", times >= 1);
    this.picture.setAttribute("role", "img");
    this.picture.setAttribute("aria-label", words);
  }

  // Gives the canvas its size on the page.
  fit([height, width]) {
    place(this.picture, height, width, this.zoom(height, width));
    Object.assign(this.picture.style, { height: "auto", aspectRatio: `${width} / ${height}` }); // on a narrow phone
  }

  // shares: by place among the classes [{index, name}]; names: of all classes.
  say({ classes, names, truth, answer, share, shares, before }) {
    const changed = before !== undefined && before !== answer,
      right = truth === null ? "" : answer === truth ? "right" : "wrong";
    this.verdict.className = `verdict ${right}`;
    const sign = right && element("span", "sign", right === "right" ? "✓ " : "✗ ");
    this.verdict.replaceChildren(
      ...[sign, element("b", "", names[answer]), ` ${shareText(share)}`].filter(Boolean),
      element("small", "", changed ? `before: ${names[before]}` : truth === null ? "" : `true class: ${names[truth]}`),
    );
    const order = [...classes.keys()];
    if (order.length > ROWS) order.sort((a, b) => shares[b] - shares[a]);
    const shown = order.slice(0, ROWS);
    while (this.rows.length < shown.length) this.rows.push(this.row());
    this.rows.forEach((row, at) => {
      const i = shown[at];
      row.node.hidden = i === undefined;
      if (i !== undefined) this.fill(row, classes[i], shares[i], classes[i].index === answer);
    });
  }

  row() {
    const [dot, name, bar, text] = [element("i"), element("span", "name"), element("u"), element("output")];
    const node = element("div", "bar", dot, name, element("span", "track", bar), text);
    this.bars.append(node);
    return { node, dot, name, bar, text };
  }

  fill(row, { index, name }, share, isAnswer) {
    row.node.classList.toggle("answer", isAnswer);
    row.name.textContent = row.name.title = name;
    row.dot.style.background = row.bar.style.background = classColour(index);
    row.bar.style.width = `${100 * share}%`;
    row.text.textContent = shareText(share);
  }
}
