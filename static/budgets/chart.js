/* Every stacked chart of a page. Figures and texts come from the page's JSON; colours from the style sheet. */
"use strict";

const { style, dollars } = chartTools;

/* A tile of the colour with the lines or dots of its pattern, as the legend's swatch has them. */
const fill = (color, pattern) => {
  if (pattern === 0) {
    return color;
  }
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = color;
  pen.fillRect(0, 0, 8, 8);
  pen.fillStyle = pen.strokeStyle = style("--bs-hatch");
  pen.lineWidth = 1.5;
  pen.beginPath();
  if (pattern === 1) {
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift - 1, 9);
      pen.lineTo(shift + 9, -1);
    }
    pen.stroke();
  } else {
    for (const [x, y] of [[2, 2], [6, 6]]) {
      pen.moveTo(x + 1.25, y);
      pen.arc(x, y, 1.25, 0, 2 * Math.PI);
    }
    pen.fill();
  }
  return pen.createPattern(tile, "repeat");
};

const paint = (chart, data) => {
  const card = style("--bs-card");
  chart.data.datasets.forEach((dataset, index) => {
    const series = data.series[index];
    dataset.backgroundColor = fill(style(`--bs-c-${series.color}`), series.pattern);
    // A line of the ground's colour between two parts of a bar.
    dataset.borderColor = card;
  });
  chartTools.paintFrame(chart);
  // In its mode "none" Chart.js keeps the colours that the bars have.
  chart.update();
};

/* A name that turns the direction of writing turns nothing but itself. */
const isolated = (name) => `\u2068${name}\u2069`;

const configuration = (data) => ({
  type: "bar",
  data: {
    labels: data.labels,
    // Coloured from the start: Chart.js would give colours of its own and fade from them.
    datasets: data.series.map((series) => ({
      label: series.name, data: series.values, stack: "spend", backgroundColor: style(`--bs-c-${series.color}`),
      maxBarThickness: 44, borderWidth: { top: 1 }, borderSkipped: false,
    })),
  },
  options: {
    responsive: true,
    maintainAspectRatio: false,
    // A running animation would paint over the colours of a theme chosen meanwhile.
    animation: false,
    interaction: { mode: "index", intersect: false },
    scales: {
      x: { stacked: true, grid: { display: false }, border: {}, ticks: { maxRotation: 0, autoSkipPadding: 14 } },
      y: {
        stacked: true, beginAtZero: true, grid: {}, border: { display: false },
        max: data.unit === "share" ? 100 : undefined,
        ticks: { maxTicksLimit: 6, callback: data.unit === "share" ? (value) => `${value} %` : dollars },
      },
    },
    plugins: {
      // The legend is HTML above the chart: buttons that can be read, searched, zoomed and pressed.
      legend: { display: false },
      tooltip: {
        borderWidth: 1, padding: 10, boxPadding: 4, usePointStyle: true,
        itemSort: (a, b) => b.datasetIndex - a.datasetIndex,
        filter: (item) => item.raw !== 0,
        callbacks: {
          title: (items) => (items.length ? data.titles[items[0].dataIndex] : ""),
          label: (item) => ` ${isolated(item.dataset.label)}: ${data.series[item.datasetIndex].texts[item.dataIndex]}`,
          footer: (items) => (items.length ? `Total: ${data.totals[items[0].dataIndex]}` : ""),
        },
      },
    },
  },
});

/* What the tool tip of a bucket says, as one sentence, the largest part first. */
const sentence = (chart, data, index) => {
  const parts = data.series
    .map((series, at) => ({ series, at, value: series.values[index] }))
    .filter((one) => chart.isDatasetVisible(one.at) && one.value !== 0)
    .sort((a, b) => b.value - a.value)
    .map((one) => `${isolated(one.series.name)} ${one.series.texts[index]}`);
  return `${data.titles[index]}: ${data.totals[index]} in all${parts.length ? `; ${parts.join(", ")}` : ""}`;
};

/* From bar to bar, by the series that are shown. */
const listen = (canvas, chart, data) => {
  const active = (index) => chart.data.datasets
    .map((_, datasetIndex) => ({ datasetIndex, index }))
    .filter((one) => chart.isDatasetVisible(one.datasetIndex));
  chartTools.walk(canvas, chart, data.labels.length, active, (index) => sentence(chart, data, index));
};

const toggle = (canvas, chart) => {
  for (const key of document.querySelectorAll(`[data-chart-legend="${canvas.id}"] [data-series]`)) {
    key.addEventListener("click", () => {
      const index = Number(key.dataset.series);
      const isShown = !chart.isDatasetVisible(index);
      chart.setDatasetVisibility(index, isShown);
      key.setAttribute("aria-pressed", String(isShown));
      chart.update("none");
    });
  }
};

document.addEventListener("DOMContentLoaded", () => {
  if (typeof Chart === "undefined") {
    return;
  }
  Chart.defaults.font.family = "Inter, sans-serif";
  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    const data = JSON.parse(document.getElementById(`${canvas.id}-data`).textContent);
    const chart = new Chart(canvas, configuration(data));
    chartTools.keepPainted(() => paint(chart, data));
    listen(canvas, chart, data);
    toggle(canvas, chart);
  }
});
