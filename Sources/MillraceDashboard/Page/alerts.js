// What somebody should look after.

import { get, may, path, post } from "./api.js";
import { ask, field } from "./dialog.js";
import { h, KeyedList, s, setAttribute, setText } from "./dom.js";
import { count, setTime } from "./format.js";
import { onAlerts, poll, throttle } from "./live.js";

const signs = {
  critical: "M8 1.5l6.5 12h-13zM8 6v3.5M8 11.7v.1", warning: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3.5M8 10.8v.1",
  info: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 7.5V11M8 5.2v.1",
};
const classes = { critical: "state-failed", warning: "state-waiting", info: "state-pending" };

export async function open() {
  const body = h("ul", { class: "alerts" });
  const load = async () => {
    const { alerts } = await get("/alerts");
    list.set(alerts.map(alert => [alert.id, alert]));
    body.hidden = alerts.length === 0;
    empty.hidden = alerts.length > 0;
  };
  const list = new KeyedList(body, alert => make(alert, load), change);
  const empty = h("div", { class: "card empty" }, h("h2", {}, "No alerts"),
    h("p", {}, "Failures are told of by default. Rules and where they are told: see the operator's guide."));
  await load();
  // How often one came is told by nobody.
  const stops = [poll(10, load), onAlerts(throttle(0.4, load))];
  return {
    title: "Alerts", close: () => stops.forEach(stop => stop()),
    element: h("div", {}, h("div", { class: "head" }, h("h1", {}, "Alerts")), body, empty),
  };
}

function make(alert, changed) {
  return h("li", { class: "card" },
    h("div", { class: "between" },
      h("span", { class: `badge ${classes[alert.severity]}` },
        s("svg", { class: "sign", viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, s("path", { d: signs[alert.severity] })),
        h("span", {}, alert.severity)),
      h("span", { class: "muted small standing" })),
    h("p", { class: "message break" }),
    h("p", { class: "muted small facts-line" }, h("span", {}, alert.rule), " · first ", h("time", { class: "relative" }), " · ",
      h("span"), " ", alert.run ? h("a", { href: `#/runs/${encodeURIComponent(alert.run)}` }, "the run")
        : alert.workflow ? h("a", { href: `#/workflows/${encodeURIComponent(alert.workflow)}` }, alert.workflow) : null),
    h("p", { class: "small break comment" }),
    may("operator") ? h("button", {
      type: "button", class: "acknowledge", on: { click: () => acknowledge(alert, changed) },
    }, "Acknowledge") : null);
}

function change(item, alert) {
  setAttribute(item, "class", `card is-${alert.state}`);
  setText(item.querySelector(".standing"), { firing: "not acknowledged", acknowledged: "acknowledged", recovered: "recovered" }[alert.state]);
  setText(item.querySelector(".message"), alert.message);
  const line = item.querySelector(".facts-line");
  setTime(line.querySelector("time"), alert.since);
  setText(line.children[2], alert.count > 1 ? `came ${count(alert.count, "time")}` : "came once");
  setText(item.querySelector(".comment"), alert.acknowledged_by
    ? `${alert.acknowledged_by} looks after it${alert.comment ? `: ${alert.comment}` : ""}` : "");
  const button = item.querySelector(".acknowledge");
  if (button) button.hidden = alert.state !== "firing";
}

function acknowledge(alert, changed) {
  const comment = h("input", { type: "text", maxlength: 500, autocomplete: "off" });
  ask({
    title: "Acknowledge the alert?", text: alert.message, verb: "Acknowledge",
    fields: [field("Comment", comment, "For who looks next; may be left empty.")],
    work: async () => {
      await post(path`/alerts/${alert.id}/acknowledge`, comment.value.trim() === "" ? {} : { comment: comment.value.trim() });
      await changed();
    },
    done: () => "The alert is acknowledged.",
  });
}
