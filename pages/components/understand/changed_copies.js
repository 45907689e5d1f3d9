// Changed copies of one picture, each with its answer; above them the answer for the picture and the mean of all.
function copyFigure({ uri, width, height, name, text, agrees }) {
  const image = Object.assign(element("img", "crisp"), { src: uri, alt: "" });
  image.style.width = `${width * Math.max(1, Math.floor(rem()))}px`;
  image.style.height = `${height * Math.max(1, Math.floor(rem()))}px`;
  const said = element("b", "", agrees ? name : `≠ ${name}`);
  const words = element("figcaption", agrees ? "" : "differs", said, ` ${text}`);
  words.title = `${name} ${text}`;
  return element("figure", "copy", image, words);
}

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".copies");
  const sign = JSON.stringify(data);
  if (host.sign === sign) return;
  host.sign = sign;
  const ways = data.ways.map(({ title, top }) => element("section", "way", element("h4", "", title), bars(top)));
  host.replaceChildren(element("div", "ways", ...ways), element("div", "all", ...data.copies.map(copyFigure)));
}
