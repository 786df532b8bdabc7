// Draws every element with data-chart from the JSON beside it (see charts.py), and again when the theme changes.
"use strict";
(() => {
  const drawn = new Map();

  // ECharts reads only plain colours; the browser works out what the style sheet's (oklch, color-mix) come to.
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
    willReadFrequently: true,
  });
  const plain = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
  };

  const colours = () => {
    const sample = document.body.appendChild(document.createElement("span"));
    const of = (name) => {
      sample.style.color = `var(${name})`;
      return plain(getComputedStyle(sample).color);
    };
    const found = {
      text: of("--tblr-body-color"),
      faintText: of("--tblr-secondary"),
      grid: of("--tblr-border-color"),
      main: of("--liwa-main"),
      peer: of("--liwa-peer"),
      faint: of("--liwa-faint"),
      high: of("--tblr-red"),
      medium: of("--tblr-yellow"),
      low: of("--tblr-green"),
      unknown: of("--liwa-faint"),
    };
    sample.remove();
    return found;
  };

  const words = (unit) => (value) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    if (unit === "percent") return `${Math.round(value * 100)}%`;
    return new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(value);
  };

  const seriesOf = (chart, one, colour) => {
    const tint = colour[one.role];
    const bars = chart.kind === "bars";
    return {
      name: one.name,
      type: bars ? "bar" : "line",
      stack: chart.stacked ? "all" : undefined,
      data: one.values,
      symbolSize: 6,
      showSymbol: one.role === "main",
      barMaxWidth: 28,
      lineStyle: { width: one.role === "main" ? 3 : 1.5, type: one.role === "peer" ? "dashed" : "solid" },
      itemStyle: { color: tint },
      z: one.role === "main" ? 5 : 3,
    };
  };

  // A shaded range is an invisible line at its lower edge with the difference stacked on it.
  const rangeOf = (range, colour) => {
    if (!range.low.length) return [];
    const gap = range.low.map((low, at) => (low === null ? null : range.high[at] - low));
    const bare = { type: "line", stack: "range", stackStrategy: "all", showSymbol: false, silent: true, lineStyle: { opacity: 0 }, z: 1 };
    return [
      { ...bare, name: "", data: range.low, tooltip: { show: false } },
      {
        ...bare,
        name: range.name,
        data: gap,
        tooltip: { show: false },
        itemStyle: { color: colour.peer },
        areaStyle: { color: colour.peer, opacity: 0.18 },
      },
    ];
  };

  const optionOf = (chart) => {
    const colour = colours();
    const say = words(chart.unit);
    const narrow = window.innerWidth < 600;
    return {
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 32, top: 40, bottom: 28, containLabel: true },
      legend: {
        top: 0,
        left: 0,
        type: "scroll",
        itemWidth: 18,
        textStyle: { color: colour.text },
        data: [...chart.series.map((one) => one.name), ...(chart.range.low.length ? [chart.range.name] : [])],
      },
      tooltip: {
        trigger: "axis",
        renderMode: "richText", // the other mode writes style attributes, which the page's policy forbids
        confine: true,
        valueFormatter: say,
      },
      xAxis: {
        type: "category",
        data: chart.axis,
        name: narrow ? "" : chart.axisName,
        nameLocation: "middle",
        nameGap: 26,
        boundaryGap: chart.kind === "bars",
        axisLabel: { color: colour.faintText, hideOverlap: true },
        nameTextStyle: { color: colour.faintText },
        axisLine: { lineStyle: { color: colour.grid } },
      },
      yAxis: {
        type: "value",
        min: (found) => (found.min < 0 ? (chart.unit === "percent" ? Math.floor(found.min * 10) / 10 : found.min) : 0),
        max: chart.unit === "percent" ? (top) => Math.min(1, Math.ceil(top.max * 10) / 10 || 1) : undefined,
        axisLabel: { color: colour.faintText, formatter: say },
        splitLine: { lineStyle: { color: colour.grid } },
      },
      series: [...rangeOf(chart.range, colour), ...chart.series.map((one) => seriesOf(chart, one, colour))],
    };
  };

  const draw = (element) => {
    const source = document.getElementById(element.dataset.chart);
    if (!source || !window.echarts || !element.clientWidth) return; // inside closed details there is no room
    const instance = drawn.get(element) || window.echarts.init(element);
    drawn.set(element, instance);
    instance.setOption(optionOf(JSON.parse(source.textContent)), true);
  };

  const drawAll = () => {
    for (const [element, instance] of drawn) {
      if (element.isConnected) continue;
      instance.dispose();
      drawn.delete(element);
    }
    document.querySelectorAll("[data-chart]").forEach(draw);
  };

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:after:swap", drawAll);
  document.addEventListener("liwa:theme", drawAll);
  document.addEventListener("toggle", drawAll, true);
  window.addEventListener("resize", () => drawn.forEach((instance) => instance.resize()));
})();
