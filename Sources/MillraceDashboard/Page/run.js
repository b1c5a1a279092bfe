// One run: where it stands, why it waits, what is left of its bound, and all it did.

import { get, path } from "./api.js";
import { actionButtons } from "./actions.js";
import { h, KeyedList, replace, setAttribute, setText } from "./dom.js";
import { count, duration, elapsedElement, number, secondsBetween, setElapsed, setTime, timeElement } from "./format.js";
import { sendEvent } from "./letters.js";
import { onRuns, poll, throttle } from "./live.js";
import { badge, isFinal, setBadge } from "./states.js";
import { GraphPart } from "./rungraph.js";
import { DataPart, HistoryPart } from "./rundata.js";
import { LogPart } from "./logs.js";
import { TimelinePart } from "./timeline.js";

const parts = {
  graph: ["Graph", GraphPart],
  timeline: ["Timeline", TimelinePart],
  data: ["Inputs and outputs", DataPart],
  logs: ["Logs", LogPart],
  history: ["History", HistoryPart],
};

export async function open(route) {
  const run = await get(path`/runs/${route.id}`);
  const view = new RunView(run);
  await view.go(route);
  return view;
}

class RunView {
  #run;
  #part = null;
  #partName = null;
  #stops;

  constructor(run) {
    this.#run = run;
    this.title = `${run.workflow} ${run.run.slice(0, 8)}`;
    this.#build();
    this.#show();
    const read = throttle(0.4, () => this.read());
    this.#stops = [
      onRuns(({ runs, isWhole }) => {
        if (!isWhole || runs.some(one => one.run === run.run)) read();
      }, run.run),
      // What is left of bounds passes by itself.
      poll(1, () => this.#showBounds()),
    ];
  }

