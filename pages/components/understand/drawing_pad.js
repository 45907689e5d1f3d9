// A pad for mouse, finger and pen. Strokes are kept as points, so that the last one can be taken back.
const pads = new WeakMap();
// The strokes of each kind of pad outlive it: who comes back from another page finds the drawing again.
const drawings = new Map();
const grey = value => `#${value.toString(16).padStart(2, "0").repeat(3)}`;

function line(pen, stroke) {
  pen.strokeStyle = pen.fillStyle = stroke.colour;
  pen.lineWidth = stroke.width;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  const [first, ...rest] = stroke.points;
  if (!rest.length) {
    pen.arc(...first, stroke.width / 2, 0, 2 * Math.PI);
    pen.fill();
    return;
  }
  pen.moveTo(...first);
  rest.forEach(point => pen.lineTo(...point));
  pen.stroke();
}

function make(host, data, strokes) {
  const colourful = data.paper === null;
  const canvas = Object.assign(element("canvas", "sheet"), { width: data.width, height: data.height, tabIndex: 0 });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Drawing pad: draw with the mouse, a finger or a pen");
  canvas.style.maxWidth = `${data.width}px`;
  const field = properties => Object.assign(element("input"), properties);
  const brush = field({ type: "range", min: 2, max: Math.round(data.brush * 2.5), value: data.brush });
  const ink = field({ type: "color", value: colourful ? TOKENS.ink : grey(255 - data.paper) });
  const paper = field({ type: "color", value: colourful ? TOKENS.ground : grey(data.paper) });
  const undo = Object.assign(element("button", "", "Undo"), { type: "button" });
  const clear = Object.assign(element("button", "", "Clear"), { type: "button" });
  const hint = element("div", "hint", "Draw here");
  const knobs = element("div", "knobs", element("label", "", "Brush", brush));
  if (colourful) knobs.append(element("label", "", "Ink", ink), element("label", "", "Ground", paper));
  knobs.append(undo, clear);
  host.replaceChildren(element("div", "frame", canvas, hint), knobs);

  const pen = canvas.getContext("2d");
  const pad = { send: null };
  let stroke = null;
  const redraw = () => {
    pen.fillStyle = paper.value;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    strokes.forEach(one => line(pen, one));
    undo.disabled = clear.disabled = !strokes.length;
    hint.hidden = strokes.length > 0;
    hint.style.color = colourful || data.paper === 0 ? "#fff" : "#000";
  };
  const tell = (pad.tell = () => {
    redraw();
    pad.send(strokes.length ? canvas.toDataURL("image/png") : "");
  });
  const at = event => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * canvas.width) / box.width,
      ((event.clientY - box.top) * canvas.height) / box.height,
    ];
  };
  canvas.onpointerdown = event => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    stroke = { points: [at(event)], width: +brush.value, colour: ink.value };
    strokes.push(stroke);
    redraw();
  };
  canvas.onpointermove = event => {
    if (!stroke) return;
    (event.getCoalescedEvents?.() ?? [event]).forEach(one => stroke.points.push(at(one)));
    line(pen, stroke);
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (stroke) {
      stroke = null;
      tell();
    }
  };
  const back = () => {
    if (strokes.pop()) tell();
  };
  undo.onclick = back;
  clear.onclick = () => {
    strokes.length = 0;
    tell();
  };
  paper.onchange = () => {
    if (strokes.length) tell();
    else redraw();
  };
  canvas.onkeydown = event => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z") {
      event.preventDefault();
      back();
    }
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      clear.click();
    }
  };
  redraw();
  return pad;
}

export default function ({ data, setStateValue, parentElement }) {
  const host = parentElement.querySelector(".pad"),
    sign = JSON.stringify(data),
    isNew = host.dataset.sign !== sign;
  if (isNew) {
    host.dataset.sign = sign;
    if (!drawings.has(sign)) drawings.set(sign, []);
    pads.set(host, make(host, data, drawings.get(sign)));
  }
  const pad = pads.get(host);
  pad.send = picture => setStateValue("picture", picture);
  if (isNew && drawings.get(sign).length) pad.tell();
}
