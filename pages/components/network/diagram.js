// A drawing of ours as a part of the page, so that it has its words on hover; large type enlarges it.
const ROOT = 16; // px of 1 rem in normal type

export default function (component) {
  const { svg: text, label } = component.data;
  const host = component.parentElement.querySelector(".drawing");
  if (host.drawn === text) return;
  host.drawn = text;
  const drawing = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
  for (const side of ["width", "height"]) drawing.style[side] = `${drawing.getAttribute(side) / ROOT}rem`;
  host.setAttribute("aria-label", label);
  host.replaceChildren(drawing);
}
