// The catalogue: a button per kind of layer, by family. Esc closes it.

function offerButton(offer, family, choose) {
  const words = element("span");
  const node = element("button", offer.cannot ? "offer cannot" : "offer", glyph(family, offer.kind), words);
  node.type = "button";
  node.title = offer.cannot ? `${offer.sentence}\n\n${offer.cannot}` : offer.sentence;
  for (const [className, text] of [
    ["kind", offer.kind],
    ["blurb", offer.blurb],
    ["here", offer.cannot ? "does not fit here" : offer.here],
  ]) {
    if (text) words.append(element("span", className, text));
  }
  node.addEventListener("click", () => choose(offer.kind));
  return node;
}

function draw(home, data, choose) {
  const title = element("p", "title", data.title);
  const families = Object.entries(data.families).map(([family, offers]) => {
    const buttons = offers.map(offer => offerButton(offer, family, choose));
    return element("section", "", element("h4", "", family), ...buttons);
  });
  home.replaceChildren(title, ...families);
}

export default function (component) {
  const { data, parentElement } = component,
    home = parentElement.querySelector(".catalogue"),
    gestures = Gestures.of(component).hear(component);
  const fresh = !home.hasChildNodes();
  // A double click is one choice; the server's answer closes the catalogue.
  const choose = kind => gestures.waits || gestures.send({ kind });
  if (fresh) draw(home, data, choose);
  else gestures.draw(() => draw(home, data, choose));
  home.onkeydown = event => {
    if (event.key === "Escape" && data.can_close) choose(null);
  };
  if (fresh && data.can_close) {
    // Opened by a press in the list: the next key or tap belongs here, also on a phone where it stands below.
    home.querySelector("button").focus({ preventScroll: true });
    if (home.getBoundingClientRect().top > window.innerHeight * 0.7)
      home.scrollIntoView({ block: "start", behavior: "smooth" });
  }
}
