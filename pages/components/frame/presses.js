// Two presses that a page of Streamlit loses, made good for the whole document.
// A node that moves or is replaced between press and release gets no click: the button that stands for it is clicked.
// A link that is clicked out of a field just typed in overtakes what was typed, which then calls the reader back;
// and the page that it opens ends the run of the script that takes the edit in. It waits until that run has begun.
const FIELDS = "input, textarea, [contenteditable]";
const LINKS = "[data-testid=stSidebarNavLink], [data-testid=stPageLink-NavLink]";
const SLACK = 5; // px that a press may wander and still be a click

const keyOf = node => [...(node.closest("[class*=st-key-]")?.classList ?? [])].find(name => name.startsWith("st-key-"));

// The button itself, or the one that took its place: of the same key and the same words.
function successor(pressed) {
  if (pressed.button.isConnected) return pressed.button;
  const home = pressed.key && document.querySelector(`.${CSS.escape(pressed.key)}`);
  return [...(home?.querySelectorAll("button") ?? [])].find(button => button.textContent === pressed.words);
}

// Follows a link as soon as the server runs the script for what was sent before.
function follow(link) {
  const app = document.querySelector("[data-testid=stApp]"),
    isAsked = () => app.dataset.testScriptState === "rerunRequested";
  if (!app || !isAsked()) return link.click();
  const observer = new MutationObserver(() => {
    if (isAsked()) return;
    observer.disconnect();
    link.click();
  });
  observer.observe(app, { attributes: true });
}

function watch() {
  let pressed = null,
    hasLeftField = false;
  const down = event => {
    const button = event.button === 0 && event.target.closest?.("button");
    hasLeftField = document.activeElement?.matches(FIELDS) ?? false;
    pressed = button && { button, key: keyOf(button), words: button.textContent, x: event.clientX, y: event.clientY };
  };
  const up = event => {
    const one = pressed;
    pressed = null;
    if (!one || Math.hypot(event.clientX - one.x, event.clientY - one.y) > SLACK) return;
    const heard = click => (one.isClicked ||= Boolean(click.target.closest?.("button")));
    window.addEventListener("click", heard, true);
    // After the browser's own click, if there is one.
    setTimeout(() => {
      window.removeEventListener("click", heard, true);
      const button = !one.isClicked && successor(one);
      if (button && !button.disabled) button.click();
    });
  };
  const click = event => {
    const link = event.isTrusted && event.target.closest?.(LINKS);
    if (!link || !hasLeftField || event.ctrlKey || event.metaKey || event.shiftKey) return;
    hasLeftField = false;
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => requestAnimationFrame(() => follow(link))); // what was typed is sent by now
  };
  window.addEventListener("pointerdown", down, true);
  window.addEventListener("pointerup", up, true);
  window.addEventListener("click", click, true);
}

if (!window.kernelscopePresses) {
  window.kernelscopePresses = true;
  watch();
}

export default function () {}
