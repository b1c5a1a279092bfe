// Steps over time, with their attempts: a table whose bars stand in a cell.

import { h, KeyedList, setText } from "./dom.js";
import { duration, json, secondsBetween } from "./format.js";
import { poll } from "./live.js";
import { badge, isFinal, setBadge, stateClass } from "./states.js";

const outcomes = { "running": "running", "failed": "failed", "timed out": "timedOut", "succeeded": "succeeded", "cancelled": "cancelled" };
const shownSteps = 300;

export class TimelinePart {
  #run;
  #stop;

  constructor(run) {
    this.#run = run;
    this.scale = h("div", { class: "scale", "aria-hidden": "true" });
    this.body = h("tbody");
    this.rows = new KeyedList(this.body, step => h("tr", {}, h("th", { scope: "row", class: "break" }, step.step), h("td", {}, badge(step.state)),
      h("td", { class: "bars" }, h("div", { class: "track", "aria-hidden": "true" }), h("span", { class: "unseen" })),
      h("td", { class: "right", "data-label": "Took" })), (row, step) => this.#change(row, step));
    this.empty = h("p", { class: "empty", hidden: true }, "No step has begun yet.");
    this.rest = h("p", { class: "muted small" });
    this.element = h("div", { class: "card" }, this.empty, this.table = h("table", { class: "folds timeline" },
      h("caption", { class: "unseen" }, "Steps over time, with their attempts"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Step"), h("th", { scope: "col" }, "State"),
        h("th", { scope: "col", class: "bars" }, h("span", { class: "unseen" }, "Attempts"), this.scale),
        h("th", { scope: "col", class: "right" }, "Took"))), this.body), this.rest);
    this.#stop = poll(1, () => { if (!isFinal(this.#run.state)) this.update(this.#run); });
  }

  close() { this.#stop(); }

  async update(run) {
    this.#run = run;
    const steps = run.steps.filter(step => step.started_at || step.finished_at)
      .sort((a, b) => (a.started_at ?? a.finished_at) < (b.started_at ?? b.finished_at) ? -1 : 1);
    this.whole = Math.max(0.001, secondsBetween(run.created_at, run.finished_at));
    this.empty.hidden = steps.length > 0;
    this.table.hidden = steps.length === 0;
    this.rows.set(steps.slice(0, shownSteps).map(step => [step.step, step]));
    setText(this.rest, steps.length > shownSteps ? `The first ${shownSteps} of ${steps.length} steps.` : "");
    this.#showScale();
  }

  #showScale() {
    const text = duration(this.whole);
    if (this.scale.dataset.whole === text) return;
    this.scale.dataset.whole = text;
    this.scale.replaceChildren(...[0, 0.25, 0.5, 0.75, 1].map(share => {
      const mark = h("span", {}, share === 0 ? "0" : duration(this.whole * share));
      mark.style.left = `${share * 100}%`;
      return mark;
    }));
  }

  #change(row, step) {
    const [, state, bars, took] = row.children;
    setBadge(state.firstChild, step.state);
    const [track, words] = bars.children;
    const pieces = attemptsOf(step, this.#run);
    const news = json([pieces, Math.round(this.whole * 1000)]);
    if (track.dataset.shown !== news) {
      track.dataset.shown = news;
      track.replaceChildren(...pieces.map(piece => this.#bar(piece, step)));
    }
    setText(words, pieces.map(piece => `Attempt ${piece.attempt} ${piece.outcome}${piece.reason ? `: ${piece.reason}` : ""}.`).join(" "));
    const length = step.started_at ? secondsBetween(step.started_at, step.finished_at ?? this.#run.finished_at) : 0;
    setText(took, duration(length));
  }

  #bar({ from, to, attempt, outcome, reason }, step) {
    const state = outcomes[outcome] ?? step.state;
    const begin = secondsBetween(this.#run.created_at, from) / this.whole;
    const length = secondsBetween(from, to) / this.whole;
    const bar = h("span", {
      class: `bar ${stateClass(state)} is-${state}`,
      title: `Attempt ${attempt} ${outcome}, ${duration(secondsBetween(from, to))}${reason ? `: ${reason}` : ""}`,
    });
    bar.style.left = `${Math.max(0, begin) * 100}%`;
    bar.style.width = `${Math.max(0, length) * 100}%`;
    return bar;
  }
}

/** When each attempt began is not kept but of the first: the others begin, in the picture, where the one before has ended. */
function attemptsOf(step, run) {
  const now = run.finished_at ?? new Date().toISOString();
  let last = step.started_at ?? step.finished_at;
  const pieces = [];
  for (const { attempt, outcome, began_at, ended_at, reason } of step.attempts) {
    const from = began_at ?? last;
    const to = ended_at ?? step.finished_at ?? now;
    if (from) pieces.push({ attempt, outcome, reason, from, to });
    last = to;
  }
  if (pieces.length === 0 && last) {
    pieces.push({ attempt: 1, outcome: step.state, from: last, to: step.finished_at ?? now, reason: step.reason });
  }
  return pieces;
}
