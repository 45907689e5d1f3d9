// A picture from the clipboard: pasted by the keys anywhere on the page, or by the button.
// By component; outlives its nodes, as a page that is left does.
const PASTED = (window.kernelscopePasted ??= new Map());
const boards = new WeakMap();

class Board {
  constructor(host) {
    this.host = host;
    this.preview = element("div", "preview");
    this.said = element("div", "said");
    this.said.setAttribute("role", "status");
    const button = element("button", "", "Paste");
    Object.assign(button, { type: "button", onclick: () => this.read() });
    const hint = element("span", "hint", "or Ctrl+V (on a Mac, Command+V) anywhere on this page");
    host.replaceChildren(element("div", "ways", button, hint), this.preview, this.said);
  }

  // Listens as long as it stands on the page.
  listen() {
    this.stop?.abort();
    this.stop = new AbortController();
    const take = event => {
      if (!this.host.isConnected) return this.stop.abort();
      if (isTyped(event)) return;
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length && !event.clipboardData?.types.length) return;
      event.preventDefault();
      this.take(files.find(file => file.type.startsWith("image/")));
    };
    document.addEventListener("paste", take, { signal: this.stop.signal });
  }

  async read() {
    try {
      const items = await navigator.clipboard.read();
      const item = items.find(one => one.types.some(type => type.startsWith("image/")));
      this.take(await item?.getType(item.types.find(type => type.startsWith("image/"))));
    } catch {
      this.tell("This browser does not let the button look at the clipboard. Press Ctrl+V instead.");
    }
  }

  // file: a picture; without one the clipboard held none.
  take(file) {
    if (!file) return this.tell("There is no picture in the clipboard. Copy one first, for example a screenshot.");
    if (file.size > this.most)
      return this.tell(`This picture takes ${megabytes(file.size)}; ${megabytes(this.most)} at most.`);
    const reader = new FileReader();
    reader.onload = () => {
      const text = reader.result.slice(reader.result.indexOf(",") + 1);
      PASTED.set(this.key, { text, count: (PASTED.get(this.key)?.count ?? 0) + 1 });
      this.show(reader.result);
      this.send();
    };
    reader.readAsDataURL(file);
  }

  show(address) {
    const image = element("img");
    Object.assign(image, { src: address, alt: "what was pasted" });
    this.preview.replaceChildren(image);
    this.tell("");
  }

  send() {
    const pasted = PASTED.get(this.key);
    if (pasted) this.set("picture", pasted.text);
  }

  tell(words) {
    this.said.textContent = words;
  }
}

const megabytes = bytes => `${three(bytes / 1e6)}\u202fMB`;

// Who pastes into a field means that field.
function isTyped(event) {
  const at = event.composedPath()[0];
  return at instanceof HTMLElement && (at.isContentEditable || at.matches("input:not([type=radio]), textarea"));
}

export default function ({ data, setStateValue, parentElement }) {
  const host = parentElement.querySelector(".clipboard");
  const isNew = !boards.has(host);
  if (isNew) boards.set(host, new Board(host));
  const board = boards.get(host);
  Object.assign(board, { set: setStateValue, most: data.most, key: data.key });
  if (!isNew) return;
  board.listen();
  const pasted = PASTED.get(data.key);
  if (!pasted) return;
  board.show(`data:;base64,${pasted.text}`);
  board.send();
}
