// Images in rows: each with words under it, what was done to it where the pointer is, and a line around what came from
// outside. Pressed or pointed at, an image shows how it was before.
function shownImage({ image, before, caption, words, outline, size }, side, say) {
  const picture = Object.assign(element("img"), { src: image, alt: [caption, words].filter(Boolean).join(": ") });
  const [height, width] = size,
    longest = Math.max(height, width),
    room = side * rem(),
    times = longest <= room ? Math.floor(room / longest) : room / longest;
  picture.style.width = `${width * times}px`;
  picture.style.height = `${height * times}px`;
  picture.classList.toggle("crisp", times >= 1);
  const frame = element("div", "frame", picture);
  if (outline) {
    const line = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    addSvg(line, "path", { d: outline, class: "under" });
    addSvg(line, "path", { d: outline });
    frame.append(line);
  }
  const figure = element("figure", "", frame, caption ? element("figcaption", "", caption) : null);
  figure.tabIndex = 0;
  const show = isBefore => {
    picture.src = isBefore && before ? before : image;
    say(isBefore ? [caption, words || "nothing was done to it"].filter(Boolean).join(": ") : "");
  };
  figure.onpointerenter = figure.onfocus = () => show(true);
  figure.onpointerleave = figure.onblur = () => show(false);
  return figure;
}

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".shown"),
    said = parentElement.querySelector(".said");
  const say = words => (said.textContent = words || data.words);
  host.replaceChildren(
    ...data.rows.map(({ title, images }) =>
      element(
        "div",
        title ? "row titled" : "row",
        title ? element("b", "", title) : null,
        element("div", "images", ...images.map(one => shownImage(one, data.side, say))),
      ),
    ),
  );
  say("");
}
