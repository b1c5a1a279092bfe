// What starts runs by itself, and when.

import { get } from "./api.js";
import { h, KeyedList, setText } from "./dom.js";
import { exact, setTime } from "./format.js";
import { poll } from "./live.js";

const kinds = {
  cron: "schedule", interval: "interval", event: "event", file: "file", threshold: "threshold", workflow: "end of another workflow",
};

export async function open() {
  const body = h("tbody");
  const list = new KeyedList(body, trigger => h("tr", {},
    h("th", { scope: "row", class: "break" }, trigger.name),
    h("td", { class: "break" }, h("a", { href: `#/workflows/${encodeURIComponent(trigger.workflow)}` }, trigger.workflow)),
    h("td", {}), h("td", { class: "break" }, h("code")), h("td", { "data-label": "Next" }, h("time", { class: "relative" }), h("span", { class: "later" })),
    h("td", { "data-label": "Last" }, h("time", { class: "relative" }))),
  (row, trigger) => {
    setText(row.children[2], kinds[trigger.kind] ?? trigger.kind);
    setText(row.children[3].firstChild, trigger.text);
    setTime(row.children[4].firstChild, trigger.next[0]);
    setText(row.children[4].lastChild, trigger.next.slice(0, 3).map(exact).join("\n"));
    setTime(row.children[5].firstChild, trigger.last);
  });
  const table = h("div", { class: "card" }, h("table", { class: "folds" }, h("caption", { class: "unseen" }, "Triggers"), h("thead", {}, h("tr", {},
    ["Name", "Starts", "Kind", "When", "Next", "Last"].map(title => h("th", { scope: "col" }, title)))), body));
  const empty = h("div", { class: "card empty" }, h("h2", {}, "No schedules"), h("p", {}, "Runs start by themselves by ", h("code", {}, "triggers:"),
    " in a workflow, for example "), h("code", {}, "triggers: { nightly: { cron: \"15 2 * * *\", timeZone: Europe/Berlin } }"));
  const load = async () => {
    const { schedules } = await get("/schedules");
    list.set(schedules.map(one => [JSON.stringify([one.workflow, one.name]), one]));
    table.hidden = schedules.length === 0;
    empty.hidden = schedules.length > 0;
  };
  await load();
  return { title: "Schedules", close: poll(5, load), element: h("div", {}, h("div", { class: "head" }, h("h1", {}, "Schedules and triggers")), table, empty) };
}
