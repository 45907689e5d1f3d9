// Rows of the layer list that are taken to another place, by the pointer or by keys.
const SLACK = 5; // px that a press may wander before it is a drag

function move(state, from, to) {
  const rows = rowsOf(state);
  if (to < 0 || to >= rows.length || to === from) return;
  // The row goes there at once; the numbers follow with the server's answer.
  rows[to][to > from ? "after" : "before"](rows[from]);
  number(state);
  focusRow(state, to);
  say(state, `${rows[from].dataset.kind} moved to place ${to + 1} of ${rows.length}`);
  send(state, { action: "move", at: rows[from].dataset.id, to });
}

function onPress(state, row, press) {
  const byTouch = press.pointerType !== "mouse";
  if (press.button !== 0 || (byTouch && !press.target.closest(".grip"))) return;
  const rows = rowsOf(state),
    from = rows.indexOf(row),
    list = row.parentElement;
  if (press.shiftKey) {
    press.preventDefault();
    markTo(state, state.focus ?? state.component.data.selected ?? 0, from);
    return;
  }
  const top = () => list.getBoundingClientRect().top;
  const places = rows.map(one => ({ top: one.offsetTop, height: one.offsetHeight }));
  const start = press.clientY - top();
  let to = from;

  const follow = event => {
    const shift = event.clientY - top() - start;
    if (!state.isDragged && Math.abs(shift) < SLACK) return;
    if (!state.isDragged) {
      state.isDragged = true;
      unmark(state);
      row.setPointerCapture(press.pointerId);
      list.classList.add("sorting");
      row.classList.add("dragged");
    }
    event.preventDefault();
    const middle = places[from].top + places[from].height / 2 + shift;
    to = places.filter((place, i) => i !== from && place.top + place.height / 2 < middle).length;
    rows.forEach((one, i) => {
      const makesRoom =
        i === from ? shift : i > from && i <= to ? -places[from].height : i < from && i >= to ? places[from].height : 0;
      one.style.transform = makesRoom ? `translateY(${makesRoom}px)` : "";
    });
  };
  const end = keep => {
    window.removeEventListener("pointermove", follow);
    window.removeEventListener("pointerup", drop);
    window.removeEventListener("pointercancel", cancel);
    window.removeEventListener("keydown", giveUp, true);
    if (!state.isDragged) return;
    state.isDragged = false;
    list.classList.remove("sorting");
    row.classList.remove("dragged");
    rows.forEach(one => {
      one.style.transform = "";
    });
    if (keep && to !== from) move(state, from, to);
    else state.gestures.draw(() => draw(state));
  };
  const drop = () => {
    const dragged = state.isDragged;
    end(true);
    if (!dragged && !byTouch) select(state, placeOf(state, row));
  };
  const cancel = () => end(false);
  const giveUp = event => {
    if (event.key === "Escape") {
      event.stopPropagation();
      end(false);
    }
  };
  window.addEventListener("pointermove", follow);
  window.addEventListener("pointerup", drop);
  window.addEventListener("pointercancel", cancel);
  window.addEventListener("keydown", giveUp, true);
}
