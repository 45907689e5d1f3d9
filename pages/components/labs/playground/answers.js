// What the units of the network answer: at one place, and all over the plane. No screen, only numbers.
const GRID = 40,
  FINE_GRID = 100; // cells of a surface, and of the large one at rest

class Answers {
  // From now on those of this network, which sees these features of a place.
  begin(network, features) {
    if (!same(features, this.features))
      Object.assign(this, { features, grid: featured(features, GRID), fineGrid: null });
    this.network = network;
    // by layer and unit
    this.surfaces = network.shape.map(units => Array.from({ length: units }, () => new Float32Array(GRID * GRID)));
  }

  // Of all units at one place, layer by layer.
  at(point) {
    const { network } = this;
    this.features.forEach((name, k) => {
      network.acts[0][k] = FEATURES[name](...point);
    });
    network.forward();
    return network.acts;
  }

  // One pass over the grid gives the surface of every unit.
  fill() {
    const { network, grid, surfaces } = this,
      inputs = network.shape[0],
      from = network.acts[0],
      depth = surfaces.length;
    for (let g = 0, at = 0; g < GRID * GRID; g++) {
      for (let k = 0; k < inputs; k++) from[k] = grid[at++];
      network.forward();
      for (let l = 0; l < depth; l++) {
        const acts = network.acts[l],
          layer = surfaces[l];
        for (let j = 0; j < layer.length; j++) layer[j][g] = acts[j];
      }
    }
    const answers = surfaces[depth - 1][0];
    for (let g = 0; g < answers.length; g++) answers[g] = 2 * answers[g] - 1; // a probability, centred for its colours
  }

  // The surface of one unit in fine cells.
  finely([l, j]) {
    const { network } = this,
      inputs = network.shape[0],
      values = new Float32Array(FINE_GRID * FINE_GRID),
      isOutput = this.isOutput(l);
    this.fineGrid ??= featured(this.features, FINE_GRID);
    for (let g = 0; g < values.length; g++) {
      for (let k = 0; k < inputs; k++) network.acts[0][k] = this.fineGrid[g * inputs + k];
      network.forward();
      values[g] = isOutput ? 2 * network.acts[l][j] - 1 : network.acts[l][j];
    }
    return values;
  }

  isOutput(l) {
    return l === this.surfaces.length - 1;
  }

  // The value that has full colour.
  limit(l, values) {
    return l === 0 ? largest(values) : this.isOutput(l) ? 1 : Math.max(1, largest(values));
  }

  // Where two colours meet: a sigmoid inside the network answers 0 to 1, the other units and the output around 0.
  // Features keep their shades.
  edge(l) {
    if (l === 0) return null;
    return this.network.activation === "sigmoid" && !this.isOutput(l) ? 0.5 : 0;
  }
}
