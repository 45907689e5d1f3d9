// Of the sections of the menu one is open: to open another closes it, so that the menu fits the window.
function closeOthers(event) {
  const opened = event.target,
    menu = opened.open ? opened.closest?.(".st-key-menu") : null;
  for (const other of menu?.querySelectorAll("details[open]") ?? [])
    if (other !== opened) other.querySelector("summary").click();
}

// A message that a component sends at the moment of a press names the page that is left, and the server stays there:
// the link is pressed again until its page is open, or something else is pressed.
const LOOK = 300, // ms from one look to the next
  TRIES = 5;
let wanted = null;

function remember(event) {
  if (!event.isTrusted) return;
  const link = event.target.closest?.(".st-key-menu a"),
    isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
  wanted = link && !isElsewhere ? { href: link.getAttribute("href"), quiet: 0, tries: TRIES } : null;
  if (wanted) setTimeout(reach, LOOK, wanted);
}

function reach(one) {
  if (one !== wanted || one.tries === 0) return;
  const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState,
    links = [...document.querySelectorAll(".st-key-menu a")],
    link = links.find(other => other.getAttribute("href") === one.href);
  if (!link || link.hasAttribute("aria-current")) return;
  one.quiet = state === "notRunning" ? one.quiet + 1 : 0;
  if (one.quiet === 2) {
    Object.assign(one, { quiet: 0, tries: one.tries - 1 });
    link.click();
  }
  setTimeout(reach, LOOK, one);
}

if (!window.kernelscopeMenu) {
  window.kernelscopeMenu = true;
  document.addEventListener("toggle", closeOthers, true);
  document.addEventListener("click", remember, true);
}

// Says which page is open to those who don't see it.
export default function ({ data }) {
  for (const link of document.querySelectorAll(".st-key-menu a"))
    if (link.getAttribute("href") === data.opened) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
}
