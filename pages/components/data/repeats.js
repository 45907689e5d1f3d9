// Groups of equal images: each picture once, and the files that hold it.
function file(told) {
  return element(
    "li",
    "",
    element("i", told.split),
    element("span", "name", told.name),
    element("small", "", told.class),
  );
}

function group(told, side) {
  const picture = element("img");
  picture.onload = () => {
    // A whole multiple keeps every pixel a square.
    const times = Math.max(1, Math.floor(side / Math.max(picture.naturalWidth, picture.naturalHeight)));
    picture.style.width = `${picture.naturalWidth * times}px`;
  };
  picture.alt = `the picture that ${told.files[0].name} and others hold`;
  picture.src = told.uri;
  const frame = element("span", "frame", picture),
    more = told.more ? element("li", "more", `and ${told.more} more`) : null,
    note = told.note ? element("p", "", told.note) : null;
  frame.style.width = `${side}px`;
  return element("li", "group", frame, element("div", "", element("ul", "", ...told.files.map(file), more), note));
}

export default function ({ data, parentElement }) {
  parentElement.querySelector(".groups").replaceChildren(...data.groups.map(one => group(one, data.side)));
}
