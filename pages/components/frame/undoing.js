// The keys and clicks of undo and redo: the buttons are pressed one press after another, so that none is lost during a
// redraw.
const NAMES = { z: "undo", y: "redo" };
const WAIT = 40, // ms between two looks whether the page has been drawn
  PATIENCE = 5000; // ms after which an answer is not waited for any more

// Where the keys undo letters. The field of a menu takes letters too, while its list is open.
const NO_TEXT = ["range", "checkbox", "radio", "color", "file"];
const isClosedMenu = node => node.getAttribute("role") === "combobox" && node.getAttribute("aria-expanded") !== "true";
const isText = node =>
  node?.isContentEditable ||
  node?.tagName === "TEXTAREA" ||
  (node?.tagName === "INPUT" && !NO_TEXT.includes(node.type) && !isClosedMenu(node));
const isBusy = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning";

// One press is answered before the next: what is pressed twice within a message counts once for the server.
const UNDO = (window.kernelscopeUndo ??= { turn: "", waiting: [], isHeard: false });

function work(since) {
  const isAnswered = UNDO.turn !== since.turn || Date.now() - since.at > PATIENCE;
  if (isBusy() || !isAnswered) return setTimeout(work, WAIT, since);
  const name = UNDO.waiting.shift();
  if (!name) {
    UNDO.isWorking = false;
    return;
  }
  const button = document.querySelector(`.st-key-${name} button:not(:disabled)`),
    now = { turn: button ? UNDO.turn : "", at: Date.now() };
  UNDO.isPressing = true;
  button?.click();
  UNDO.isPressing = false;
  setTimeout(work, WAIT, now);
}

function press(event) {
  const name = NAMES[event.key.toLowerCase()],
    at = event.composedPath()[0];
  if (!name || !(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented || isText(at)) return;
  if (!document.querySelector(".st-key-undoing")) return;
  event.preventDefault();
  add(event.shiftKey ? "redo" : name);
}

function click(event) {
  const name = Object.values(NAMES).find(one => event.target.closest?.(`.st-key-${one} button`));
  if (!name || UNDO.isPressing) return;
  event.stopPropagation();
  add(name);
}

function add(name) {
  UNDO.waiting.push(name);
  if (UNDO.isWorking) return;
  UNDO.isWorking = true;
  work({ turn: "", at: 0 });
}

if (!UNDO.isHeard) {
  UNDO.isHeard = true;
  window.addEventListener("click", click, true);
  window.addEventListener("keydown", press); // on the way up, after whatever component has a use for these keys
}

// The turn is another one after every step.
export default function ({ data }) {
  UNDO.turn = data.turn;
}
