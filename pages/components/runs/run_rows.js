// The rows of all runs, for whoever draws them: a base that rarely comes, and what differs from it, which often does.
class Rows {
  constructor() {
    Object.assign(this, { base: null, given: new Map(), changed: { base: null }, all: null });
    Object.assign(this, { heard: new Map(), pointed: null, pointing: new Map() });
  }

  // A new base; null before the first.
  lay(base, rows) {
    if (this.base === base) return;
    this.base = base;
    this.given = new Map(JSON.parse(rows).map(row => [row.id, row]));
    this.tell();
  }

  // What differs from a base; nothing while another one is on its way.
  change(base, changed, gone) {
    const look = JSON.stringify([base, changed, gone]);
    if (this.changed.look === look) return;
    this.changed = { look, base, rows: JSON.parse(changed), gone };
    this.tell();
  }

  tell() {
    this.all = null;
    for (const [root, hear] of this.heard) root.isConnected ? hear() : this.heard.delete(root);
  }

  // Calls back whenever rows change, as long as `root` is on the page.
  listen(root, hear) {
    this.heard.set(root, hear);
  }

  // The run under the pointer, in the table or in the curves; null for none. Both show it.
  point(id) {
    if (this.pointed === id) return;
    this.pointed = id;
    for (const [root, hear] of this.pointing) root.isConnected ? hear(id) : this.pointing.delete(root);
  }

  // Calls back with the run under the pointer, as long as `root` is on the page.
  follow(root, hear) {
    this.pointing.set(root, hear);
  }

  get rows() {
    return (this.all ??= this.merged());
  }

  merged() {
    const found = new Map(this.given);
    if (this.changed.base === this.base) {
      for (const id of this.changed.gone ?? []) found.delete(id);
      for (const row of this.changed.rows ?? []) found.set(row.id, row);
    }
    return [...found.values()];
  }
}
const ROWS = (window.kernelscopeRows ??= new Rows());
