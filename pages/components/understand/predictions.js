// Pictures with their answers: one large, or many in a grid. Nodes are made anew only when something changed.
function figure(picture, words, alt) {
  const image = element("img", picture.crisp ? "crisp" : "");
  image.src = picture.uri;
  image.alt = alt;
  image.style.width = `${picture.width}px`;
  image.style.height = `${picture.height}px`;
  return element("figure", "", image, ...(words ? [element("figcaption", "", ...words)] : []));
}

function bar(answer, first) {
  const fill = element("span", "fill"),
    row = element("div", first ? "bar first" : "bar");
  fill.style.width = `${100 * answer.share}%`;
  const name = element("span", "name", answer.name);
  name.title = `${answer.name}: ${answer.share}`;
  row.append(name, element("span", "track", fill), element("span", "share", answer.text));
  return row;
}

function verdict(item) {
  if (item.right === null) return element("div", "verdict", "It says ", element("b", "", item.top[0].name));
  const mark = item.right ? "✓ right" : "✗ wrong";
  const words = item.right ? `: it is ${item.truth}` : `: it is ${item.truth}, not ${item.top[0].name}`;
  return element("div", `verdict ${item.right ? "right" : "wrong"}`, element("b", "", mark), words);
}

function draw(item, index, data, why) {
  const pictures = element("div", "pictures");
  const size = `${data.width}×${data.height} px`;
  if (item.original)
    pictures.append(
      figure(item.original, data.many ? null : [element("b", "", "Your picture"), item.words], item.name),
    );
  const saw = data.many
    ? null
    : [element("b", "", item.truth === null ? "What the network saw" : item.name), size + item.manner];
  pictures.append(figure(item.seen, saw, `what the network saw of ${item.name}`));
  const button = element("button", "why", "Why? Look inside");
  button.type = "button";
  button.setAttribute("aria-label", `Why? Look inside the network for ${item.name}`);
  button.onclick = () => why(index);
  const bars = element("div", "bars", ...item.top.map((answer, i) => bar(answer, !i)));
  bars.setAttribute("role", "list");
  bars.setAttribute("aria-label", "likeliest classes");
  for (const row of bars.children) row.setAttribute("role", "listitem");
  const says = element("div", "says", verdict(item), bars, button);
  if (data.many) {
    const name = element("div", "file", item.name, element("span", "", item.words));
    name.title = item.name;
    says.prepend(name);
  }
  return element("article", "item", pictures, says);
}

export default function ({ data, setTriggerValue, parentElement }) {
  const host = parentElement.querySelector(".answers"),
    sign = JSON.stringify(data);
  if (host.sign === sign) return;
  host.sign = sign;
  host.classList.toggle("many", data.many);
  host.replaceChildren(...data.items.map((item, i) => draw(item, i, data, index => setTriggerValue("why", index))));
}
