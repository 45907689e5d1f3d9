// One picture with its answers: as it is, and beside that adjusted where it is unlike the training pictures.
const NARROW = 480, // px: of a phone
  HALF = 160; // px that a picture takes there, so that two stand beside each other

// By how much a picture is made smaller for its place, or larger with large type; crisp pixels stay whole multiples.
function scaleFor(picture, room) {
  const longest = Math.max(picture.width, picture.height);
  if (room > NARROW) return picture.crisp ? Math.floor(picture.zoom * rem()) / picture.zoom : rem();
  if (longest <= HALF) return 1;
  return picture.crisp ? Math.max(1, Math.floor((HALF * picture.zoom) / longest)) / picture.zoom : HALF / longest;
}

function figure(picture, words, alt, room) {
  const image = element("img", picture.crisp ? "crisp" : "");
  image.src = picture.uri;
  image.alt = alt;
  const scale = scaleFor(picture, room);
  image.style.width = `${picture.width * scale}px`;
  image.style.height = `${picture.height * scale}px`;
  return element("figure", "", image, ...(words ? [element("figcaption", "", ...words)] : []));
}

function bars(top) {
  const list = element("div", "bars");
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", "likeliest classes");
  top.forEach((answer, i) => {
    const fill = element("span", "fill");
    fill.style.width = `${100 * answer.share}%`;
    const name = element("span", "name", answer.name);
    name.title = `${answer.name}: ${answer.share}`;
    const track = element("span", "track", fill);
    const bar = element("div", i ? "bar" : "bar first", name, track, element("span", "share", answer.text));
    bar.setAttribute("role", "listitem");
    list.append(bar);
  });
  return list;
}

function verdict(item, way) {
  if (way.right === null) return element("div", "verdict", "It says ", element("b", "", way.top[0].name));
  const mark = way.right ? "✓ right" : "✗ wrong";
  const words = way.right ? `: it is ${item.truth}` : `: it is ${item.truth}, not ${way.top[0].name}`;
  return element("div", `verdict ${way.right ? "right" : "wrong"}`, element("b", "", mark), words);
}

// What the network saw, what it says, and the way to why; `seen` may come later.
function answerOf(item, way, { size, room }, why) {
  const button = element("button", "why", "Why this answer?");
  button.type = "button";
  const said = way.label ? `, ${way.label.toLowerCase()}` : "";
  button.setAttribute("aria-label", `Why this answer? For ${item.name}${said}`);
  button.onclick = why;
  const says = element("div", "says", verdict(item, way), bars(way.top), button);
  const title = way.label || (item.truth === null ? "What the network saw" : item.name);
  const words = [element("b", "", title), [size, way.manner].filter(Boolean).join(", ")];
  const seen = way.seen && figure(way.seen, words, `what the network saw of ${item.name}${said}`, room);
  return element("div", "way", seen, says);
}

// facts: size, what the network takes, in words; room, px that there are. why: called with the place of the way that
// was asked about.
function pictureWithAnswers(item, facts, why) {
  const words = [element("b", "", "Your picture"), item.words];
  const original = item.original && figure(item.original, words, item.name, facts.room);
  const ways = item.ways.map((way, i) => answerOf(item, way, facts, () => why(i)));
  return element("article", "item", original, element("div", ways.length > 1 ? "two" : "one", ...ways));
}
