// Integer and one-hot of one class: the chosen one, or that of the picture under the pointer.
function draw(root, data, label) {
  root.querySelector("select").value = String(label);
  root.querySelector(".integer").textContent = label;
  root.querySelectorAll(".cell").forEach((cell, i) => {
    cell.classList.toggle("on", i === label);
    cell.firstChild.textContent = i === label ? "1" : "0";
  });
  root
    .querySelector(".cells")
    .setAttribute("aria-label", `${data.names.length} numbers, 1 at place ${label}, 0 elsewhere`);
}

function cell(name, i) {
  const box = element("span", "cell", element("b"), element("small", "", i));
  box.title = name;
  return box;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".labels"),
    select = root.querySelector("select");
  select.replaceChildren(...data.names.map((name, i) => Object.assign(element("option", "", name), { value: i })));
  root.querySelector(".cells").replaceChildren(...data.names.map(cell));
  root.querySelector("p").textContent = data.words;
  let label = 0;
  const show = next => {
    if (next < data.names.length) draw(root, data, (label = next));
  };
  const hovered = event => show(event.detail.label);
  select.onchange = () => show(Number(select.value));
  window.addEventListener("kernelscope-sample", hovered);
  show(label);
  return () => window.removeEventListener("kernelscope-sample", hovered);
}
