// Watches a page from before its own scripts run: when charts were drawn, how soon a click was answered, how often Plotly
// drew; and lets the page be told that it is hidden, which a headless browser's tabs never are.
window.watched = { drawn: [], answered: [], reacts: [] };

// From a click to the frame that answers it.
document.addEventListener("click", ({ timeStamp }) =>
  requestAnimationFrame(() => setTimeout(() => window.watched.answered.push(performance.now() - timeStamp))),
);

document.addEventListener("DOMContentLoaded", () => {
  const root = document.querySelector('[data-part="charts"]');
  if (!root) return;
  new MutationObserver((changes) => {
    for (const { target } of changes) if (target.dataset.phase === "drawn") window.watched.drawn.push(performance.now());
  }).observe(root, { subtree: true, attributeFilter: ["data-phase"] });
});

let plotly;
Object.defineProperty(window, "Plotly", {
  get: () => plotly,
  set(value) {
    plotly = value;
    if (!value?.react || value.react.isWatched) return;
    const react = value.react;
    value.react = (surface, ...rest) => {
      const began = performance.now();
      const answer = react(surface, ...rest);
      window.watched.reacts.push([began, performance.now() - began]);
      return answer;
    };
    value.react.isWatched = true;
  },
});

let isHidden = false;
Object.defineProperty(document, "hidden", { get: () => isHidden });
window.hide = (hidden) => {
  isHidden = hidden;
  document.dispatchEvent(new Event("visibilitychange"));
};

/** Whether every chart in the window is drawn. */
window.isDrawn = () => {
  const inSight = [...document.querySelectorAll('[data-part="charts"] [data-chart]')].filter((card) => {
    const { top, bottom } = card.getBoundingClientRect();
    return top < innerHeight && bottom > 0;
  });
  return inSight.length > 0 && inSight.every((card) => card.dataset.phase === "drawn");
};

/** How long Plotly takes to draw a chart again with one more point in each line: milliseconds, ten times. */
window.unit = async () => {
  const surface = document.querySelector(".chart-plot.js-plotly-plot");
  const away = document.body.appendChild(Object.assign(document.createElement("div"), { className: "chart-plot" }));
  const times = [];
  await Plotly.newPlot(away, structuredClone(surface.data), structuredClone(surface.layout), { displayModeBar: false });
  for (let place = 0; place < 12; place++) {
    const lines = { x: away.data.map(({ x }) => [...x, x.at(-1) + 1]), y: away.data.map(({ y }) => [...y, y.at(-1)]) };
    const began = performance.now();
    Plotly.restyle(away, lines);
    times.push(performance.now() - began);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  }
  Plotly.purge(away);
  away.remove();
  return times.slice(2);
};
