// Of the sections of the menu one is open: to open another closes it, so that the menu fits the window.
function closeOthers(event) {
  const opened = event.target,
    menu = opened.open ? opened.closest?.(".st-key-menu") : null;
  for (const other of menu?.querySelectorAll("details[open]") ?? []) if (other !== opened) foldOrOpen(other);
}

// At once: while a section slides shut, its links are still to be seen and can no longer be pressed.
function foldOrOpen(section) {
  section.querySelector("summary").click();
  for (const slide of section.getAnimations()) slide.finish();
}

if (!window.kernelscopeMenu) {
  window.kernelscopeMenu = true;
  document.addEventListener("toggle", closeOthers, true);
}

// Where the menu lies over the page, it makes way for the page that was chosen in it.
function makeWay() {
  if (matchMedia("(max-width: 768px)").matches && !document.querySelector("[data-testid=stExpandSidebarButton]"))
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
}

// The section of the page is opened where another press than one in the menu led there; then it may be folded again.
function openSectionOf(page) {
  if (window.kernelscopeMenu === page) return;
  if (window.kernelscopeMenu !== true) makeWay(); // not as the first page opens: then the menu is closed
  window.kernelscopeMenu = page;
  const section = document.querySelector(`.st-key-menu a[href="${CSS.escape(page)}"]`)?.closest("details");
  if (section && !section.open) foldOrOpen(section);
}

// Says which page is open to those who don't see it.
export default function ({ data }) {
  openSectionOf(data.opened);
  for (const link of document.querySelectorAll(".st-key-menu a"))
    if (link.getAttribute("href") === data.opened) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
}
