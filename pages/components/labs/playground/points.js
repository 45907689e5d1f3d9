// The points of the playground: drawn from a seed, or read from a table that is pasted. No screen, only numbers.
const { REACH, FEATURES, MOST_OWN, featured, drawnPoints, PointSet, readPoints } = (() => {
  const REACH = 6,
    MOST_OWN = 200; // the plane is -6..6 both ways; points of one's own, which the link has to hold
  const DRAWN = 500,
    SPLIT_FROM = 20; // points of a dataset: half of them are 250 to learn from; fewer own points are all learned from
  const FEATURES = {
    x: x => x,
    y: (_x, y) => y,
    "x²": x => x * x,
    "y²": (_x, y) => y * y,
    x·y: (x, y) => x * y,
    "sin x": x => Math.sin(x),
    "sin y": (_x, y) => Math.sin(y),
  };

  // Each draws `count` points [x, y, class], class 0 or 1.
  const DATASETS = {
    xor(random, noise, count) {
      return Array.from({ length: count }, () => {
        const side = () => {
            const value = (random() * 2 - 1) * 5;
            return value + (value > 0 ? 0.3 : -0.3);
          },
          x = side(),
          y = side();
        return [x + noise * 3 * normal(random), y + noise * 3 * normal(random), +(x * y < 0)];
      });
    },
    circle(random, noise, count) {
      return Array.from({ length: count }, (_, i) => {
        const inside = i % 2,
          radius = inside ? random() * 2.5 : 3.5 + random() * 1.5,
          turn = random() * 2 * Math.PI;
        return [
          radius * Math.sin(turn) + noise * 3 * normal(random),
          radius * Math.cos(turn) + noise * 3 * normal(random),
          inside,
        ];
      });
    },
    gaussians(random, noise, count) {
      return Array.from({ length: count }, (_, i) => {
        const one = i % 2,
          spread = 0.7 + 4 * noise;
        return [(one ? 2 : -2) + spread * normal(random), (one ? 2 : -2) + spread * normal(random), one];
      });
    },
    spirals(random, noise, count) {
      return Array.from({ length: count }, (_, i) => {
        const one = i % 2,
          share = (i >> 1) / (count / 2),
          radius = 5 * share,
          turn = 3.5 * Math.PI * share + (one ? Math.PI : 0);
        return [
          radius * Math.sin(turn) + noise * 2 * normal(random),
          radius * Math.cos(turn) + noise * 2 * normal(random),
          one,
        ];
      });
    },
  };

  // The middle of cell g of a grid with `side` cells, as x and y of the plane.
  const middle = (g, side) => [
    -REACH + (2 * REACH * ((g % side) + 0.5)) / side,
    REACH - (2 * REACH * (Math.floor(g / side) + 0.5)) / side,
  ];

  function featured(features, side) {
    const grid = new Float64Array(side * side * features.length);
    for (let g = 0; g < side * side; g++)
      features.forEach((name, k) => {
        grid[g * features.length + k] = FEATURES[name](...middle(g, side));
      });
    return grid;
  }

  function drawnPoints(name, { own, seed, noise }, count = DRAWN) {
    return name === "own" ? own.map(point => [...point]) : DATASETS[name](generator(seed), noise, count);
  }

  // Which points are kept for testing. A point placed by hand keeps its part when others come.
  function testOf(count, { dataset, share, seed }) {
    const random = generator(seed + 1);
    if (dataset === "own")
      return Array.from({ length: count }, () => {
        const drawn = random();
        return count >= SPLIT_FROM && drawn >= share;
      });
    const order = shuffled(count, random),
      isTest = new Array(count).fill(false);
    order.slice(clamp(Math.round(count * share), 1, count)).forEach(i => {
      isTest[i] = true;
    });
    return isTest;
  }

  // The points that these settings give: all of them, and as a network reads them, those to learn from and those to
  // test it.
  class PointSet {
    constructor(settings) {
      this.points = drawnPoints(settings.dataset, settings);
      this.isTest = testOf(this.points.length, settings);
      this.train = this.packed(settings.features, false);
      this.test = this.packed(settings.features, true);
    }

    of(isTest) {
      return this.points.filter((_, i) => this.isTest[i] === isTest);
    }

    packed(names, isTest) {
      const kept = this.of(isTest),
        features = kept.flatMap(([x, y]) => names.map(name => FEATURES[name](x, y)));
      return { features: Float64Array.from(features), targets: Float64Array.from(kept.map(([, , label]) => label)) };
    }
  }

  // ---- a table that is pasted: a line for each point, its x, its y and its class

  const COLOURS = { 0: 0, orange: 0, 1: 1, blue: 1 };
  const cellsOf = line =>
    line
      .trim()
      .split(/[\t;]/.test(line) ? /\s*[\t;]\s*/ : /\s*,\s*|\s+/)
      .map(cell => cell.replace(/^"(.*)"$/, "$1"));
  const isPlace = text => Math.abs(typed(text ?? "") ?? Infinity) < 1e9;
  const isPoint = ([x, y, label, ...rest]) => isPlace(x) && isPlace(y) && Boolean(label) && !rest.length;

  function wrongLine({ at, cells }) {
    return (
      `Line ${at} should hold two numbers and a class, such as ` +
      `“1.5, −2, blue”; it holds “${cells.join(", ").slice(0, 30)}”.`
    );
  }

  function tooManyClasses(labels) {
    return (
      `These are ${labels.length} classes, ` +
      `${labels.slice(0, 3).join(", ").slice(0, 40)} ...: only two can be learned here.`
    );
  }

  // Returns { points, told } with what was done to them, or { complaint } that names the line.
  function readPoints(text) {
    const rows = text
      .split(/\r?\n/)
      .map((line, i) => ({ cells: cellsOf(line), at: i + 1 }))
      .filter(({ cells }) => cells.some(Boolean));
    if (rows.length > 1 && !rows[0].cells.some(isPlace)) rows.shift(); // the names of the columns
    const wrong = rows.find(({ cells }) => !isPoint(cells)),
      labels = [...new Set(rows.map(({ cells }) => cells[2]?.toLowerCase()))].sort();
    if (!rows.length) return { complaint: "There is nothing yet: paste a line for each point." };
    if (wrong) return { complaint: wrongLine(wrong) };
    if (labels.length > 2) return { complaint: tooManyClasses(labels) };
    const classOf = labels.every(label => Object.hasOwn(COLOURS, label))
      ? label => COLOURS[label]
      : label => labels.indexOf(label);
    return fitted(
      thinned(rows).map(({ cells: [x, y, label] }) => [typed(x), typed(y), classOf(label.toLowerCase())]),
      rows.length,
    );
  }

  // As many as a link has room for, from all over the table.
  function thinned(rows) {
    if (rows.length <= MOST_OWN) return rows;
    return Array.from({ length: MOST_OWN }, (_, i) => rows[Math.floor((i * rows.length) / MOST_OWN)]);
  }

  // Axes that reach beyond the plane are scaled, each to -5..5.
  function fitted(points, count) {
    const told = [
      points.length < count ? `${points.length} of the ${count} points, evenly chosen` : counted(count, "point"),
    ];
    for (const [axis, name] of ["x", "y"].entries()) {
      const values = points.map(point => point[axis]),
        low = Math.min(...values),
        high = Math.max(...values),
        isWide = Math.max(-low, high) > REACH;
      const scaled = value => (high > low ? (10 * (value - low)) / (high - low) - 5 : 0);
      for (const point of points) point[axis] = Number((isWide ? scaled(point[axis]) : point[axis]).toFixed(2));
      if (isWide) told.push(`${name} scaled from ${three(low)} to ${three(high)} down to −5 to 5`);
    }
    return { points, told: `${told.join("; ")}.` };
  }

  return { REACH, FEATURES, MOST_OWN, featured, drawnPoints, PointSet, readPoints };
})();
