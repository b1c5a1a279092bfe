// What runs compete for: queues, breakers, scarce resources.

import { get } from "./api.js";
import { h, KeyedList, setAttribute, setText } from "./dom.js";
import { count, duration, number, setTime } from "./format.js";
import { poll } from "./live.js";
import { badge, setBadge } from "./states.js";

export async function open() {
  const queues = section("Queues", "Queue", ["Running", "Waiting", "Rules"], "No queue is defined. A task goes through one by `queue:` in its workflow.",
    (cells, queue) => {
      setAmount(cells[0], queue.running, queue.concurrency, "at a time");
      setAmount(cells[1], queue.waiting, queue.bound, "at most", true);
      setText(cells[2], [
        queue.rate ? `${count(queue.rate, "start")} in ${duration(queue.rate_period_seconds ?? 1)}` : null,
        queue.is_fair ? "keys take turns" : null,
        queue.when_full === "wait" ? "waits when full" : "refuses when full",
        queue.timeout_seconds ? `waits at most ${duration(queue.timeout_seconds)}` : null,
      ].filter(Boolean).join(", "));
    });
  const breakers = section("Breakers", "Breaker", ["State", "Failures", "Since"], "No breaker is defined. A task asks one by `circuit:` in its workflow.",
    (cells, breaker) => {
      if (!cells[0].firstChild) cells[0].append(badge(breaker.state), h("span", { class: "muted small" }));
      setBadge(cells[0].firstChild, breaker.state);
      setText(cells[0].lastChild, breaker.state === "open" ? " refuses calls" : breaker.state === "halfOpen" ? " lets probes through" : "");
      setText(cells[1], breaker.failures_limit
        ? `${number(breaker.failures)} of ${number(breaker.failures_limit)} in ${duration(breaker.window_seconds ?? 0)}` : number(breaker.failures));
      if (!cells[2].firstChild) cells[2].append(h("time", { class: "relative" }), h("span", { class: "muted small" }));
      setTime(cells[2].firstChild, breaker.changed_at);
      setText(cells[2].lastChild, breaker.state === "open" && breaker.tries_again_at ? ", tries again soon" : "");
    });
  const resources = section("Resources", "Resource", ["In use", "Waiting"], "No scarce resource is defined. A task takes units by `resources:` in its workflow.",
    (cells, resource) => {
      setAmount(cells[0], resource.units - resource.free, resource.units, "units");
      setText(cells[1], number(resource.waiting));
    });
  const load = async () => {
    const [a, b, c] = await Promise.all([get("/queues"), get("/breakers"), get("/resources")]);
    queues.set(a.queues);
    breakers.set(b.breakers);
    resources.set(c.resources);
  };
  await load();
  return {
    title: "Queues", close: poll(2, load),
    element: h("div", {}, h("div", { class: "head" }, h("h1", {}, "Queues and breakers")),
      h("p", { class: "lead" }, "Of the process that serves this page."), queues.element, breakers.element, resources.element),
  };
}

function section(title, first, titles, emptyText, change) {
  const body = h("tbody");
  const list = new KeyedList(body,
    one => h("tr", {}, h("th", { scope: "row", class: "break" }, one.name), titles.map(label => h("td", { "data-label": label }))),
    (row, one) => change([...row.children].slice(1), one));
  const table = h("table", { class: "folds" }, h("caption", { class: "unseen" }, title), h("thead", {}, h("tr", {},
    [first, ...titles].map(label => h("th", { scope: "col" }, label)))), body);
  const empty = h("p", { class: "muted" }, ...emptyText.split("`").map((part, index) => index % 2 ? h("code", {}, part) : part));
  return {
    element: h("section", { class: "card" }, h("h2", {}, title), table, empty),
    set(items) {
      list.set(items.map(one => [one.name, one]));
      table.hidden = items.length === 0;
      empty.hidden = items.length > 0;
    },
  };
}

/** A number against its limit, as a bar and as words. */
function setAmount(cell, amount, limit, word, isTight = false) {
  if (!cell.firstChild) cell.append(h("span"), h("div", { class: "meter", "aria-hidden": "true" }, h("span")));
  setText(cell.firstChild, `${number(amount)} of ${number(limit)} ${word}`);
  const share = limit > 0 ? Math.min(1, amount / limit) : 0;
  cell.lastChild.firstChild.style.width = `${share * 100}%`;
  setAttribute(cell.lastChild, "class", isTight && share > 0.9 ? "meter high" : "meter");
}
