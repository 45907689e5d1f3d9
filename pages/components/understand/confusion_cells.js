// The confusion matrix as numbers: what each cell counts, in which order classes stand, what is confused most.
class Cells {
  constructor({ names, cells, part }) {
    Object.assign(this, { names, part });
    this.counts = new Map(cells.map(([row, column, count]) => [row * names.length + column, count]));
    this.actual = Array(names.length).fill(0);
    this.predicted = Array(names.length).fill(0);
    this.right = 0;
    for (const [row, column, count] of cells) {
      this.actual[row] += count;
      this.predicted[column] += count;
      if (row === column) this.right += count;
    }
    this.all = this.actual.reduce((sum, count) => sum + count, 0);
    this.confusions = cells.filter(([row, column]) => row !== column).sort((a, b) => b[2] - a[2] || a[0] - b[0]);
    this.worst = Math.max(0, ...this.confusions.map(([row, , count]) => count / this.actual[row]));
  }

  count = (row, column) => this.counts.get(row * this.names.length + column) ?? 0;

  // Of the images of a class, how many are answered so; NaN for a class without images.
  rate = (row, column) => this.count(row, column) / this.actual[row];

  // How strongly a cell is tinted, 0..1: mistakes among themselves, as the commonest is rare beside what is right.
  tint = (row, column) => {
    const rate = this.rate(row, column) || 0;
    return row === column ? rate : this.worst && rate / this.worst;
  };

  // Places of the classes: as they are, or those with most mistakes first.
  order(byMistakes) {
    const places = [...this.names.keys()];
    const of = at => this.actual[at] + this.predicted[at] - 2 * this.count(at, at);
    return byMistakes ? places.sort((a, b) => of(b) - of(a) || a - b) : places;
  }

  // "cat taken for dog: 12 of 180 images (6.7 %)"
  words(row, column) {
    const { names } = this,
      of = this.actual[row];
    if (!of) return `${names[row]}: no ${this.part} of it`;
    const what = row === column ? `${names[row]}, rightly answered` : `${names[row]} taken for ${names[column]}`;
    const count = this.count(row, column);
    return `${what}: ${grouped(count)} of ${grouped(of)} (${percentText(count / of, 1)})`;
  }
}
