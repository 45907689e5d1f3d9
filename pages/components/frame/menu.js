// Of the sections of the menu one is open: to open another closes it, so that the menu fits the window.
function closeOthers(event) {
  const opened = event.target,
    menu = opened.open ? opened.closest?.(".st-key-menu") : null;
  for (const other of menu?.querySelectorAll("details[open]") ?? [])
    if (other !== opened) other.querySelector("summary").click();
}

if (!window.kernelscopeMenu) {
  window.kernelscopeMenu = true;
  document.addEventListener("toggle", closeOthers, true);
}

// Says which page is open to those who don't see it.
export default function ({ data }) {
  for (const link of document.querySelectorAll(".st-key-menu a"))
    if (link.getAttribute("href") === data.opened) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
}
