// Rows of the layer list that are taken to another place, by the pointer or by keys.
const SLACK = 5; // px that a press may wander before it is a drag

// The rows that go with one to another place: all that are marked, where they stand one behind another, or it alone.
function together(state, row) {
  const rows = rowsOf(state),
    ids = meant(state, row),
    places = rows.flatMap((one, at) => (ids.includes(one.dataset.id) ? [at] : []));
  return places.at(-1) - places[0] + 1 === places.length ? places.map(at => rows[at]) : [row];
}

function step(state, row, by) {
  const taken = together(state, row);
  move(state, row, taken, rowsOf(state).indexOf(taken[0]) + by);
}

// Rows go there at once, the first of them to that place; the numbers follow with the server's answer.
function move(state, row, taken, to) {
  const rows = rowsOf(state),
    rest = rows.filter(one => !taken.includes(one));
  if (to < 0 || to > rest.length || to === rows.indexOf(taken[0])) return;
  if (to < rest.length) rest[to].before(...taken);
  else rest.at(-1).after(...taken);
  number(state);
  focusRow(state, placeOf(state, row));
  const what = taken.length > 1 ? layers(taken.length) : row.dataset.kind;
  say(state, `${what} moved to place ${to + 1} of ${rows.length}`);
  send(state, { action: "move", at: idOf(row), ids: taken.map(idOf), to });
}

function onPress(state, row, press) {
  const byTouch = press.pointerType !== "mouse";
  if (press.button !== 0) return;
  if (byTouch && !press.target.closest(".grip")) {
    markByHolding(state, row, press);
    return;
  }
  const rows = rowsOf(state),
    list = row.parentElement;
  if (press.shiftKey) {
    press.preventDefault();
    markTo(state, state.focus ?? state.component.data.selected ?? 0, rows.indexOf(row));
    return;
  }
  const top = () => list.getBoundingClientRect().top,
    taken = together(state, row),
    first = rows.indexOf(taken[0]),
    last = first + taken.length - 1,
    places = rows.map(one => ({ top: one.offsetTop, height: one.offsetHeight })),
    height = places[last].top + places[last].height - places[first].top,
    half = places[rows.indexOf(row)].height / 2,
    start = press.clientY - top();
  let to = first;

  const follow = event => {
    const shift = event.clientY - top() - start;
    if (!state.isDragged && Math.abs(shift) < SLACK) return;
    if (!state.isDragged) {
      state.isDragged = true;
      if (taken.length === 1) unmark(state);
      row.setPointerCapture(press.pointerId);
      list.classList.add("sorting");
      for (const one of taken) one.classList.add("dragged");
    }
    event.preventDefault();
    // A row is passed as soon as half of the outermost one that is dragged is past its middle.
    const ends = { above: places[first].top + shift + half, below: places[first].top + height + shift - half };
    const isPassed = (place, i) => place.top + place.height / 2 < (i < first ? ends.above : ends.below);
    to = places.filter((place, i) => (i < first || i > last) && isPassed(place, i)).length;
    rows.forEach((one, i) => {
      const isTaken = i >= first && i <= last,
        up = i > last && i - taken.length < to,
        down = i < first && i >= to;
      const away = isTaken ? shift : up ? -height : down ? height : 0;
      one.style.transform = away ? `translateY(${away}px)` : "";
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
    for (const one of taken) one.classList.remove("dragged");
    rows.forEach(one => {
      one.style.transform = "";
    });
    if (keep && to !== first) move(state, row, taken, to);
    else state.gestures.draw(() => draw(state));
  };
  const drop = () => {
    const dragged = state.isDragged;
    end(true);
    if (!dragged && !byTouch) tap(state, row);
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
