/* The dashboard's stacked chart. Figures and texts come from the page's JSON; colours from the style sheet. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const canvas = document.getElementById("spend-chart");
  const source = document.getElementById("spend-chart-data");
  if (!canvas || !source || typeof Chart === "undefined") {
    return;
  }
  const data = JSON.parse(source.textContent);
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // As few digits as tell two neighbouring ticks apart.
  const dollars = (value, index, ticks) => {
    const step = ticks.length > 1 ? Math.abs(ticks[1].value - ticks[0].value) : Math.abs(value);
    const digits = step >= 1 || step === 0 ? 0 : Math.min(9, Math.ceil(-Math.log10(step)) + 1);
    const sign = value < 0 ? "-" : "";
    const text = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits ? 2 : 0, maximumFractionDigits: Math.max(digits, digits ? 2 : 0) });
    return `${sign}$${text}`;
  };

  const paint = (chart) => {
    chart.data.datasets.forEach((dataset, index) => {
      dataset.backgroundColor = color(`--bs-c-${data.series[index].color}`);
    });
    const text = color("--bs-text");
    const line = color("--bs-line");
    for (const axis of Object.values(chart.options.scales)) {
      axis.ticks.color = text;
      axis.border.color = line;
      axis.grid.color = line;
    }
    Object.assign(chart.options.plugins.tooltip, {
      backgroundColor: color("--bs-tip"), titleColor: color("--bs-tip-text"), bodyColor: color("--bs-tip-text"),
      footerColor: color("--bs-tip-text"), borderColor: line,
    });
    chart.update("none");
  };

  Chart.defaults.font.family = "Inter, sans-serif";
  const chart = new Chart(canvas, {
    type: "bar",
    data: {
      labels: data.labels,
      // Coloured from the start: Chart.js would give colours of its own and fade from them.
      datasets: data.series.map((series) => ({
        label: series.name, data: series.values, stack: "spend", backgroundColor: color(`--bs-c-${series.color}`),
        maxBarThickness: 44,
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
        y: { stacked: true, beginAtZero: true, grid: {}, border: { display: false }, ticks: { callback: dollars, maxTicksLimit: 6 } },
      },
      plugins: {
        // The legend is HTML above the chart: text that can be read, searched and zoomed.
        legend: { display: false },
        tooltip: {
          borderWidth: 1, padding: 10, boxPadding: 4, usePointStyle: true,
          itemSort: (a, b) => b.datasetIndex - a.datasetIndex,
          filter: (item) => item.raw !== 0,
          callbacks: {
            title: (items) => (items.length ? data.titles[items[0].dataIndex] : ""),
            label: (item) => ` ${item.dataset.label}: ${data.series[item.datasetIndex].texts[item.dataIndex]}`,
            footer: (items) => (items.length ? `Total: ${data.totals[items[0].dataIndex]}` : ""),
          },
        },
      },
    },
  });

  paint(chart);
  new MutationObserver(() => paint(chart)).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
});