  close() {
    for (const stop of this.#stops) stop();
    this.#part?.close?.();
  }

  /** Somebody went to another part, or chose a step. */
  async go(route) {
    const name = route.part in parts ? route.part : "graph";
    if (name !== this.#partName) {
      this.#partName = name;
      for (const link of this.tabs.children) {
        setAttribute(link, "aria-current", link.dataset.part === name ? "page" : null);
      }
      this.#part?.close?.();
      this.#part = new parts[name][1](this.#run);
      replace(this.place, this.#part.element);
      await this.#part.update(this.#run);
    }
    this.#part.go?.(route);
  }

  /** Reads the run again, and shows what has changed. */
  async read() {
    const run = await get(path`/runs/${this.#run.run}`);
    // Of two answers on two connections the later one may be the older.
    if (run.revision < this.#run.revision) return;
    this.#run = run;
    this.#show();
    await this.#part.update(this.#run);
  }

  // MARK: What is shown

  #build() {
    const run = this.#run;
    const base = `#/runs/${encodeURIComponent(run.run)}`;
    this.badge = badge(run.state);
    this.actions = h("div", { class: "actions", role: "group", "aria-label": "Actions" });
    this.reason = h("p", { class: "lead break" });
    this.waitCard = h("section", { class: "card", "aria-labelledby": "waits-title" },
      h("h2", { id: "waits-title" }, "Why it waits"));
    this.waitList = h("ul", { class: "waits" });
    this.waits = new KeyedList(this.waitList, () => h("li", {}, h("span", { class: "break" }), h("span", { class: "muted small" })),
      (item, wait) => this.#changeWait(item, wait));
    this.waitCard.append(this.waitList);
    this.facts = h("dl", { class: "facts" });
    this.attempts = meter("Attempts");
    this.time = meter("Time");
    this.tabs = h("nav", { class: "tabs", "aria-label": "Parts of the run" }, Object.entries(parts).map(([name, [title]]) =>
      h("a", { href: `${base}/${name}`, "data-part": name }, title)));
    this.place = h("div", { class: "part" });
    this.element = h("article", { class: "run" },
      h("p", { class: "small" }, h("a", { href: "#/runs" }, "Runs")),
      h("div", { class: "head" }, h("h1", {}, run.workflow, run.key ? h("span", { class: "key muted" }, ` ${run.key}`) : null),
        this.badge, this.actions),
      this.reason,
      h("div", { class: "cards" },
        h("section", { class: "card", "aria-labelledby": "facts-title" }, h("h2", { id: "facts-title" }, "Run"), this.facts),
        h("section", { class: "card", "aria-labelledby": "bounds-title" }, h("h2", { id: "bounds-title" }, "What is left of its bound"),
          this.attempts.element, this.time.element)),
      this.waitCard,
      this.tabs, this.place);
    this.#fillFacts();
  }

  #fillFacts() {
    const run = this.#run;
    const fact = (title, ...values) => [h("dt", {}, title), h("dd", {}, values)];
    const link = id => h("a", { href: `#/runs/${encodeURIComponent(id)}`, class: "mono" }, id);
    this.changedTitle = h("dt", {});
    this.changed = timeElement(run.updated_at);
    this.took = elapsedElement(run.created_at, run.finished_at);
    this.status = h("dd", {});
    replace(this.facts,
      fact("Id", h("code", {}, run.run)),
      run.status === undefined ? [] : [h("dt", {}, "Status"), this.status],
      fact("Started", timeElement(run.created_at)),
      [this.changedTitle, h("dd", {}, this.changed)],
      fact("Took", this.took),
      run.parent ? fact("Part of", link(run.parent), run.parent_step ? `, step ${run.parent_step}` : "") : [],
      run.origin ? fact("Comes from", link(run.origin)) : [],
      run.priority ? fact("Priority", number(run.priority)) : [],
      run.idempotency_key ? fact("Idempotency key", run.idempotency_key) : [],
      run.traceparent ? fact("Trace", h("code", {}, run.traceparent)) : [],
      fact("Definition", h("code", { title: run.definition }, run.definition.slice(0, 12))));
  }

  #show() {
    const run = this.#run;
    setBadge(this.badge, run.state, run.closing);
    setText(this.reason, run.reason ?? "");
    this.reason.hidden = !run.reason;
    setText(this.changedTitle, run.finished_at ? "Ended" : "Changed");
    setTime(this.changed, run.finished_at ?? run.updated_at);
    setElapsed(this.took, run.created_at, run.finished_at);
    setText(this.status, run.status ?? "");
    const wanted = run.actions.join(" ");
    if (this.actions.dataset.actions !== wanted) {
      const focused = this.actions.contains(document.activeElement);
      this.actions.dataset.actions = wanted;
      replace(this.actions, actionButtons(run, () => this.#run, () => this.read()));
      if (focused) (this.actions.querySelector("button") ?? document.getElementById("main")).focus();
    }
    this.waitCard.hidden = run.waits.length === 0;
    this.waits.set(run.waits.map(wait => [`${wait.kind} ${wait.step ?? ""} ${wait.event ?? ""}`, wait]));
    this.#showBounds();
  }

  #changeWait(item, wait) {
    setText(item.children[0], wait.text);
    const rest = wait.until && wait.until !== "never" ? secondsBetween(new Date().toISOString(), wait.until) : null;
    setText(item.children[1], rest === null ? "" : rest < 0 ? ` overdue by ${duration(-rest)}` : ` ${duration(rest)} left`);
    setAttribute(item.children[1], "title", wait.until ?? null);
    const wants = wait.event && (wait.kind === "event" || wait.kind === "approval") && this.#run.actions.length > 0;
    if (wants && !item.children[2]) {
      item.append(h("button", {
        type: "button", on: { click: () => sendEvent(this.#run.run, wait, () => this.read()) },
      }, wait.kind === "approval" ? "Answer" : "Send the event"));
    }
  }

  #showBounds() {
    const run = this.#run;
    const limit = run.attempts_limit;
    this.attempts.set(limit ? run.attempts / limit : 0, limit
      ? `${number(run.attempts)} of at most ${count(limit, "attempt")}` : count(run.attempts, "attempt"));
    for (const item of this.waitList.children) {
      const wait = run.waits[[...this.waitList.children].indexOf(item)];
      if (wait) this.#changeWait(item, wait);
    }
    if (run.deadline === "never") {
      this.time.set(0, "no deadline");
      return;
    }
    const whole = secondsBetween(run.created_at, run.deadline);
    const used = secondsBetween(run.created_at, run.finished_at);
    this.time.set(used / whole, isFinal(run.state)
      ? `${duration(used)} of at most ${duration(whole)}`
      : used > whole ? `over its deadline by ${duration(used - whole)}`
        : `${duration(whole - used)} left of ${duration(whole)}`);
  }
}

/** How much of a bound is used: a bar and words. */
function meter(title) {
  const bar = h("span");
  const words = h("span", { class: "small" });
  const track = h("div", { class: "meter", role: "meter", "aria-label": title, "aria-valuemin": 0, "aria-valuemax": 100 }, bar);
  return {
    element: h("div", { class: "bound" }, h("div", { class: "between" }, h("span", { class: "muted small" }, title), words), track),
    set(share, text) {
      const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
      bar.style.width = `${percent}%`;
      track.classList.toggle("high", share > 0.9);
      setAttribute(track, "aria-valuenow", percent);
      setAttribute(track, "aria-valuetext", text);
      setText(words, text);
    },
  };
}
