// Signed values: negative orange, zero the page's own background, positive blue; and numbers in three digits.
const LIGHT = { negative: rgbOf(TOKENS.negative), positive: rgbOf(TOKENS.positive) };
const DARK = { negative: rgbOf(TOKENS["negative-on-dark"]), positive: rgbOf(TOKENS["positive-on-dark"]) };

function isDark(host) {
  const pen = element("canvas").getContext("2d", { willReadFrequently: true });
  pen.fillStyle = getComputedStyle(host).getPropertyValue("--st-background-color").trim() || "#fff";
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}

// Small values are raised a little, as most values of a map are small; the legend's ramp is painted the same way.
const strength = (value, limit) => Math.min(1, Math.abs(value) / limit) ** 0.7;
const FINE = 4096,
  // a photo has too many pixels for a power of each
  ALPHAS = Uint8Array.from({ length: FINE + 1 }, (_, i) => 255 * strength(i, FINE));
const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const ends = dark => (dark ? DARK : LIGHT);
const css = colour => `rgb(${colour.join(",")})`;

// Zero is transparent, so that the page shows through; a value at the limit has its full colour.
function paint(canvas, values, height, width, limit, dark) {
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d"),
    image = pen.createImageData(width, height);
  const { negative, positive } = ends(dark),
    scale = FINE / limit;
  for (let i = 0; i < values.length; i++) {
    const [r, g, b] = values[i] < 0 ? negative : positive;
    image.data[4 * i] = r;
    image.data[4 * i + 1] = g;
    image.data[4 * i + 2] = b;
    image.data[4 * i + 3] = ALPHAS[Math.min(FINE, Math.abs(values[i]) * scale) | 0];
  }
  pen.putImageData(image, 0, 0);
}

// A tint for one number's background.
function tint(value, limit, dark) {
  const colour = value < 0 ? ends(dark).negative : ends(dark).positive;
  return `rgba(${colour.join(",")},${0.7 * strength(value, limit)})`;
}

function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most || 1e-9;
}

// The end of a colour scale: as the values have it, and while a film plays the largest since it began, so that a colour
// means the same in every frame.
const STEADY = (window.kernelscopeScales ??= new Map());
function steady(name, limit) {
  const plays = [...(window.kernelscopeFilms?.values() ?? [])].some(film => film.playing);
  const most = Math.max(limit, plays ? (STEADY.get(name) ?? 0) : 0);
  STEADY.set(name, most);
  return most;
}

function three(value) {
  if (value === 0) return "0";
  const size = Math.abs(value),
    sign = value < 0 ? "\u2212" : "",
    raised = power => [...power].map(digit => SUPERSCRIPT[digit]).join("");
  if (!Number.isFinite(size)) return Number.isNaN(size) ? "no number" : `${sign}∞`;
  if (size >= 1e9) return `${sign}${size.toExponential(2).replace(/e\+(\d+)/, (_, power) => `·10${raised(power)}`)}`;
  if (size >= 1000) return sign + grouped(Math.round(size));
  if (size >= 0.001) return sign + Number(size.toPrecision(3));
  const [digits, power] = size.toExponential(2).split("e-"); // 0.00000131 is 1.31·10⁻⁶
  return `${sign}${digits}·10⁻${raised(power)}`;
}

// A share 0..1 in percent with three digits, more where three would say all of what is not all.
const percentThree = share => (share > 0.995 ? percentText(share, 1) : `${three(100 * share)}\u202f%`);

// The whole multiple of `side` that comes nearest to `target` px from below; a larger side is shown at a whole part.
const zoomOf = (side, target) =>
  side <= target ? Math.max(1, Math.floor(target / side)) : 1 / Math.ceil(side / target);

function place(canvas, height, width, zoom) {
  canvas.style.width = `${width * zoom}px`;
  canvas.style.height = `${height * zoom}px`;
  canvas.classList.toggle("crisp", zoom >= 1);
}

function legend(limit, dark) {
  const ramp = element("canvas", "ramp"),
    steps = 85;
  paint(
    ramp,
    Float32Array.from({ length: steps }, (_, i) => (2 * i) / (steps - 1) - 1),
    1,
    steps,
    1,
    dark,
  );
  return element(
    "span",
    "legend",
    limit === null ? "\u2212 largest" : three(-limit),
    ramp,
    limit === null ? "+ largest" : `+${three(limit)}`,
  );
}

// The bytes of a packet: header and a function that gives numbers by place and count.
function unpack(bytes) {
  const raw = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  const length = new DataView(raw.buffer, raw.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(raw.subarray(4, 4 + length)));
  const numbers = new Float32Array(raw.slice(4 + length).buffer); // a copy, as numbers must begin at a multiple of four
  return { header, at: (start, count) => numbers.subarray(start, start + count) };
}
