// How the server, its executor and its runs do: charts of the last hour, utilisation of workers, how long things take.

import { get } from "./api.js";
import { barChart, lineChart } from "./chart.js";
import { h, KeyedList, setAttribute, setText } from "./dom.js";
import { bytes, count, duration, number } from "./format.js";
import { poll } from "./live.js";

export async function open() {
  const charts = new KeyedList(h("div", { class: "cards charts" }),
    one => h("section", { class: "card chart" }, h("h2", {}, words(one.name)), h("p", { class: "between" }, h("span", { class: "now" }), h("span", { class: "muted small" })), lineChart()),
    (card, one) => {
      const last = one.values.findLast(value => value !== null);
      setText(card.children[1].firstChild, last === undefined ? "–" : amount(last, one.unit, one.name));
      setText(card.children[1].lastChild, last === undefined ? "nothing known yet" : `at most ${amount(Math.max(...one.values), one.unit, one.name)}`);
      card.children[2].set(one.values, value => amount(value, one.unit, one.name), one.period, words(one.name));
    });
  const workers = new KeyedList(h("div", { class: "workers" }),
    worker => h("div", { class: "worker" }, h("span", { class: "small" }, `Worker ${worker.index}`),
      h("div", { class: "meter", role: "meter", "aria-label": `Worker ${worker.index}`, "aria-valuemin": 0, "aria-valuemax": 100 }, h("span")),
      h("span", { class: "small right" })),
    (row, worker) => {
      const percent = Math.round(worker.utilisation * 100);
      row.children[1].firstChild.style.width = `${percent}%`;
      setAttribute(row.children[1], "aria-valuenow", percent);
      setText(row.lastChild, `${percent} %`);
      setAttribute(row, "title", `${number(worker.jobs_run)} jobs, ${number(worker.steals)} steals, ${number(worker.parks)} parks, ${number(worker.queued)} queued`);
    });
  const latencies = new KeyedList(h("div", { class: "cards charts" }),
    one => h("section", { class: "card chart" }, h("h2", {}, words(one.name)), h("p", { class: "muted small" }), barChart()),
    (card, one) => {
      setText(card.children[1], one.count === 0 ? "nothing measured yet"
        : `${count(one.count, "time")}: median ${duration(one.p50_seconds)}, 90 % ${duration(one.p90_seconds)}, 99 % ${duration(one.p99_seconds)}, longest ${duration(one.max_seconds)}`);
      card.children[2].set(one.histogram.map(bucket => ({ label: duration(bucket.up_to_seconds), value: bucket.count })), `How long ${words(one.name).toLowerCase()} take`);
    });
  const summary = h("p", { class: "muted small" });
  const parents = [charts, workers, latencies].map(list => list.parent);
  const noSeries = h("p", { class: "card empty" }, "Values are kept from the server's start on: the first ones come in a moment.");
  const load = async () => {
    const [series, executor] = await Promise.all([get("/series"), get("/executor")]);
    charts.set(series.series.map(one => [one.name, { ...one, period: series.period_seconds }]));
    noSeries.hidden = series.series.length > 0;
    workers.set(executor.workers.map(worker => [worker.index, worker]));
    latencies.set(executor.latencies.map(one => [one.name, one]));
    setText(summary, [
      count(executor.worker_count, "worker"), `${number(executor.jobs_run)} jobs run`, `${number(executor.steals)} stolen`,
      `${number(executor.injector_depth)} waiting from outside`, executor.resident_bytes ? `${bytes(executor.resident_bytes)} of memory` : null,
    ].filter(Boolean).join(" · "));
  };
  await load();
  return {
    title: "Metrics", close: poll(5, load),
    element: h("div", {}, h("div", { class: "head" }, h("h1", {}, "Metrics"), h("a", { class: "small", href: "/metrics" }, "as Prometheus reads them")),
      h("h2", { class: "between-cards" }, "The last hour"), noSeries, parents[0],
      h("section", { class: "card" }, h("h2", {}, "Executor"), summary, parents[1]),
      h("h2", { class: "between-cards" }, "How long things take"), parents[2]),
  };
}

/** `queue_depth` → `Queue depth` */
function words(name) {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function amount(value, unit, name) {
  if (unit === "s" || unit === "seconds") return duration(value);
  if (unit === "B" || unit === "bytes") return bytes(Math.round(value));
  if (unit === "ratio" || name.endsWith("utilisation")) return `${number(value * 100)} %`;
  if (unit === "1/s") return `${number(value)}/s`;
  return unit && unit !== "1" ? `${number(value)} ${unit}` : number(value);
}
