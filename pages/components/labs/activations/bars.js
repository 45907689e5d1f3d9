// Bars that follow the pointer and the keys.
// Ten bars below each other. With onMove(row, value, first) they follow the pointer and the keys: left, right, Home and
// End move a bar, up and down go to the next.
class Bars {
  constructor({ label, signed = false, onMove = null, onRelease = null }) {
    Object.assign(this, { label, signed, onMove, onRelease, values: [], limit: 1 });
    this.tracks = Array.from({ length: 10 }, (_, i) => this.track(i));
    this.node = element("div", `tracks${signed ? " signed" : ""}`, ...this.tracks);
  }

  track(i) {
    const track = element("div", "track", element("i"), element("u"));
    track.setAttribute("role", this.onMove ? "slider" : "img");
    track.setAttribute("aria-label", `${this.label} of class ${i}`);
    if (!this.onMove) return track;
    track.tabIndex = i ? -1 : 0;
    track.setAttribute("aria-valuemin", -LARGEST_LOGIT);
    track.setAttribute("aria-valuemax", LARGEST_LOGIT);
    const follow = event => {
      const { left, width } = track.getBoundingClientRect();
      this.onMove(
        i,
        clamp(
          Number((((event.clientX - left) / width) * 2 * this.limit - this.limit).toFixed(1)),
          -this.limit,
          this.limit,
        ),
        false,
      );
    };
    track.onpointerdown = event => {
      if (event.button) return;
      track.setPointerCapture(event.pointerId);
      this.held = true;
      this.onMove(i, this.values[i], true);
      follow(event);
    };
    track.onpointermove = event => {
      if (this.held) follow(event);
    };
    track.onfocus = () =>
      this.tracks.forEach((one, at) => {
        one.tabIndex = at === i ? 0 : -1;
      });
    track.onpointerup = track.onpointercancel = () => {
      this.held = false;
      this.onRelease();
    };
    track.onkeydown = event => this.press(event, i);
    return track;
  }

  press(event, i) {
    const far = 2 * LARGEST_LOGIT,
      by = { ArrowRight: 0.1, ArrowLeft: -0.1, PageUp: 1, PageDown: -1, Home: -far, End: far }[event.key];
    const next = this.tracks[i + ({ ArrowUp: -1, ArrowDown: 1 }[event.key] ?? NaN)];
    if (by || next) event.preventDefault();
    next?.focus();
    if (by) this.onMove(i, Number(clamp(this.values[i] + by, -LARGEST_LOGIT, LARGEST_LOGIT).toFixed(6)), true);
  }

  // Where eyes see a length, a screen reader says the number.
  read(track, i, value) {
    if (!this.onMove) {
      track.setAttribute("aria-label", `${this.label} of class ${i}: ${three(value)}`);
      return;
    }
    track.setAttribute("aria-valuenow", value);
    track.setAttribute("aria-valuetext", three(value));
  }

  // before: where the bars stood, marked by a line; null for no mark.
  show(values, limit, before = null) {
    Object.assign(this, { values, limit });
    const place = value => (this.signed ? 50 + (50 * value) / limit : (100 * value) / limit);
    this.tracks.forEach((track, i) => {
      const [bar, mark] = track.childNodes,
        from = this.signed ? 50 : 0,
        to = place(values[i]);
      const moved = before && Math.abs(before[i] - values[i]) > 1e-9;
      Object.assign(bar.style, { left: `${Math.min(from, to)}%`, width: `${Math.abs(to - from)}%` });
      bar.classList.toggle("less", values[i] < 0);
      mark.hidden = !moved;
      if (moved) mark.style.left = `${clamp(place(before[i]), 0, 100)}%`;
      this.read(track, i, values[i]);
    });
  }
}
