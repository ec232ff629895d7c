// What a reader would stumble over in the page as it is shown: a list of sentences, empty if all is well.
(() => {
  const offences = [];
  const channels = (colour) => {
    const numbers = colour.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  // WCAG 2.2, contrast ratio.
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const { rgb, alpha } = channels(getComputedStyle(e).backgroundColor);
      if (alpha === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const short = (element) => `<${element.tagName} class="${element.getAttribute("class") || ""}">${element.textContent.slice(0, 40)}`;
  const require = (element, ink, paper, least) => {
    const ratio = contrast(ink, paper);
    if (ratio < least) offences.push(`${short(element)}: contrast ${ratio.toFixed(2)}, at least ${least} is needed`);
  };

  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
    const right = document.documentElement.clientWidth;
    const wide = [...document.body.querySelectorAll("*")].filter(
      (e) => e.getBoundingClientRect().right > right + 1 && !e.closest(".scroll"));
    offences.push(`the page scrolls sideways because of ${wide.slice(0, 3).map(short).join(", ")}`);
  }

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("svg")) continue;
    require(element, channels(getComputedStyle(element).color).rgb, behind(element), 4.5);
  }

  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const box = svg.getBoundingClientRect();
    const paper = behind(svg);
    let filled = null;
    for (const mark of svg.querySelectorAll("*")) {
      const style = getComputedStyle(mark);
      if (mark.tagName === "rect" && style.fill !== "none") filled = channels(style.fill).rgb;
      if (mark.tagName === "text") {
        const inside = mark.classList.contains("cell") || mark.classList.contains("in-bar");
        require(mark, channels(style.fill).rgb, inside ? filled : paper, 4.5);
        const place = mark.getBoundingClientRect();
        const out = Math.max(box.left - place.left, place.right - box.right, box.top - place.top, place.bottom - box.bottom);
        if (out > 1) offences.push(`${short(mark)}: leaves its picture by ${out.toFixed(1)} px`);
      }
      if (/^k\d$/.test(mark.getAttribute("class") || "")) require(mark, channels(style.fill).rgb, paper, 3);
    }
  }
  return offences;
})();
