// The graph of a run, and what there is to know of the step that is chosen in it.

import { get, path } from "./api.js";
import { h, replace } from "./dom.js";
import { elapsedElement, timeElement } from "./format.js";
import { GraphView } from "./graph.js";
import { badge } from "./states.js";
import { valueBlock } from "./values.js";

export class GraphPart {
  #run;
  #graph = null;
  #view = null;
  #chosen = null;
  #shownDetail = "";

  constructor(run) {
    this.#run = run;
    this.place = h("div", { class: "card" });
    this.detail = h("section", { class: "card detail", "aria-live": "polite", hidden: true });
    this.element = h("div", {}, this.place, this.detail);
  }

  async update(run) {
    this.#run = run;
    this.#graph = await get(path`/runs/${run.run}/graph`);
    if (this.#view?.fits(this.#graph)) {
      this.#view.update(this.#graph);
    } else {
      this.#view = new GraphView(this.#graph, name => this.#choose(name));
      replace(this.place, this.#graph.kind === "unknown"
        ? h("p", { class: "notice calm" }, "The definition of this run is not here: these are the steps it has made, without the graph.") : null,
      this.#graph.nodes.length === 0 ? h("p", { class: "empty" }, "No step has begun yet.") : this.#view.element);
      if (this.#chosen) this.#view.mark(this.#chosen);
    }
    this.#showDetail();
  }

  go(route) {
    this.#chosen = route.query.get("step");
    if (this.#chosen) this.#view.mark(this.#chosen);
    this.#showDetail();
  }

  #choose(name) {
    this.#chosen = name;
    history.replaceState(null, "", `#/runs/${encodeURIComponent(this.#run.run)}/graph?step=${encodeURIComponent(name)}`);
    this.#showDetail();
  }

  #showDetail() {
    const node = this.#graph?.nodes.find(one => one.name === this.#chosen);
    this.detail.hidden = !node;
    if (!node) return;
    const steps = this.#run.steps.filter(step => belongs(step.step, node.name));
    // What is the same is left as it is: somebody may be reading or copying it.
    const news = JSON.stringify([node, steps]);
    if (news === this.#shownDetail) return;
    this.#shownDetail = news;
    const fact = (title, value) => value ? [h("dt", {}, title), h("dd", {}, value)] : [];
    replace(this.detail,
      h("h2", {}, node.name, " ", node.state ? badge(node.state) : null),
      node.summary ? h("p", { class: "muted" }, node.summary) : null,
      h("dl", { class: "facts" },
        fact("Kind", node.kind),
        fact("Role", node.role === "task" || node.role === "status" ? null : `${node.role} of ${node.of}`),
        fact("Queue", node.queue),
        fact("Breaker", node.circuit),
        fact("Began", node.started_at ? timeElement(node.started_at) : null),
        fact("Took", node.started_at ? elapsedElement(node.started_at, node.finished_at) : null),
        fact("Attempts", node.attempt ? `${node.attempt}${node.attempts_limit ? ` of at most ${node.attempts_limit}` : ""}` : null),
        fact("Reason", node.reason)),
      node.input === undefined ? null : [h("h3", {}, "Input, as defined"), valueBlock(node.input)],
      steps.slice(0, 20).map(step => step.output === undefined && !step.output_bytes ? null
        : [h("h3", {}, steps.length > 1 ? `Output of ${step.step}` : "Output"),
          valueBlock(step.output, step.output_bytes, { run: this.#run.run, of: "step", step: step.step })]),
      steps.length > 20 ? h("p", { class: "muted" }, `${steps.length - 20} more are under “Inputs and outputs”.`) : null);
  }
}

/** Whether a step of a run is one of a task: itself, an element of a fan-out, a visit of a status. */
function belongs(step, task) {
  return step === task || step.startsWith(`${task}[`) || step.startsWith(`${task}#`);
}
