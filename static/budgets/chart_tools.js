/* What the charts of all pages share: colours from the style sheet, ticks in dollars, a tool tip that follows the keyboard. */
"use strict";

const chartTools = {
  style: (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim(),

  /* As few digits as tell two neighbouring ticks apart. */
  dollars: (value, index, ticks) => {
    const step = ticks.length > 1 ? Math.abs(ticks[1].value - ticks[0].value) : Math.abs(value);
    const digits = step >= 1 || step === 0 ? 0 : Math.min(9, Math.max(2, Math.ceil(-Math.log10(step)) + 1));
    const text = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits && 2, maximumFractionDigits: digits });
    return `${value < 0 ? "-" : ""}$${text}`;
  },

  /* Axes and tool tip in the colours of the theme. */
  paintFrame: (chart) => {
    const [text, line] = [chartTools.style("--bs-text"), chartTools.style("--bs-line")];
    for (const axis of Object.values(chart.options.scales)) {
      axis.ticks.color = text;
      axis.border.color = line;
      axis.grid.color = line;
    }
    const tip = chartTools.style("--bs-tip-text");
    Object.assign(chart.options.plugins.tooltip, {
      backgroundColor: chartTools.style("--bs-tip"), titleColor: tip, bodyColor: tip, footerColor: tip, borderColor: line,
    });
  },

  /* Paint now, and whenever another theme is chosen. */
  keepPainted: (paint) => {
    paint();
    new MutationObserver(paint).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  },

  /* Arrow keys, Home and End move the tool tip from stop to stop; Escape takes it away.

     `active` gives the elements of a stop as Chart.js names them, `sentence` what is said of it. */
  walk: (canvas, chart, stops, active, sentence) => {
    const said = document.getElementById(`${canvas.id}-said`);
    const last = stops - 1;
    let at = null;
    const show = (stop) => {
      at = stop;
      const shown = stop === null ? [] : active(stop);
      const place = shown.length ? chart.getDatasetMeta(shown[0].datasetIndex).data[shown[0].index] : { x: 0, y: 0 };
      chart.setActiveElements(shown);
      chart.tooltip.setActiveElements(shown, { x: place.x, y: place.y });
      chart.update("none");
      said.textContent = stop === null ? "" : sentence(stop);
    };
    const moves = {
      ArrowLeft: () => (at === null ? last : Math.max(0, at - 1)),
      ArrowRight: () => (at === null ? 0 : Math.min(last, at + 1)),
      Home: () => 0,
      End: () => last,
      Escape: () => null,
    };
    canvas.addEventListener("keydown", (event) => {
      if (moves[event.key] && !event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault();
        show(moves[event.key]());
      }
    });
    canvas.addEventListener("blur", () => show(null));
  },
};
