// What is shown as a PNG: canvases where they stand, and words (of class "told") in their own letters.
const SHARPER = 2; // px of the file for each on the screen
const EDGE = 16;

function savePicture(node, name) {
  const from = node.getBoundingClientRect(),
    canvas = element("canvas"),
    pen = canvas.getContext("2d");
  canvas.width = (from.width + 2 * EDGE) * SHARPER;
  canvas.height = (from.height + 2 * EDGE) * SHARPER;
  pen.scale(SHARPER, SHARPER);
  pen.fillStyle = getComputedStyle(node).getPropertyValue("--st-background-color").trim() || "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.translate(EDGE - from.left, EDGE - from.top);
  for (const part of node.querySelectorAll("canvas")) copyCanvas(pen, part);
  for (const words of node.querySelectorAll(".told")) write(pen, words);
  canvas.toBlob(blob => {
    const link = element("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}

function copyCanvas(pen, part) {
  const { left, top, width, height } = part.getBoundingClientRect();
  if (!width) return;
  pen.globalAlpha = +getComputedStyle(part).opacity;
  pen.imageSmoothingEnabled = !part.classList.contains("crisp");
  pen.drawImage(part, left, top, width, height);
  pen.globalAlpha = 1;
}

// Line by line as the browser breaks them.
function write(pen, node) {
  const style = getComputedStyle(node),
    range = document.createRange(),
    walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  pen.fillStyle = style.color;
  pen.textBaseline = "middle";
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    let line = "",
      box = null;
    const end = () => line.trim() && pen.fillText(line.trimEnd(), box.left, box.top + box.height / 2);
    for (let i = 0; i < text.length; i++) {
      range.setStart(text, i);
      range.setEnd(text, i + 1);
      const here = range.getClientRects()[0];
      if (!here) continue;
      if (box && here.top > box.top + box.height / 2) {
        end();
        [line, box] = ["", null];
      }
      if (!box && text.data[i].trim()) box = here;
      if (box) line += text.data[i];
    }
    end();
  }
}
