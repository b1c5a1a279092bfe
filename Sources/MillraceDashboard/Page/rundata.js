// What a run was given and what came of it; and its history.

import { h, KeyedList, replace, setText } from "./dom.js";
import { count, json, setTime } from "./format.js";
import { badge, setBadge } from "./states.js";
import { valueBlock } from "./values.js";

/** Steps shown before somebody asks for more. */
const shownSteps = 100;

export class DataPart {
  #shown = "";
  #most = shownSteps;

  constructor() {
    this.whole = h("div", { class: "cards" });
    this.list = h("div");
    this.steps = new KeyedList(this.list, step => this.#make(step), (element, step) => this.#change(element, step));
    this.more = h("button", { type: "button", hidden: true, on: { click: () => this.#showMore() } }, "Show more");
    this.element = h("div", {}, this.whole,
      h("section", { class: "card", "aria-labelledby": "outputs-title" }, h("h2", { id: "outputs-title" }, "Outputs of steps"),
        this.list, this.more));
  }

  async update(run) {
    this.run = run;
    const news = json([run.parameters, run.parameters_bytes, run.result, run.result_bytes]);
    if (news !== this.#shown) {
      this.#shown = news;
      const card = (title, value, size, of) => h("section", { class: "card" }, h("h2", {}, title),
        value === undefined && !size ? h("p", { class: "muted" }, "None.") : valueBlock(value, size, { run: run.run, of }));
      replace(this.whole,
        card(run.status === undefined ? "Parameters" : "State", run.parameters, run.parameters_bytes, "parameters"),
        card("Result", run.result, run.result_bytes, "result"));
    }
    this.#show();
  }

  #showMore() {
    this.#most += 500;
    this.#show();
  }

  #show() {
    const steps = this.run.steps;
    this.steps.set(steps.slice(0, this.#most).map(step => [step.step, step]));
    this.more.hidden = steps.length <= this.#most;
    this.list.hidden = steps.length === 0;
  }

  #make(step) {
    return h("details", { class: "step" }, h("summary", {}, h("span", { class: "break" }, step.step), " ", badge(step.state),
      " ", h("span", { class: "muted small" })), h("div"));
  }

  #change(element, step) {
    const [summary, body] = element.children;
    setBadge(summary.children[1], step.state);
    setText(summary.children[2], step.attempt > 1 ? count(step.attempt, "attempt") : "");
    const news = json([step.output, step.output_bytes, step.reason, step.input_hash]);
    if (element.dataset.shown === news) return;
    element.dataset.shown = news;
    replace(body,
      step.reason ? h("p", { class: "break" }, step.reason) : null,
      step.input_hash ? h("p", { class: "muted small break" }, "Hash of its input: ", h("code", {}, step.input_hash)) : null,
      step.output === undefined && !step.output_bytes ? h("p", { class: "muted" }, "No output.")
        : valueBlock(step.output, step.output_bytes, { run: this.run.run, of: "step", step: step.step }));
  }
}

export class HistoryPart {
  constructor() {
    this.body = h("tbody");
    this.entries = new KeyedList(this.body,
      () => h("tr", {}, h("td", {}, h("time", { class: "relative" })), h("td", {}), h("td", { class: "break" }),
        h("td", { class: "break muted" })),
      (row, entry) => {
        setTime(row.children[0].firstChild, entry.time);
        setText(row.children[1], entry.kind);
        setText(row.children[2], entry.step ? entry.step + (entry.attempt ? `, attempt ${entry.attempt}` : "") : "");
        setText(row.children[3], entry.reason ?? "");
      });
    this.summary = h("p", { class: "muted small" });
    this.element = h("div", { class: "card" }, this.summary, h("div", { class: "scroll" }, h("table", { class: "folds" },
      h("caption", { class: "unseen" }, "History, the latest first"),
      h("thead", {}, h("tr", {}, ["When", "What", "Step", "Why"].map(title => h("th", { scope: "col" }, title)))), this.body)));
  }

  async update(run) {
    const first = run.history_count - run.history.length;
    this.entries.set(run.history.map((entry, index) => [first + index, entry]).reverse());
    setText(this.summary, first > 0 ? `The latest ${run.history.length} of ${count(run.history_count, "entry", "entries")}.`
      : run.history_count === 0 ? "Nothing has happened yet." : count(run.history_count, "entry", "entries"));
  }
}
