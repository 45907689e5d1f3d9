// The tasks of a lab. A deed, { words, hint, done: () => bool }, is marked by itself. A question, { words, choices,
// right, why, hint, until }, is answered before what it asks for is seen: right is the place of the right choice, from
// 0; why is told then. A wrong guess is counted for all to see and closes the choice until something has been tried,
// or, with until: { words, done: () => bool }, until that has been. A task may bring along asked: a NumberQuestion.
// Marks stay in this browser, over a reload too; one machine may serve a class, so whoever comes next can clear them.
const TICKS = "kernelscope-ticks"; // { lab: { task: { done, wrong, closed } } }
let unkept = {}; // where a browser keeps nothing

class Ticks {
  constructor(lab) {
    this.lab = lab;
    this.kept = this.read();
  }

  // Of one task; what is stored is not ours alone to write.
  of(task) {
    const { done, wrong, closed } = this.kept[this.lab]?.[task] ?? {};
    return { done: done === true, wrong: Number.isInteger(wrong) && wrong > 0 ? wrong : 0, closed: closed === true };
  }

  note(task, changes) {
    const all = this.read(), // another tab may have written meanwhile
      known = all[this.lab];
    all[this.lab] = { ...(known instanceof Object ? known : {}), [task]: { ...this.of(task), ...changes } };
    this.write(all);
  }

  read() {
    try {
      const all = JSON.parse(localStorage.getItem(TICKS) ?? "{}");
      return all instanceof Object && !Array.isArray(all) ? all : {};
    } catch {
      return unkept;
    }
  }

  write(all) {
    this.kept = unkept = all;
    try {
      localStorage.setItem(TICKS, JSON.stringify(all));
    } catch {} // closed or full: they last as long as the page
  }

  get areThere() {
    return Object.keys(this.kept).length > 0;
  }
}

class TaskRow {
  constructor(task, { ticks, tries, onAnswer }) {
    Object.assign(this, { task, ticks, tries, onAnswer, tick: element("span", "tick"), closedAt: tries() });
    const hint = element("details", "hint", element("summary", "", "Hint"), element("span", "", task.hint ?? ""));
    this.node = element("li", "", this.tick, element("span", "", task.words));
    if (task.choices) this.node.append(this.question());
    if (task.asked) {
      this.node.append(task.asked.node);
      task.asked.onDone = onAnswer;
    }
    if (task.hint) this.node.append(hint);
    this.isDone = null;
  }

  question() {
    const { words: text, choices } = this.task;
    this.buttons = choices.map((choice, i) => button(choice, () => this.answer(i)));
    this.told = element("span", "judged");
    this.told.setAttribute("role", "status");
    const group = element("div", "answers", ...this.buttons);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", text);
    return element("div", "question", group, this.told);
  }

  answer(i) {
    const { words: name, right, choices } = this.task,
      { wrong } = this.ticks.of(name);
    if (i === right) this.ticks.note(name, { done: true, closed: false });
    else {
      this.missed = choices[i];
      this.closedAt = this.tries();
      this.ticks.note(name, { wrong: wrong + 1, closed: true });
    }
    this.onAnswer();
  }

  // A task once done stays done: going on playing must not take the mark away.
  judge() {
    const { words: name, done } = this.task;
    if (done && !this.ticks.of(name).done && done()) this.ticks.note(name, { done: true });
    if (this.task.choices) this.judgeQuestion();
    const isDone = this.ticks.of(name).done;
    if (isDone === this.isDone) return;
    this.isDone = isDone;
    if (isDone) this.task.asked?.finish();
    this.node.classList.toggle("done", isDone);
    this.tick.replaceChildren(isDone ? icon("check") : "");
    this.tick.setAttribute("aria-label", isDone ? "done" : "");
  }

  judgeQuestion() {
    const { words: name, until, right } = this.task,
      hasTried = this.tries() > this.closedAt && (until?.done() ?? true);
    if (this.ticks.of(name).closed && hasTried) this.ticks.note(name, { closed: false });
    const { done, wrong, closed } = this.ticks.of(name);
    this.buttons.forEach((one, i) => {
      one.disabled = closed || done;
      one.classList.toggle("chosen", done && i === right);
    });
    const said = this.verdict(done, wrong, closed);
    if (said !== this.told.textContent) this.told.textContent = said;
  }

  verdict(done, wrong, closed) {
    const { why, until } = this.task,
      guesses = wrong === 1 ? "1 wrong guess" : `${wrong} wrong guesses`;
    if (done) return `${why}${wrong ? ` (After ${guesses}.)` : ""}`;
    if (!closed) return wrong ? `Open again, after ${guesses}.` : "";
    const first = this.missed ? `Not “${this.missed}”. ` : "";
    return `${first}${guesses}: closed until you ${until?.words ?? "change something here and look"}.`;
  }
}

class TaskList {
  // tasks: as above; tries(): how often something has been changed in the lab.
  constructor(lab, tasks, tries) {
    this.ticks = new Ticks(lab);
    this.rows = tasks.map(task => new TaskRow(task, { ticks: this.ticks, tries, onAnswer: () => this.judge() }));
    const clear = button("Clear all ticks", () => this.clear());
    clear.title = "Those of every lab, for whoever learns here next. This lab opens anew.";
    this.kept = element("p", "kept", element("small", "", "Ticks stay in this browser, whoever uses it. "), clear);
    const list = element("ul", "tasks", ...this.rows.map(({ node }) => node));
    this.nodes = tasks.length ? [element("h3", "", "Try it"), list, this.kept] : [];
    this.kept.hidden = true;
  }

  judge() {
    for (const row of this.rows) row.judge();
    this.kept.hidden = !this.ticks.areThere;
  }

  // What was done here would be marked again at once: the page begins anew, without what its address says of the lab.
  clear() {
    this.ticks.write({});
    const address = new URL(location.href);
    address.searchParams.delete("lab");
    location.assign(address);
  }
}
