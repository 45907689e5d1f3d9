// One card for each network, to choose it, and what its starts have come to.
const IDEAS = {
  "1 unit": "One sigmoid unit draws one straight line.",
  "2-2-1": "Two hidden units draw two lines, the output joins them.",
  "2-10-10-10-1": "Three hidden layers of ten: 261 numbers to learn.",
};

class NetworkCards {
  constructor(onChoose) {
    this.cards = Object.keys(NETS).map(net => this.card(net, onChoose));
    this.node = element("div", "nets", ...this.cards.map(({ node }) => node));
    this.node.setAttribute("role", "radiogroup");
    this.node.setAttribute("aria-label", "Network");
  }

  card(net, onChoose) {
    const told = element("span", "told"),
      node = element("button", "net", element("b", "", net), element("span", "idea", IDEAS[net]), told);
    Object.assign(node, { type: "button", onclick: () => onChoose(net), onkeydown: event => this.walk(event, net) });
    node.setAttribute("role", "radio");
    return { net, node, told };
  }

  walk(event, net) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key],
      all = this.cards;
    if (!by) return;
    event.preventDefault();
    const next = all[(all.findIndex(one => one.net === net) + by + all.length) % all.length];
    next.node.click();
    next.node.focus();
  }

  mark(chosen) {
    for (const { net, node } of this.cards) {
      node.setAttribute("aria-checked", net === chosen);
      node.tabIndex = net === chosen ? 0 : -1;
    }
  }

  // words(net): about its starts.
  tell(words) {
    for (const { net, told } of this.cards) told.textContent = words(net);
  }
}
