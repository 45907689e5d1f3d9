// The original in the middle of a 4x4 grid, twelve draws around it; pictures change in place.
const AROUND = 12;

function fit(picture) {
  const room = picture.parentElement.clientWidth,
    size = Math.max(picture.naturalWidth, picture.naturalHeight);
  if (!size || !room) return;
  // A whole multiple keeps every pixel a square; a picture larger than its place is shrunk to fit.
  const times = size <= room ? Math.floor(room / size) : room / size;
  picture.style.width = `${picture.naturalWidth * times}px`;
  picture.style.height = `${picture.naturalHeight * times}px`;
}

function place(grid, kind) {
  const picture = element("img");
  const box = element("div", kind, picture);
  box.setAttribute("role", "listitem");
  picture.onload = () => fit(picture);
  grid.appendChild(box);
}

export default function ({ data, parentElement }) {
  const grid = parentElement.querySelector(".draws");
  if (!grid.children.length) {
    place(grid, "original");
    for (let i = 0; i < AROUND; i++) place(grid, "draw");
    new ResizeObserver(() => grid.querySelectorAll("img").forEach(fit)).observe(grid);
  }
  const sources = [data.original, ...data.draws];
  [...grid.children].forEach((box, i) => {
    const picture = box.firstChild,
      source = sources[i];
    picture.hidden = !source;
    box.classList.toggle("empty", !source);
    const told = (i && data.each?.told[i - 1]) || "";
    picture.alt = i ? [`draw ${i}`, told].filter(Boolean).join(": ") : "the original";
    picture.title = told;
    if (source && picture.src !== source) picture.src = source;
  });
  parentElement.querySelector(".words").textContent = data.words;
  if (!data.each) return;
  window.kernelscopeEach = data.each; // the list beside it may be drawn later
  window.dispatchEvent(new CustomEvent("kernelscope-each", { detail: data.each }));
}
