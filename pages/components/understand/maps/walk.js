// Keys in the overview: from map to map and from layer to layer. One of all tiles is in the Tab order of the page.
class Walk {
  constructor(overview) {
    Object.assign(this, { overview, network: overview.network });
    const first = overview.tiles.flat()[0];
    if (first) first.tabIndex = 0;
  }

  press(event, arrow) {
    const tile = event.target.closest?.(".tile[role=button]");
    if (!tile) return;
    const [layer, m] = [+tile.dataset.layer, +tile.dataset.map];
    if (event.key === "Enter" || event.key === " ") this.overview.choose(event, layer, m, null);
    else if (event.key === "Home") this.to(tile, layer, this.network.steps[layer].first);
    else if (event.key === "End") this.to(tile, layer, this.network.steps[layer].end - 1);
    else if (arrow) this.step(tile, layer, m, ...arrow);
    else return;
    event.preventDefault();
  }

  // One cell on; at the side of a layer on to the next one.
  step(tile, layer, m, dy, dx) {
    const [row, column] = this.cellOf(layer, m);
    const next = this.at(layer, row + dy, column + dx);
    if (next !== null) this.to(tile, layer, next);
    else if (dx) this.beside(tile, layer, row, dx);
  }

  // In the nearest layer to the left or right that shows something, about the same row.
  beside(tile, layer, row, dx) {
    let other = layer + dx;
    while (this.overview.tiles[other] && !this.overview.tiles[other].length) other += dx;
    if (!this.overview.tiles[other]) return;
    const [rows, across] = this.sides(other);
    const near = Math.min(row, rows - 1);
    const columns = [...Array(across).keys()];
    if (dx < 0) columns.reverse();
    const found = columns.map(column => this.at(other, near, column)).find(m => m !== null);
    this.to(tile, other, found ?? this.network.steps[other].end - 1);
  }

  to(tile, layer, m) {
    const { tiles } = this.overview;
    const next = tiles[layer][this.network.steps[layer].isMap ? m : 0];
    tile.tabIndex = -1;
    Object.assign(next, { tabIndex: 0 });
    next.dataset.map = m;
    if (next === tile) next.onfocus();
    else next.focus();
  }

  // ---- cells: maps row by row, values of a flat layer column by column

  sides(layer) {
    const { rows, across } = this.overview.layouts[layer];
    return [rows ?? Math.ceil(this.network.steps[layer].shown / across), across];
  }

  cellOf(layer, m) {
    const [rows, across] = this.sides(layer);
    const { isMap, first } = this.network.steps[layer];
    const at = m - first;
    return isMap ? [Math.floor(at / across), at % across] : [at % rows, Math.floor(at / rows)];
  }

  // What stands there, null where nothing does.
  at(layer, row, column) {
    const [rows, across] = this.sides(layer);
    if (row < 0 || column < 0 || row >= rows || column >= across) return null;
    const { isMap, first, shown } = this.network.steps[layer];
    const at = isMap ? row * across + column : column * rows + row;
    return at < shown ? first + at : null;
  }
}
