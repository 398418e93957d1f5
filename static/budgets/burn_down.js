/* The burn-down of one user's open period. Points and texts come from the page's JSON; colours from the style sheet. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const canvas = document.getElementById("burn-down");
  const source = document.getElementById("burn-down-data");
  if (!canvas || !source || typeof Chart === "undefined") {
    return;
  }
  const data = JSON.parse(source.textContent);
  const { style, dollars } = chartTools;
  const HOUR = 3600000;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  const when = (milliseconds) => {
    const at = new Date(milliseconds);
    const day = `${MONTHS[at.getUTCMonth()]} ${at.getUTCDate()}`;
    const time = at.toISOString().slice(11, 16);
    return data.hourly ? `${day}, ${time}` : day;
  };
  const exactly = (milliseconds) => `${new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ")} UTC`;

  // Whole days or hours of UTC, some seven of them.
  const placeTicks = (axis) => {
    const unit = data.hourly ? HOUR : 24 * HOUR;
    const step = unit * Math.max(1, Math.ceil((data.end - data.start) / unit / (axis.width < 500 ? 4 : 8)));
    const ticks = [];
    for (let at = Math.ceil(data.start / unit) * unit; at <= data.end; at += step) {
      ticks.push({ value: at });
    }
    axis.ticks = ticks;
  };

  const levels = [...data.actual, ...data.likely, ...data.high].map((point) => point.y);
  const top = Math.max(...levels, data.limit || 0);
  const lowest = Math.min(...levels, 0);
  // A little below what is over: by itself the axis would end a whole step of ticks below.
  const bottom = lowest < 0 ? lowest - (top - lowest) / 50 : 0;
  const line = (label, points, more) => ({ label, data: points, pointRadius: 0, pointHitRadius: 12, borderWidth: 2, tension: 0, ...more });
  const marks = { pointHitRadius: 0, pointHoverRadius: 0 };
  const datasets = [
    line("Left", data.actual, { paint: "--bs-c-0", stepped: false, pointHoverRadius: 4, order: 1 }),
    line("At this pace", data.likely, { paint: "--bs-c-0", borderDash: [6, 4], order: 2 }),
    line("Slow", data.low, { borderWidth: 0, order: 6, ...marks }),
    line("Fast", data.high, { borderWidth: 0, fill: "-1", band: "--bs-c-0", order: 6, ...marks }),
  ];
  if (data.limit !== null) {
    datasets.push(line("Limit", [{ x: data.start, y: data.limit }, { x: data.end, y: data.limit }], { paint: "--bs-bad", borderWidth: 1.5, order: 4, ...marks }));
    if (data.reset !== null) {
      datasets.push(line("Even pace", [{ x: data.start, y: data.limit }, { x: data.reset, y: 0 }], { paint: "--bs-c-other", borderDash: [2, 3], borderWidth: 1.5, order: 5, ...marks }));
    }
  }
  if (data.reset !== null) {
    datasets.push(line("Reset", [{ x: data.reset, y: bottom }, { x: data.reset, y: top }], { paint: "--bs-muted", borderDash: [4, 4], borderWidth: 1.5, order: 3, ...marks }));
  }

  const paint = (chart) => {
    for (const dataset of chart.data.datasets) {
      dataset.borderColor = dataset.paint ? style(dataset.paint) : "transparent";
      dataset.backgroundColor = dataset.band ? `${style(dataset.band)}33` : dataset.borderColor;
    }
    chartTools.paintFrame(chart);
    chart.update("none");
  };

  Chart.defaults.font.family = "Inter, sans-serif";
  const chart = new Chart(canvas, {
    type: "line",
    data: { datasets },
    options: {
      responsive: true, maintainAspectRatio: false, animation: false, parsing: false, normalized: true,
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: { type: "linear", min: data.start, max: data.end, grid: { display: false }, border: {}, afterBuildTicks: placeTicks, ticks: { callback: when, maxRotation: 0, autoSkipPadding: 14 } },
        y: { min: bottom, suggestedMax: top, grid: {}, border: { display: false }, ticks: { callback: dollars, maxTicksLimit: 6, includeBounds: false } },
      },
      plugins: {
        // The legend is HTML above the chart: text that can be read, searched and zoomed.
        legend: { display: false },
        tooltip: {
          borderWidth: 1, padding: 10, displayColors: false,
          filter: (item) => item.datasetIndex < 2,
          callbacks: {
            title: (items) => (items.length ? exactly(items[0].raw.x) : ""),
            label: (item) => item.raw.text,
          },
        },
      },
    },
  });

  // From point to point, the past first and then the forecast.
  const points = [...data.actual.map((point, index) => ({ point, datasetIndex: 0, index })), ...data.likely.map((point, index) => ({ point, datasetIndex: 1, index }))];
  const active = (stop) => [{ datasetIndex: points[stop].datasetIndex, index: points[stop].index }];
  chartTools.walk(canvas, chart, points.length, active, (stop) => `${exactly(points[stop].point.x)}: ${points[stop].point.text}`);
  chartTools.keepPainted(() => paint(chart));
});
