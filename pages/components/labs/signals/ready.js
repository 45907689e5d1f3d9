// Ready signals and kernels.
const FALLING = [1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 7, 8, 9, 10, 11, 10, 11, 12],
  SLOPE = [3, 2, 1, 0, -1, -2, -3];
const rounded = value => Number(value.toFixed(2)) + 0; // + 0: no minus zero

// Two turns in a hundred numbers: fine enough that a kernel of seven sees a slope.
const wave = turn => Array.from({ length: 100 }, (_, i) => Number(turn((2 * Math.PI * i) / 50).toFixed(4)) + 0);

const noise = seed => {
  const random = generator(seed);
  return Array.from({ length: 18 }, (_, i) => rounded((i >= 9 ? 3 : 1) + 0.5 * normal(random)));
};

const READY_SIGNALS = {
  "1, 2, 3": [1, 2, 3],
  "1 to 5": [1, 2, 3, 4, 5],
  "Falling points": FALLING,
  Sine: wave(Math.sin),
  Cosine: wave(Math.cos),
  Impulse: [0, 0, 0, 0, 1, 0, 0, 0, 0],
};

const READY_KERNELS = {
  "Falling point": [-1, 0, 1, 0],
  "2·[−½, ½, 0]": [-1, 1, 0],
  Slope: SLOPE,
  "Moving average": [1 / 3, 1 / 3, 1 / 3],
  "1, 1, 1": [1, 1, 1],
  "1, 2": [1, 2],
};
