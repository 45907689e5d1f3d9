// A choice among many layers, those of one stage of a base under its name; typing a name finds it.
const MANY = 16; // layers beyond which there is a choice

// layers: with name and stage. chosen: the place of one, -1 where each choice is a way to go. take: gets its place.
function layerChoice(words, layers, chosen, take) {
  const select = element("select");
  if (chosen < 0) select.append(new Option("a layer …", -1));
  let group = null;
  layers.forEach(({ name, stage }, place) => {
    if (stage && group?.label !== stage) {
      group = element("optgroup");
      group.label = stage;
      select.append(group);
    }
    if (!stage) group = null;
    (group ?? select).append(new Option(name, place));
  });
  select.value = chosen;
  select.onchange = () => {
    const place = +select.value;
    if (chosen < 0) select.value = -1;
    if (place >= 0) take(place);
  };
  return element("label", "choice", words, select);
}
