// What a network says: about one picture, or about many in a table. Nodes are made anew only when something changed.
const TABLES = (window.kernelscopeAnswers ??= new Map()); // how a table was sorted and filtered outlives its nodes

// On a phone the answers about files that were just brought stand below the fold.
function bringAnswers(host, data) {
  const isBelow = host.getBoundingClientRect().top > 0.6 * window.innerHeight;
  if (data.brought && isBelow && host.clientWidth <= NARROW) host.scrollIntoView({ block: "start" });
}

export default function (component) {
  const { data, parentElement } = component;
  const host = parentElement.querySelector(".answers");
  const gestures = Gestures.of(component).hear(component);
  const { gestures: _answered, ...shown } = data;
  const sign = JSON.stringify(shown);
  gestures.draw(() => {
    if (host.sign === sign) return;
    host.sign = sign;
    const isNew = host.about !== data.sign;
    host.about = data.sign;
    host.classList.toggle("many", data.many);
    if (data.many) {
      if (!TABLES.has(gestures)) TABLES.set(gestures, new AnswersTable(gestures));
      const table = TABLES.get(gestures);
      table.show(host, data);
      if (data.opened) table.bring(host.querySelector("tr.large"));
      if (isNew) bringAnswers(host, data);
      return;
    }
    const facts = { size: data.size, room: host.clientWidth };
    const why = way => gestures.send({ action: "why", sign: data.sign, row: 0, way });
    host.replaceChildren(...data.items.map(item => pictureWithAnswers(item, facts, why)));
    if (isNew) bringAnswers(host, data);
  });
}
