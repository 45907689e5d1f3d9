// A base in the layer list: whether it is frozen, in its row; and which of its layers learn, in theirs.
const MARKS = {
  frozen: ["lock", "Frozen: it stays as it is"],
  learns: ["unlock", "It learns on your images"],
};

function addLearning(node, row) {
  const words = element("span", "small learning", sign(row.isFrozen ? "lock" : "unlock"));
  words.append(row.learning);
  node.querySelector(".what").append(words);
}

function markOf(row) {
  const cell = element("div", "cell tools");
  if (!row.mark) return cell;
  const [name, words] = MARKS[row.mark],
    drawn = sign(name);
  cell.title = words;
  drawn.classList.add(row.mark);
  cell.append(drawn);
  return cell;
}
