// All images of a dataset, a page of those that are asked for.
export default function (component) {
  const { data, parentElement } = component;
  const gestures = Gestures.of(component).hear(component),
    root = parentElement.querySelector(".gallery"),
    dialog = parentElement.querySelector(".alone");
  dialog.alone ??= new Alone(dialog);
  const alone = dialog.alone;
  const send = gesture => gestures.send({ dataset: data.dataset, classes: data.classes, ...gesture });
  gestures.release(() => {
    alone.hear(data.alone, data, data.items, send);
    drawTiles(root, data, Picked.of("gallery", data.dataset), alone, send);
  });
}
