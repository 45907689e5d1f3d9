// What is advised beside a row of the layer list: a line with its cause folded under it, ways to follow it, and a way
// to decline it. What was unfolded stays so through redraws.
function adviceNote(state, row, { key, sentence, why, source, fixes }) {
  state.unfolded ??= new Set();
  const note = element("div", "note advice");
  const mark = element("span", "mark", "i");
  mark.setAttribute("aria-hidden", "true");
  const cause = element("div", "cause", why);
  if (source) cause.append(element("span", "source", source));
  const asked = button("plain", "Why?", "Why?", () => {
    if (!state.unfolded.delete(key)) state.unfolded.add(key);
    show();
  });
  const show = () => {
    cause.hidden = !state.unfolded.has(key);
    asked.setAttribute("aria-expanded", String(!cause.hidden));
  };
  show();
  const answer = (action, value) => mend(state, { action, at: row.id, field: key, value });
  const chosen = fixes.map((label, place) => button("fix", label, label, () => answer("follow", place)));
  const declined = button("plain", "Not for me", "Not for me: don't say this again", () => answer("decline", null));
  const said = element("div", "sentence");
  said.append(mark, element("b", "", "Advice: "), sentence, " ", asked);
  const fixing = element("div", "fixes");
  fixing.append(...chosen, declined);
  note.append(said, cause, fixing);
  // The row is selected by a press, and moved by the keyboard: neither is meant here.
  note.addEventListener("pointerdown", event => event.stopPropagation());
  note.addEventListener("click", event => event.stopPropagation());
  return note;
}
