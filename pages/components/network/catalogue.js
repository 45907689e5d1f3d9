// The catalogue: a button per kind of layer, by family. Esc closes it.
let count = 0;

function offerButton(offer, family, choose) {
  const node = document.createElement("button");
  const words = document.createElement("span");
  node.type = "button";
  node.className = offer.cannot ? "offer cannot" : "offer";
  node.title = offer.cannot ? `${offer.sentence}\n\n${offer.cannot}` : offer.sentence;
  for (const [className, text] of [
    ["kind", offer.kind],
    ["blurb", offer.blurb],
    ["here", offer.cannot ? "does not fit here" : offer.here],
  ]) {
    if (text) words.append(Object.assign(document.createElement("span"), { className, textContent: text }));
  }
  node.append(glyph(family), words);
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
  const title = Object.assign(document.createElement("p"), { className: "title", textContent: data.title });
  const families = Object.entries(data.families).map(([family, offers]) => {
    const group = document.createElement("section");
    const heading = Object.assign(document.createElement("h4"), { textContent: family });
    group.append(heading, ...offers.map(offer => offerButton(offer, family, choose)));
    return group;
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
