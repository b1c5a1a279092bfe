// Small charts of our own. A chart is an element with a method `set`; its words are there for who does not see it.

import { s, setAttribute } from "./dom.js";
import { duration } from "./format.js";

const size = { width: 320, height: 96, bottom: 16, top: 6 };
const floor = size.height - size.bottom;

function canvas() {
  return s("svg", { viewBox: `0 0 ${size.width} ${size.height}`, role: "img", class: "plot" });
}

function label(x, y, anchor, text) {
  return s("text", { x, y, "text-anchor": anchor, class: "tick" }, text);
}

/** Values over time, the last one now. `set(values, write, period, title)`: null where nothing is known. */
export function lineChart() {
  const svg = canvas();
  svg.set = (values, write, period, title) => {
    const known = values.filter(value => value !== null);
    const top = Math.max(...known, 0) || 1;
    const x = index => values.length < 2 ? size.width : index / (values.length - 1) * size.width;
    const y = value => floor - value / top * (floor - size.top);
    let line = "";
    let area = "";
    let begin = null;
    values.forEach((value, index) => {
      if (value === null) return;
      const isFirst = begin === null;
      if (isFirst) begin = x(index);
      const point = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      // One alone is a dot.
      line += isFirst ? `M${point}h0` : `L${point}`;
      area += isFirst ? `M${point}` : `L${point}`;
      if (index === values.length - 1 || values[index + 1] === null) {
        area += `L${x(index).toFixed(1)} ${floor}L${begin.toFixed(1)} ${floor}Z`;
        begin = null;
      }
    });
    svg.replaceChildren(
      s("path", { d: area, class: "area" }), s("path", { d: line, class: "line" }),
      s("path", { d: `M0 ${floor}H${size.width}`, class: "axis" }),
      values.length < 2 ? "" : label(0, size.height - 3, "start", `${duration(period * (values.length - 1))} ago`),
      label(size.width, size.height - 3, "end", "now"));
    setAttribute(svg, "aria-label", known.length === 0 ? `${title}: nothing known yet`
      : `${title}: now ${write(known.at(-1))}, least ${write(Math.min(...known))}, most ${write(Math.max(...known))}`);
  };
  return svg;
}

/** Amounts side by side. `set(bars, title)`: each with a label and a value. */
export function barChart() {
  const svg = canvas();
  svg.set = (bars, title) => {
    const top = Math.max(...bars.map(bar => bar.value), 1);
    const width = size.width / Math.max(bars.length, 1);
    svg.replaceChildren(...bars.map((bar, index) => {
      const height = bar.value / top * (floor - size.top);
      return s("rect", {
        class: "column", x: (index * width + 0.75).toFixed(1), width: Math.max(width - 1.5, 0.5).toFixed(1),
        y: (floor - height).toFixed(1), height: height.toFixed(1),
      }, s("title", {}, `up to ${bar.label}: ${bar.value}`));
    }), s("path", { d: `M0 ${floor}H${size.width}`, class: "axis" }));
    if (bars.length > 0) {
      svg.append(label(0, size.height - 3, "start", bars[0].label), label(size.width, size.height - 3, "end", bars.at(-1).label));
    }
    setAttribute(svg, "aria-label", bars.length === 0 ? `${title}: nothing measured yet`
      : `${title}: ${bars.map(bar => `${bar.value} up to ${bar.label}`).join(", ")}`);
  };
  return svg;
}
