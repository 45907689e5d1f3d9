// Where layers stand: each right of all that it reads, branches below each other, and a new region where they meet.

// How far each step stands from the picture, along the longest way.
function ranksOf(steps) {
  const ranks = [];
  for (const { sources } of steps) ranks.push(1 + Math.max(-1, ...sources.map(source => ranks[source])));
  return ranks;
}

// The regions of a network from left to right, without its answer: { layers, columns, lanes, under }. A step alone at
// its rank that no connection passes by is a region of its own; between such steps branches stand below each other.
// Also `places` by step, { region, column, lane }, `ranks`, and `tracks`: which way under a region a connection takes.
function graphOf(steps) {
  const ranks = ranksOf(steps);
  const { tracks, under } = tracksOf(steps, ranks);
  const at = under.map(() => []);
  for (let i = 0; i < steps.length - 1; i++) at[ranks[i]].push(i);
  const regions = [];
  let isOpen = false;
  at.forEach((layers, rank) => {
    if (!layers.length) return;
    const isAlone = layers.length === 1 && !under[rank];
    if (isAlone || !isOpen) regions.push({ ranks: [], under: 0 });
    const region = regions.at(-1);
    region.ranks.push(layers);
    region.under = Math.max(region.under, under[rank]);
    isOpen = !isAlone;
  });
  const places = [];
  regions.forEach((region, i) => Object.assign(region, laned(steps, region.ranks, i, places)));
  return { regions, places, ranks, tracks };
}

// Connections that pass layers by: for each, by "from to", the first track that is free all along; and how many each
// rank needs.
function tracksOf(steps, ranks) {
  const connections = steps.flatMap(({ sources }, to) => sources.map(from => [from, to]));
  const long = connections.filter(([from, to]) => ranks[to] - ranks[from] > 1);
  long.sort(([a, b], [c, d]) => ranks[b] - ranks[a] - (ranks[d] - ranks[c]));
  const taken = Array.from({ length: Math.max(...ranks) + 1 }, () => new Set());
  const tracks = new Map();
  for (const [from, to] of long) {
    const passed = taken.slice(ranks[from] + 1, ranks[to]);
    let track = 0;
    while (passed.some(some => some.has(track))) track++;
    for (const some of passed) some.add(track);
    tracks.set(`${from} ${to}`, track);
  }
  return { tracks, under: taken.map(some => Math.max(-1, ...some) + 1) };
}

// Gives each step of a region its column and its lane: that of the branch it goes on with, or the first free one.
function laned(steps, ranked, region, places) {
  const layers = [];
  let lanes = 1;
  ranked.forEach((some, column) => {
    const taken = new Set();
    const fromHere = layer => steps[layer].sources.map(one => places[one]).find(one => one?.region === region);
    const lanesHad = new Map(some.map(layer => [layer, fromHere(layer)?.lane ?? Infinity]));
    const order = [...some].sort((a, b) => lanesHad.get(a) - lanesHad.get(b) || a - b);
    for (const layer of order) {
      let lane = fromHere(layer)?.lane ?? 0;
      while (taken.has(lane)) lane++;
      taken.add(lane);
      places[layer] = { region, column, lane };
      lanes = Math.max(lanes, lane + 1);
      layers.push(layer);
    }
  });
  return { layers: layers.sort((a, b) => a - b), columns: ranked.length, lanes };
}
