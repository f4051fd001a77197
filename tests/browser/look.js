// What no text of a page may be: wider than its window, hard to tell from its ground, smaller than so many pixels; and no
// link too low.
(least = 15) => {
  const rgb = (text) => {
    const found = text.match(/[\d.]+/g).map(Number);
    return found.length > 3 && found[3] === 0 ? null : found;
  };
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const found = rgb(getComputedStyle(node).backgroundColor);
      if (found) return found;
    }
    return [255, 255, 255];
  };
  const faults = [];
  if (document.documentElement.scrollWidth > window.innerWidth) faults.push("wider than its window");
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    const style = getComputedStyle(node);
    const text = walk.currentNode.textContent.trim().slice(0, 40);
    if (!text || !node.getClientRects().length || style.display === "none") continue;
    const [one, other] = [light(rgb(style.color)), light(ground(node))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) faults.push(`${text}: contrast ${ratio.toFixed(1)}`);
    if (parseFloat(style.fontSize) < least) faults.push(`${text}: ${style.fontSize}`);
  }
  for (const link of document.querySelectorAll("a[href]")) {
    const { height, right } = link.getBoundingClientRect();
    const isWithin = getComputedStyle(link).display === "inline";
    if (height && right > 0 && height < 43.9 && !isWithin) faults.push(`${link.textContent.slice(0, 40)}: ${height}px high`);
  }
  return faults;
}
