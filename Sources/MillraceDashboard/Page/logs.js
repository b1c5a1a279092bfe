// Lines that a run's steps have written lately.

import { get, path, query } from "./api.js";
import { h, setText } from "./dom.js";
import { clock, count, exact } from "./format.js";

/** Lines kept on the page. */
const limit = 2000;

export class LogPart {
  #next = 0;
  #isReading = false;
  #steps = new Set();

  constructor() {
    this.lines = h("ol", { class: "log", tabindex: "0", "aria-label": "Log lines, the latest last" });
    this.step = h("select", { id: "log-step", on: { change: () => this.#filter() } }, h("option", { value: "" }, "All"));
    this.follow = h("input", { id: "log-follow", type: "checkbox", checked: true });
    this.lost = h("p", { class: "muted small" });
    this.fault = h("p", { class: "notice", role: "alert", hidden: true });
    this.empty = h("p", { class: "empty" }, "No line is kept. Lines are kept in memory, by the process that drives the run.");
    this.element = h("div", { class: "card" },
      h("div", { class: "log-tools" },
        h("div", { class: "field" }, h("label", { for: "log-step" }, "Step"), this.step),
        h("div", { class: "field check" }, this.follow, h("label", { for: "log-follow" }, "Follow"))),
      this.fault, this.lost, this.empty, this.lines);
  }

  async update(run) {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      for (;;) {
        const page = await get(query(path`/runs/${run.run}/logs`, { after: this.#next, limit: 500 }));
        this.fault.hidden = true;
        setText(this.lost, page.lost > 0 ? `${count(page.lost, "earlier line")} no longer kept.` : "");
        this.#append(page.lines);
        this.#next = page.next;
        if (page.lines.length < 500) break;
      }
    } catch (error) {
      this.fault.hidden = false;
      setText(this.fault, error.message);
    } finally {
      this.#isReading = false;
    }
  }

  #append(lines) {
    for (const line of lines) {
      if (!this.#steps.has(line.step)) {
        this.#steps.add(line.step);
        this.step.append(h("option", { value: line.step }, line.step));
      }
      this.lines.append(h("li", { "data-step": line.step, hidden: this.#isHidden(line.step) },
        h("time", { datetime: line.time, title: exact(line.time) }, clock(line.time)),
        h("span", { class: "step" }, line.attempt > 1 ? `${line.step} #${line.attempt}` : line.step),
        h("span", { class: "text" }, line.text)));
    }
    while (this.lines.childElementCount > limit) this.lines.firstChild.remove();
    const isEmpty = this.lines.childElementCount === 0;
    this.empty.hidden = !isEmpty;
    this.lines.hidden = isEmpty;
    if (lines.length > 0 && this.follow.checked) this.lines.scrollTop = this.lines.scrollHeight;
  }

  #isHidden(step) { return this.step.value !== "" && this.step.value !== step; }

  #filter() {
    for (const line of this.lines.children) line.hidden = this.#isHidden(line.dataset.step);
  }
}
