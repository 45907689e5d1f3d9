// What is pressed in a component waits its turn. Every gesture has a number; the list of those that the server has not
// answered yet travels with every message to it, so that none depends on one message arriving; the server does each
// once, in order. The line of gestures outlives the component's nodes: a page that is drawn anew loses none.
const GESTURES = (window.kernelscopeGestures ??= new Map());

class Gestures {
  // The one line of the component that names itself so in its data.
  static of(component) {
    const { queue } = component.data.gestures;
    if (!GESTURES.has(queue)) GESTURES.set(queue, new Gestures());
    return GESTURES.get(queue);
  }

  constructor() {
    this.line = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.count = 0;
    this.unanswered = [];
    this.root = null;
    this.isPressed = false;
    this.late = null; // a drawing that waits for the release
  }

  // Takes in what the server has answered; called whenever it draws the component.
  hear(component) {
    const isAnew = this.root !== component.parentElement,
      done = component.data.gestures.answered[this.line] ?? 0;
    this.root = component.parentElement;
    this.component = component;
    this.unanswered = this.unanswered.filter(gesture => gesture.n > done);
    if (isAnew) this.watch();
    if (isAnew && this.unanswered.length) this.tell();
    return this;
  }

  // A node that is replaced between press and release gets no click: drawing waits until after that.
  watch() {
    const press = () => (this.isPressed = true);
    this.root.addEventListener("pointerdown", press, true);
    this.root.addEventListener("keydown", event => event.key === " " && press(), true);
    if (this.isWatched) return;
    this.isWatched = true;
    const release = () =>
      setTimeout(() => {
        this.isPressed = false;
        this.late?.();
        this.late = null;
      });
    for (const name of ["pointerup", "pointercancel", "keyup", "blur"]) window.addEventListener(name, release, true);
  }

  // Draws as soon as nothing is pressed.
  release(drawing) {
    if (this.isPressed) this.late = drawing;
    else drawing();
  }

  // Draws what the server says, unless what was asked since is not in it yet.
  draw(drawing) {
    this.release(() => this.waits || drawing());
  }

  get waits() {
    return this.unanswered.length > 0;
  }

  // Asks the server for a gesture; returns a name that no other has.
  send(gesture) {
    const n = ++this.count;
    this.unanswered.push({ ...gesture, line: this.line, n });
    this.tell();
    return `${this.line}:${n}`;
  }

  // The same for what follows the pointer: of those with one action the newest takes the place of all before it.
  sendNewest(gesture) {
    this.unanswered = this.unanswered.filter(({ action }) => action !== gesture.action);
    return this.send(gesture);
  }

  // Whether the server has put in something new since this was asked: whoever added it goes on there.
  hasNew(added) {
    const isNew = added > (this.added ?? 0);
    this.added = added;
    return isNew;
  }

  tell() {
    this.component.setStateValue("gestures", [...this.unanswered]);
  }
}
