// Slides a window over a map on demand: begins paused, waits while a pixel is pointed at, ends with the last pixel.
const SPEEDS = [
  ["slow", 2],
  ["normal", 8],
  ["fast", 40],
]; // pixels per second

class Player {
  // places: how many pixels there are, in reading order. move: called with the number of one; null when it is over.
  constructor(places, move) {
    Object.assign(this, { places, move, at: 0, speed: SPEEDS[1][1], isPlaying: false, isHeld: false });
    this.button = element("button", "play");
    Object.assign(this.button, { type: "button", onclick: () => this.toggle() });
    const speeds = element("select");
    speeds.setAttribute("aria-label", "Speed");
    for (const [words, speed] of SPEEDS) speeds.append(new Option(words, speed, speed === this.speed));
    speeds.value = this.speed;
    speeds.onchange = () => {
      this.speed = +speeds.value;
    };
    this.node = element("div", "player", this.button, speeds);
    this.tell();
  }

  tell() {
    this.button.textContent = this.isPlaying ? "❚❚ Pause" : "▶ Slide the window";
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  play() {
    if (this.at >= this.places) this.at = 0;
    Object.assign(this, { isPlaying: true, isHeld: false, before: null });
    this.tell();
    this.ask();
  }

  pause() {
    this.isPlaying = false;
    this.tell();
  }

  // Is over: everything is seen again.
  stop() {
    this.pause();
    this.at = 0;
    this.move(null);
  }

  // While a pixel is pointed at it waits.
  hold(isHeld) {
    this.isHeld = isHeld;
  }

  ask() {
    requestAnimationFrame(now => this.tick(now));
  }

  tick(now) {
    if (!this.isPlaying || !this.node.isConnected) return;
    const passed = Math.min(250, now - (this.before ?? now));
    this.before = now;
    if (!this.isHeld) {
      const place = Math.floor(this.at);
      if (place >= this.places) {
        this.stop();
        return;
      }
      if (place !== this.shown) this.move(place);
      this.shown = place;
      this.at += (passed * this.speed) / 1000;
    }
    this.ask();
  }
}
