// The catalogue: a button per kind of layer, by family. Esc closes it.
let count = 0;

function offerButton(offer, family, choose) {
  const words = element("span");
  const node = element("button", offer.cannot ? "offer cannot" : "offer", glyph(family), words);
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

export default function ({ data, parentElement, setTriggerValue }) {
  const home = parentElement.querySelector(".catalogue");
  const fresh = !home.hasChildNodes();
  let chosen = false;
  const choose = kind => {
    // A double click is one choice; the server's answer draws the catalogue anew.
    if (chosen) return;
    chosen = true;
    setTriggerValue("choice", { kind, n: `${Date.now()}-${++count}` });
  };
  const title = element("p", "title", data.title);
  const families = Object.entries(data.families).map(([family, offers]) => {
    const buttons = offers.map(offer => offerButton(offer, family, choose));
    return element("section", "", element("h4", "", family), ...buttons);
  });
  home.replaceChildren(title, ...families);
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
