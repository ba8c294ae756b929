// Returns what is wrong with the drawings of a page, as one line of text for each fault: a text that
// touches another, that leaves its box or the picture, or that a line crosses.
() => {
  const SLACK = 1; // pixels within which a touch is none
  const faults = [];
  const shown = (element) => element.getClientRects().length > 0;
  const short = (text) => text.textContent.slice(0, 40);
  const apart = (a, b) =>
    a.right <= b.left + SLACK || b.right <= a.left + SLACK ||
    a.bottom <= b.top + SLACK * 2 || b.bottom <= a.top + SLACK * 2;
  const within = (a, b) =>
    a.left >= b.left - SLACK && a.right <= b.right + SLACK &&
    a.top >= b.top - SLACK && a.bottom <= b.bottom + SLACK;
  const holds = (rect, x, y) =>
    x > rect.left + SLACK && x < rect.right - SLACK && y > rect.top + 2 && y < rect.bottom - 2;

  for (const svg of document.querySelectorAll("main svg")) {
    const texts = [...svg.querySelectorAll("text")].filter(shown);
    if (!texts.length) continue;
    const frame = svg.getBoundingClientRect();
    const rects = texts.map((text) => text.getBoundingClientRect());
    const order = texts.map((_, i) => i).sort((a, b) => rects[a].top - rects[b].top);
    order.forEach((i, place) => {
      if (!within(rects[i], frame)) faults.push(`leaves the picture: ${short(texts[i])}`);
      for (const j of order.slice(place + 1)) {
        if (rects[j].top >= rects[i].bottom) break;
        if (!apart(rects[i], rects[j])) faults.push(`touch: ${short(texts[i])} | ${short(texts[j])}`);
      }
      const group = texts[i].closest(".event, .box");
      const box = group && group.querySelector("rect");
      if (box && !within(rects[i], box.getBoundingClientRect())) {
        faults.push(`leaves its box: ${short(texts[i])}`);
      }
    });
    for (const line of svg.querySelectorAll("path, line, circle.around")) {
      const style = getComputedStyle(line);
      const flat = line.getBBox().width === 0 || line.getBBox().height === 0;
      if (!shown(line) || style.stroke === "none" || !(flat || style.fill === "none")) continue;
      if (line.matches(".reach, .land") || line.closest(".sign, defs")) continue;
      const matrix = line.getScreenCTM();
      const length = line.getTotalLength();
      for (let at = 0; at <= length; at += 3) {
        const point = line.getPointAtLength(at).matrixTransform(matrix);
        const hit = rects.findIndex((rect) => holds(rect, point.x, point.y));
        if (hit >= 0) {
          faults.push(`crossed by ${line.getAttribute("class")}: ${short(texts[hit])}`);
          break;
        }
      }
    }
    for (const icon of svg.querySelectorAll(".sign")) {
      const rect = icon.getBoundingClientRect();
      if (!within(rect, frame)) faults.push("an icon leaves the picture");
      const hit = rects.findIndex((other) => !apart(rect, other));
      if (hit >= 0) faults.push(`an icon is on: ${short(texts[hit])}`);
    }
  }
  return faults;
}
