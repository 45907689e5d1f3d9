// Pooling as arithmetic: no screen, only numbers.
// Every channel on its own. settings: { operation, size, stride, padding }. Returns { height, width, planes, winners };
// null where no window fits.
function pooled({ height, width, planes }, { operation, size, stride, padding }) {
  const kind = operation.replace("global ", "");
  if (operation.startsWith("global")) {
    const maps = planes.map(plane => {
      let best = 0;
      plane.forEach((value, i) => {
        if (value > plane[best]) best = i;
      });
      return { best, mean: mean(plane) };
    });
    return {
      height: 1,
      width: 1,
      planes: maps.map((map, c) => Float64Array.of(kind === "max" ? planes[c][map.best] : map.mean)),
      winners: maps.map(map => [kind === "max" ? map.best : -1]),
    };
  }
  const maps = planes.map(plane => pool2d(plane, height, width, { size, stride, padding, kind }));
  return maps[0].values.length
    ? {
        height: maps[0].height,
        width: maps[0].width,
        planes: maps.map(map => map.values),
        winners: maps.map(map => map.winners),
      }
    : null;
}

// The picture moved by whole pixels; at the border its last row and column are repeated.
function movedBy({ height, width, planes }, down, right) {
  const from = (y, x) => clamp(y - down, 0, height - 1) * width + clamp(x - right, 0, width - 1);
  return {
    height,
    width,
    planes: planes.map(plane => plane.map((_, i) => plane[from(Math.floor(i / width), i % width)])),
  };
}

// How far two equally large images are from each other: { count, changed, mean }.
function changes(a, b) {
  let count = 0,
    changed = 0,
    sum = 0;
  a.planes.forEach((plane, c) =>
    plane.forEach((value, i) => {
      const by = Math.abs(value - b.planes[c][i]);
      count++;
      sum += by;
      if (by > COUNTS) changed++;
    }),
  );
  return { count, changed, mean: sum / count };
}

// Of the windows in which the move changed a pixel, how many still give the same number.
function kept(image, moved, settings) {
  const touched = pooled(
      {
        ...image,
        planes: image.planes.map((plane, c) => plane.map((value, i) => Math.abs(value - moved.planes[c][i]))),
      },
      { ...settings, operation: "max" },
    ),
    [before, after] = [pooled(image, settings), pooled(moved, settings)];
  let all = 0,
    same = 0;
  touched.planes.forEach((plane, c) =>
    plane.forEach((by, i) => {
      if (!by) return;
      all++;
      if (Math.abs(before.planes[c][i] - after.planes[c][i]) < 1e-12) same++;
    }),
  );
  return { all, same };
}

// One plane of signed differences, the mean of the channels.
function difference(a, b) {
  return a.planes[0].map((_, i) => mean(a.planes, plane => plane[i]) - mean(b.planes, plane => plane[i]));
}
