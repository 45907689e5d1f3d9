// What is pressed shows at once that it was: the server's word takes its time while a network learns beside it.
const AT_ONCE = { Pause: "Pausing ...", "Go on": "Going on ...", Stop: "Stopping ..." };
const LONGEST_MS = 3000; // then the button says again what it does

// Words over a button until it changes, by the server's word.
function cover(button, words) {
  const place = button.parentElement,
    box = button.getBoundingClientRect(),
    home = place.getBoundingClientRect(),
    look = getComputedStyle(button);
  place.querySelector(".at-once")?.remove();
  const sign = element("span", "at-once", words);
  sign.setAttribute("aria-hidden", "true");
  place.style.position = "relative";
  Object.assign(sign.style, {
    position: "absolute",
    left: `${box.left - home.left + 1}px`,
    top: `${box.top - home.top + 1}px`,
    width: `${box.width - 2}px`,
    height: `${box.height - 2}px`,
    display: "grid",
    placeItems: "center",
    pointerEvents: "none",
    borderRadius: look.borderRadius,
    font: look.font,
    color: look.color,
    background: getComputedStyle(document.querySelector(".stApp") ?? document.body).backgroundColor,
  });
  place.append(sign);
  const before = button.textContent;
  const away = () => {
    observer.disconnect();
    clearTimeout(timer);
    sign.remove();
  };
  const observer = new MutationObserver(() => (button.textContent !== before || button.disabled) && away());
  observer.observe(button, { childList: true, characterData: true, attributes: true, subtree: true });
  const timer = setTimeout(away, LONGEST_MS);
}

if (!window.kernelscopeRunButtons) {
  window.kernelscopeRunButtons = true;
  window.addEventListener("click", event => {
    const button = event.target.closest?.(".st-key-run-buttons button"),
      label = button && Object.keys(AT_ONCE).find(words => button.textContent.endsWith(words));
    if (label) cover(button, AT_ONCE[label]);
  });
}
