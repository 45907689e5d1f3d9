// A message that a component sends at the moment of a press names the page that is left, and the server stays there:
// a link to a page, wherever it stands, is pressed again until its page is open, or something else is pressed.
const PAGE_LINK = "a[data-testid=stPageLink-NavLink]",
  LOOK = 300, // ms from one look to the next
  TRIES = 5;
let wanted = null, // the link that was pressed last, and how often its page may still be asked for
  isOurs = false;

const pageOf = link => link.getAttribute("href").split(/[?#]/)[0],
  openPage = () => location.pathname.split("/").at(-1);

function remember(event) {
  if (isOurs) return;
  const link = event.target.closest?.(PAGE_LINK),
    isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
  if (!link && !event.isTrusted) return;
  wanted = link && !isElsewhere ? { link, page: pageOf(link), quiet: 0, tries: TRIES } : null;
  if (wanted) setTimeout(reach, LOOK, wanted);
}

function reach(one) {
  if (one !== wanted || one.tries === 0) return;
  const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState,
    others = [...document.querySelectorAll(PAGE_LINK)].filter(link => pageOf(link) === one.page),
    link = others.includes(one.link) ? one.link : others[0];
  if (!link || openPage() === one.page) {
    wanted = null;
    return;
  }
  one.quiet = state === "notRunning" ? one.quiet + 1 : 0;
  if (one.quiet === 2) {
    Object.assign(one, { quiet: 0, tries: one.tries - 1 });
    isOurs = true;
    link.click();
    isOurs = false;
  }
  setTimeout(reach, LOOK, one);
}

if (!window.kernelscopePageLinks) {
  window.kernelscopePageLinks = true;
  document.addEventListener("click", remember, true);
  window.addEventListener("popstate", () => (wanted = null));
}
