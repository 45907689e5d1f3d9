// The pictures that the server sends, and what is said while they are missing.
const CHANNELS = { 1: ["grey"], 3: ["red", "green", "blue"] };
const CHOSEN = ["dataset", "first", "second"]; // settings that need other pictures

class Supply {
  // goBack(dataset): to pictures that are here; again(): asks the server once more.
  constructor({ goBack, again }) {
    Object.assign(this, { goBack, again, pack: null });
    this.notice = element("div", "notice");
    this.notice.setAttribute("role", "alert");
  }

  isFor(settings) {
    return Boolean(this.pack) && CHOSEN.every(name => this.pack[name] === settings[name]);
  }

  // Takes over the pictures of the classes that are chosen; those of a choice given up meanwhile are left alone.
  adopt({ pictures: told, choices }, settings) {
    if (!told || told.sign === this.pack?.sign || CHOSEN.some(name => told[name] !== settings[name])) return;
    const { pixels, dataset, first, second, counts, width, channels, sign } = told;
    const bytes = Uint8Array.from(atob(pixels), letter => letter.charCodeAt(0)),
      inputs = bytes.length / (counts[0] + counts[1]);
    const names = [first, second].map(i => choices[dataset].classes[i]);
    this.pack = {
      pixels: bytes,
      inputs,
      counts,
      width,
      channels,
      height: inputs / width / channels,
      dataset,
      first,
      second,
      names,
      sign,
    };
  }

  // What is in the way, and the buttons that lead out; pictures that come soon move nothing on the page.
  tell({ offered, refused }, settings) {
    const { dataset } = settings,
      isAbsent = !offered.includes(dataset),
      isHere = this.isFor(settings);
    const absent = `${dataset} is not on this machine: choose it once on the Data page, which fetches it.`;
    const why = isAbsent ? absent : refused?.dataset === dataset && refused.words;
    this.notice.hidden = isHere || (this.pack && !why);
    this.notice.classList.toggle("complaint", Boolean(why));
    if (isHere) return;
    const other = this.pack?.dataset ?? offered[0],
      back = button(`Back to ${other}`, () => this.goBack(other));
    const ways = isAbsent ? [back] : [button("Try again", this.again), " ", back];
    this.notice.replaceChildren(...(why ? [`${why} `, ...ways] : ["The pictures are on their way."]));
  }
}
