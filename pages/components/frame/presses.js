// A press that a page of Streamlit loses, made good for the whole document.
// A node that moves or is replaced between press and release gets no click: the button or link that stands for it is
// clicked.
const SLACK = 5, // px that a press may wander and still be a click
  PRESSABLE = "button, a[data-testid=stPageLink-NavLink]";

const keyOf = node => [...(node.closest("[class*=st-key-]")?.classList ?? [])].find(name => name.startsWith("st-key-"));

// The button or link itself, or the one that took its place: of the same key and the same words.
function successor(pressed) {
  if (pressed.node.isConnected) return pressed.node;
  const home = pressed.key && document.querySelector(`.${CSS.escape(pressed.key)}`);
  return [...(home?.querySelectorAll(PRESSABLE) ?? [])].find(node => node.textContent === pressed.words);
}

function watch() {
  let pressed = null;
  const down = event => {
    const node = event.button === 0 && event.target.closest?.(PRESSABLE);
    pressed = node && { node, key: keyOf(node), words: node.textContent, x: event.clientX, y: event.clientY };
  };
  const up = event => {
    const one = pressed;
    pressed = null;
    if (!one || Math.hypot(event.clientX - one.x, event.clientY - one.y) > SLACK) return;
    const heard = click => (one.isClicked ||= Boolean(click.target.closest?.(PRESSABLE)));
    window.addEventListener("click", heard, true);
    // After the browser's own click, if there is one.
    setTimeout(() => {
      window.removeEventListener("click", heard, true);
      const node = !one.isClicked && successor(one);
      if (node && !node.disabled) node.click();
    });
  };
  window.addEventListener("pointerdown", down, true);
  window.addEventListener("pointerup", up, true);
}

if (!window.kernelscopePresses) {
  window.kernelscopePresses = true;
  watch();
}

export default function () {}
