// The part of a picture that one value of a layer sees: the value whose part lies nearest to the pointer.

// The value whose part of one side lies nearest: its place, and the first px and the length of what it sees.
function nearest(parts, at) {
  const away = ([from, end]) => (end > from ? Math.abs(at - (from + end) / 2) : Infinity);
  const place = parts.reduce((best, part, i) => (away(part) < away(parts[best]) ? i : best), 0);
  const [from, end] = parts[place];
  return { place, from, length: end - from };
}

function point(host, data, x, y) {
  const [down, across] = [nearest(data.seen[0], y), nearest(data.seen[1], x)];
  const field = host.querySelector(".field");
  field.style.left = `${(100 * across.from) / data.width}%`;
  field.style.width = `${(100 * across.length) / data.width}%`;
  field.style.top = `${(100 * down.from) / data.height}%`;
  field.style.height = `${(100 * down.length) / data.height}%`;
  const which =
    data.seen[0].length * data.seen[1].length > 1 ? ` Here: row ${down.place}, column ${across.place}.` : "";
  host.querySelector("figcaption").textContent = data.words + which;
}

export default function (component) {
  const { data, parentElement: root } = component;
  const image = root.querySelector(".image");
  image.style.width = `${data.width * data.scale}px`;
  image.style.aspectRatio = `${data.width} / ${data.height}`;
  image.style.backgroundImage = `url(${data.image})`;
  image.setAttribute("aria-label", data.words);
  image.onpointermove = event => {
    const box = image.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * data.width;
    point(root, data, x, ((event.clientY - box.top) / box.height) * data.height);
  };
  image.onpointerdown = image.onpointermove;
  point(root, data, data.width / 2, data.height / 2);
}
