// The pictures that the server sends, and what is said while they are missing.
const CHANNELS = { 1: ["grey"], 3: ["red", "green", "blue"] };

// Settings that need other pictures: all others are the same whatever one of them is called.
const CHOSEN = ["dataset", "against", "second"];
const isSame = (pack, settings) =>
  CHOSEN.every(name => pack[name] === settings[name]) &&
  (settings.against === ALL_OTHERS || pack.first === settings.first);

class Supply {
  // goBack(dataset): to pictures that are here; again(): asks the server once more.
  constructor({ goBack, again }) {
    Object.assign(this, { goBack, again, pack: null });
    this.notice = element("div", "notice");
    this.notice.setAttribute("role", "alert");
  }

  isFor(settings) {
    return Boolean(this.pack) && isSame(this.pack, settings);
  }

  // Takes over the pictures of the classes that are chosen; those of a choice given up meanwhile are left alone.
  adopt({ pictures: told, choices }, settings) {
    if (!told || (told.sign === this.pack?.sign && isSame(this.pack, told)) || !isSame(told, settings)) return;
    const { pixels, dataset, against, first, second, counts, taken, total, width, channels, sign } = told;
    const bytes = Uint8Array.from(atob(pixels), letter => letter.charCodeAt(0)),
      inputs = bytes.length / (counts[0] + counts[1]);
    const { classes } = choices[dataset],
      name = classes[second];
    this.pack = {
      pixels: bytes,
      inputs,
      counts,
      width,
      channels,
      height: inputs / width / channels,
      dataset,
      against,
      first,
      second,
      taken,
      total,
      names: [against === ALL_OTHERS ? not(name) : classes[first], name],
      sign,
    };
  }

  // What is in the way, and the buttons that lead out; pictures that come soon move nothing on the page.
  tell({ offered, refused, choices }, settings) {
    const { dataset } = settings,
      isAbsent = !offered.includes(dataset),
      isHere = this.isFor(settings);
    const absent = `${dataset} is not on this machine: choose it once on the Data page, which fetches it.`;
    const why = isAbsent ? absent : refused?.dataset === dataset && refused.words;
    this.notice.hidden = isHere || (this.pack && !why);
    this.notice.classList.toggle("complaint", Boolean(why));
    if (isHere) return;
    const other = this.pack?.dataset ?? offered[0],
      back = button(`Back to ${choices[other].title || other}`, () => this.goBack(other));
    const ways = isAbsent ? [back] : [button("Try again", this.again), " ", back];
    this.notice.replaceChildren(...(why ? [`${why} `, ...ways] : ["The pictures are on their way."]));
  }
}
