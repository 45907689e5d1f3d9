// The catalogue: a button per kind of layer. What is often used stands first; all kinds, by family, come on demand, and
// a search finds any of them. Arrows go from one to the next, Enter in the search takes the first, Esc closes.

const FIRST_BASES = 3; // the others come with all layers

function offerButton(offer, family, act) {
  const words = element("span");
  const node = element("button", offer.cannot ? "offer cannot" : "offer", glyph(family, offer.kind), words);
  node.type = "button";
  node.title = offer.cannot ? `${offer.sentence}\n\n${offer.cannot}` : offer.sentence;
  for (const [className, text] of [
    ["kind", offer.kind],
    ["blurb", offer.blurb],
    ["here", offer.here || (offer.cannot && "does not fit here")],
  ]) {
    if (text) words.append(element("span", className, text));
  }
  node.addEventListener("click", () => act({ kind: offer.kind }));
  const box = element("div", "place", node, offer.lab ? labButton(offer, act) : null);
  box.dataset.words = `${offer.kind} ${family} ${offer.blurb} ${offer.sentence}`.toLowerCase();
  return box;
}

function labButton({ kind, lab }, act) {
  const node = element("button", "lab", "Try it");
  node.type = "button";
  node.title = `Try ${kind} by hand in the lab “${lab}”`;
  node.setAttribute("aria-label", node.title);
  node.addEventListener("click", () => act({ lab }));
  return node;
}

function section(title, offers, act, words) {
  const boxes = offers.map(([offer, family]) => offerButton(offer, family, act));
  return element("section", "", element("h4", "", title), words ? element("p", "about", words) : null, ...boxes);
}

// What a network may begin with, as long as it has no base.
function beginnings(data, act) {
  const [family, words] = data.begin,
    offers = (data.families[family] ?? []).slice(0, FIRST_BASES).map(offer => [offer, family]);
  return offers.length ? section(family, offers, act, words) : null;
}

// Joins are not put in, they are made of two paths: where, for whoever looks for them here.
function joinsNote(joins) {
  const how = "Branch here begins a second path, Join with … brings two together: both under the ⋯ of a row.";
  const node = element("p", "place joins", element("b", "", joins.join(", ")), ` join two paths. ${how}`);
  node.dataset.words = `${node.textContent} joins merge branch residual skip`.toLowerCase();
  return element("section", "", element("h4", "", "Joins"), node);
}

function draw(home, data, act) {
  const families = Object.entries(data.families);
  const all = families.flatMap(([family, offers]) => offers.map(offer => [offer, family]));
  const often = data.often.flatMap(kind => all.filter(([offer]) => offer.kind === kind));
  const few = element("div", "few", section("Often used", often, act), beginnings(data, act));
  const full = element(
    "div",
    "full",
    ...families.map(([family, offers]) => {
      const theirs = offers.map(offer => [offer, family]);
      return section(family, theirs, act, family === data.begin[0] ? data.begin[1] : "");
    }),
  );
  const search = element("input", "search");
  Object.assign(search, { type: "search", placeholder: `Search all ${counted(all.length, "layer")}`, maxLength: 40 });
  search.setAttribute("aria-label", "Search all layers");
  search.value = home.dataset.search ?? "";
  search.oninput = () => {
    home.dataset.search = search.value;
    show(home);
  };
  const more = element("button", "more");
  more.type = "button";
  more.onclick = () => {
    home.dataset.all = home.dataset.all === "yes" ? "" : "yes";
    show(home);
    more.scrollIntoView({ block: "nearest" });
  };
  const none = element("p", "none", "No layer has these words. Try “pool”, “norm” or “crop”.");
  full.append(joinsNote(data.joins));
  home.replaceChildren(element("p", "title", data.title), search, few, more, full, none);
  show(home);
}

// Shows what is asked for: the few, all, or what has the words of the search in it.
function show(home) {
  const words = (home.dataset.search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const isAll = home.dataset.all === "yes";
  const [few, full, more, none] = [".few", ".full", ".more", ".none"].map(name => home.querySelector(name));
  for (const box of full.querySelectorAll(".place"))
    box.hidden = !words.every(word => box.dataset.words.includes(word));
  for (const one of full.querySelectorAll("section")) one.hidden = !one.querySelector(".place:not([hidden])");
  few.hidden = isAll || words.length > 0;
  full.hidden = !(isAll || words.length);
  more.hidden = words.length > 0;
  more.textContent = isAll ? "Only what is often used" : "All layers";
  more.setAttribute("aria-expanded", String(isAll));
  none.hidden = !words.length || full.querySelector(".place:not([hidden])") !== null;
}

// What can be chosen now, in reading order.
const choices = home => [...home.querySelectorAll(".offer")].filter(one => !one.closest("[hidden]"));

function press(home, event, choose) {
  const isSearch = event.target.matches(".search");
  const found = choices(home),
    at = found.indexOf(event.target);
  if (event.key === "Enter" && isSearch && home.dataset.search) {
    if (found.length) choose({ kind: found[0].querySelector(".kind").textContent });
  } else if (event.key === "ArrowDown" && (isSearch || at >= 0)) found[at + 1]?.focus();
  else if (event.key === "ArrowUp" && at === 0) home.querySelector(".search").focus();
  else if (event.key === "ArrowUp" && at > 0) found[at - 1].focus();
  else return;
  event.preventDefault();
}

export default function (component) {
  const { data, parentElement } = component,
    home = parentElement.querySelector(".catalogue"),
    gestures = Gestures.of(component).hear(component);
  const fresh = !home.hasChildNodes();
  // A double click is one choice; the server's answer closes the catalogue.
  const choose = gesture => gestures.waits || gestures.send(gesture);
  if (fresh) draw(home, data, choose);
  else gestures.draw(() => draw(home, data, choose));
  home.onkeydown = event => {
    if (event.key === "Escape" && data.can_close) choose({});
    else press(home, event, choose);
  };
  if (fresh && data.can_close) {
    // Opened by a press in the list: the next key or tap belongs here, also on a phone where it stands below.
    home.querySelector(".offer").focus({ preventScroll: true });
    if (home.getBoundingClientRect().top > window.innerHeight * 0.7)
      home.scrollIntoView({ block: "start", behavior: "smooth" });
  }
}
