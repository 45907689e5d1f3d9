// The part of a picture that one value of a layer sees: the value whose part lies nearest to the pointer.

// First px and length of what a value sees of one side, and which value that is.
function seen([start, size, jump], places, length, at) {
  const nearest = Math.round((at - start - size / 2) / jump);
  const place = Math.min(places - 1, Math.max(0, nearest));
  const first = start + place * jump;
  const from = Math.min(Math.max(0, first), length),
    to = Math.min(Math.max(0, first + size), length);
  return { place, from, length: to - from };
}

function point(host, data, x, y) {
  const down = seen(data.spans[0], data.places[0], data.height, y);
  const across = seen(data.spans[1], data.places[1], data.width, x);
  const field = host.querySelector(".field");
  field.style.left = `${(100 * across.from) / data.width}%`;
  field.style.width = `${(100 * across.length) / data.width}%`;
  field.style.top = `${(100 * down.from) / data.height}%`;
  field.style.height = `${(100 * down.length) / data.height}%`;
  const which = data.places[0] * data.places[1] > 1 ? ` Here: row ${down.place}, column ${across.place}.` : "";
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
