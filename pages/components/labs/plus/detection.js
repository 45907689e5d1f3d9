// Marks drawn with noise, the answer of a kernel to them, and its peaks: no screen, only numbers.
const SHAPES = {
  "+": [
    [0, 0],
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
  ],
  "×": [
    [0, 0],
    [-1, -1],
    [-1, 1],
    [1, -1],
    [1, 1],
  ],
};

// White marks on black; what reaches over the border is cut off.
function drawnMarks(marks, size) {
  const plane = zeros(size * size);
  for (const { row, column, shape } of marks)
    for (const [down, right] of SHAPES[shape]) {
      const y = row + down,
        x = column + right;
      if (y >= 0 && x >= 0 && y < size && x < size) plane[y * size + x] = 1;
    }
  return plane;
}

// As many draws, evenly spread from 0 to 1.
const evens = (seed, count) => {
  const random = generator(seed);
  return Float64Array.from({ length: count }, random);
};

function responsesTo(plane, size, kernel) {
  return convolve2d({ height: size, width: size, planes: [plane] }, { size: 3, planes: [kernel] }, { padding: "same" })
    .values;
}

// Places that no neighbour exceeds: where max pooling over 3x3 changes nothing.
function maximaOf(values, size, threshold) {
  const highest = pool2d(values, size, size, { size: 3, stride: 1, padding: "same" }).values,
    found = [];
  values.forEach((value, i) => {
    if (value === highest[i] && value >= threshold) found.push([Math.floor(i / size), i % size]);
  });
  return found;
}
