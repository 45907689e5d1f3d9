// The row above the network: learning starts and stops here, and layers come and go.
const PACES = [4, 20, 60, 250, Infinity]; // epochs a second
const MOST_LAYERS = 6;

class Controls {
  constructor(lab) {
    this.playButton = button("Play", () => (lab.playing ? lab.pause() : lab.play()), "play");
    this.slider = Object.assign(element("input"), { type: "range", min: 0, max: PACES.length - 1, step: 1, value: 2 });
    this.slider.setAttribute("aria-label", "Speed");
    this.count = element("b", "count");
    this.back = button("Back to before it broke", () => lab.recover());
    this.back.classList.add("primary");
    this.node = element(
      "div",
      "row middle controls",
      this.player(lab),
      element("span", "", "epoch ", this.count),
      this.layers(lab),
      this.back,
    );
  }

  player(lab) {
    const again = button("Begin again, same seed", () => lab.beginAgain(), "reset"),
      next = button("One epoch", () => lab.once(), "next");
    const player = element(
      "div",
      "player",
      again,
      this.playButton,
      next,
      element("label", "speed", "Speed", this.slider),
    );
    player.setAttribute("role", "group");
    player.setAttribute("aria-label", "Learning");
    return player;
  }

  layers(lab) {
    this.layerCount = element("span", "");
    this.fewer = button("−", () => lab.set({ hidden: lab.settings.hidden.slice(0, -1) }));
    this.more = button("+", () => lab.set({ hidden: [...lab.settings.hidden, 4] }));
    this.fewer.setAttribute("aria-label", "One layer less");
    this.more.setAttribute("aria-label", "One layer more");
    return element("span", "layers", this.fewer, this.layerCount, this.more);
  }

  get pace() {
    return PACES[this.slider.value];
  }

  showPlaying(isOn) {
    const label = isOn ? "Pause" : "Play";
    this.playButton.replaceChildren(icon(isOn ? "pause" : "play"));
    this.playButton.title = label;
    this.playButton.setAttribute("aria-label", label);
  }

  showEpoch(epoch) {
    this.count.textContent = grouped(epoch);
  }
  showBroken(isBroken) {
    this.back.hidden = !isBroken;
  }

  showLayers(count) {
    [this.fewer.disabled, this.more.disabled] = [!count, count === MOST_LAYERS];
    this.layerCount.textContent = counted(count, "hidden layer");
  }
}
