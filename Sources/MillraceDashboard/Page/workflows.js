// Workflows that can be started: what they need, what they do, what the worst is that a run can come to.

import { APIError, get, may, path, post } from "./api.js";
import { ask, field } from "./dialog.js";
import { h, KeyedList, replace, setText } from "./dom.js";
import { count, duration, number, timeElement } from "./format.js";
import { parameterForm } from "./form.js";
import { GraphView } from "./graph.js";
import { poll } from "./live.js";
import { valueBlock } from "./values.js";

export async function open(route) {
  return route.id ? oneWorkflow(await get(path`/workflows/${route.id}`)) : allWorkflows();
}

async function allWorkflows() {
  const body = h("tbody");
  const list = new KeyedList(body, workflow => h("tr", {},
    h("th", { scope: "row" }, h("a", { href: `#/workflows/${encodeURIComponent(workflow.name)}` }, workflow.name)),
    h("td", { class: "break muted" }), h("td", { class: "right" }, h("a", { href: `#/runs?workflow=${encodeURIComponent(workflow.name)}` })),
    h("td", { class: "right", "data-label": "Triggers" }),
    h("td", { class: "right" }, may("operator") ? h("button", {
      type: "button", "aria-label": `Start ${workflow.name}`, on: { click: async () => startWorkflow(await get(path`/workflows/${workflow.name}`)) },
    }, "Start") : null)),
  (row, workflow) => {
    setText(row.children[1], workflow.summary ?? "");
    setText(row.children[2].firstChild, `${count(workflow.runs.unfinished, "run")} under way`);
    setText(row.children[3], number(workflow.trigger_count ?? 0));
  });
  const table = h("div", { class: "card" }, h("table", { class: "folds" }, h("caption", { class: "unseen" }, "Workflows"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Name"), h("th", { scope: "col" }, "What it does"),
      h("th", { scope: "col", class: "right" }, "Runs"), h("th", { scope: "col", class: "right" }, "Triggers"),
      h("th", { scope: "col" }, h("span", { class: "unseen" }, "Start")))), body));
  const empty = h("div", { class: "card empty", hidden: true }, h("h2", {}, "No workflows"),
    h("p", {}, "The server knows those that it was started with:"), h("code", {}, "millrace serve my-workflow.yaml --listen 127.0.0.1:8080"));
  const load = async () => {
    const { workflows } = await get("/workflows");
    list.set(workflows.map(one => [one.name, one]));
    table.hidden = workflows.length === 0;
    empty.hidden = workflows.length > 0;
  };
  await load();
  return {
    title: "Workflows", close: poll(5, load),
    element: h("div", {}, h("div", { class: "head" }, h("h1", {}, "Workflows")), table, empty),
  };
}

function oneWorkflow(workflow) {
  const detail = h("section", { class: "card detail", "aria-live": "polite", hidden: true });
  const graph = new GraphView(workflow.graph, name => showNode(detail, workflow.graph.nodes.find(node => node.name === name)));
  const fact = (title, value) => value ? [h("dt", {}, title), h("dd", {}, value)] : [];
  const list = names => names.length > 0 ? names.join(", ") : null;
  const element = h("article", {},
    h("p", { class: "small" }, h("a", { href: "#/workflows" }, "Workflows")),
    h("div", { class: "head" }, h("h1", {}, workflow.name), h("div", { class: "actions" },
      h("a", { class: "button", href: `#/runs?workflow=${encodeURIComponent(workflow.name)}` }, "Its runs"),
      may("operator") ? h("button", { type: "button", class: "primary", id: "start", on: { click: () => startWorkflow(workflow) } }, "Start a run") : null)),
    workflow.summary ? h("p", { class: "lead break" }, workflow.summary) : null,
    h("div", { class: "cards" },
      h("section", { class: "card" }, h("h2", {}, "The worst that a run can come to"), h("dl", { class: "facts" },
        fact("Attempts", number(workflow.bounds.attempts)), fact("Time", duration(workflow.bounds.duration_seconds)),
        fact("Deadline", duration(workflow.deadline_seconds)), fact("Longest path", workflow.path?.join(" → ")))),
      h("section", { class: "card" }, h("h2", {}, "Definition"), h("dl", { class: "facts" },
        fact("Kind", workflow.kind === "states" ? "state machine" : "graph of tasks"),
        fact("Survives", { memory: "nothing: it is kept in memory", processCrash: "a crash of the process", powerLoss: "a loss of power" }[workflow.durability]),
        fact("Waits for", list(workflow.events)), fact("Queues", list(workflow.queues)), fact("Breakers", list(workflow.circuits)),
        fact("Resources", list(workflow.resources)),
        fact("Pauses after", workflow.pause_after_errors ? `${count(workflow.pause_after_errors, "error")} in a row` : null),
        fact("Hash", h("code", { title: workflow.definition }, workflow.definition.slice(0, 12)))))),
    workflow.triggers.length === 0 ? null : h("section", { class: "card" }, h("h2", {}, "Triggers"), h("ul", { class: "waits" },
      workflow.triggers.map(trigger => h("li", {}, h("strong", {}, trigger.name), ` ${trigger.kind}: ${trigger.text}`,
        trigger.next[0] ? [", next ", timeElement(trigger.next[0])] : null)))),
    h("section", { class: "card" }, h("h2", {}, "Graph"), graph.element), detail);
  return { title: workflow.name, element };
}

function showNode(detail, node) {
  detail.hidden = false;
  const fact = (title, value) => value ? [h("dt", {}, title), h("dd", {}, value)] : [];
  replace(detail, h("h2", {}, node.name), node.summary ? h("p", { class: "muted" }, node.summary) : null,
    h("dl", { class: "facts" }, fact("Kind", node.kind), fact("Queue", node.queue), fact("Breaker", node.circuit),
      fact("Timeout", node.timeout_seconds ? duration(node.timeout_seconds) : null), fact("Attempts", node.attempts_limit)),
    node.input === undefined ? null : [h("h3", {}, "Input"), valueBlock(node.input)]);
}

/** Asks for parameters, and starts a run. */
function startWorkflow(workflow) {
  const isMachine = workflow.kind === "states";
  const form = parameterForm(isMachine
    ? [{ name: "input", type: {}, is_required: false, summary: "The state to begin with" }] : workflow.parameters);
  const key = h("input", { type: "text", autocomplete: "off", maxlength: 500 });
  const once = h("input", { type: "text", autocomplete: "off", maxlength: 500 });
  ask({
    title: `Start ${workflow.name}`, verb: "Start",
    text: workflow.summary || (workflow.parameters.length === 0 ? "It takes no parameters." : "With these parameters:"),
    fields: [form.elements, h("details", { class: "more-fields" }, h("summary", {}, "More"),
      field("Key", key, "Whom or what the run is about; may be left empty."),
      field("Idempotency key", once, "A second start with the same text gives the same run; may be left empty."))],
    work: async () => {
      const values = form.value();
      const body = { workflow: workflow.name };
      if (isMachine) {
        if (values.input !== undefined) body.input = values.input;
      } else {
        body.input = values;
      }
      if (key.value !== "") body.key = key.value;
      if (once.value !== "") body.idempotency_key = once.value;
      const answer = await post("/runs", body);
      if (answer.verdict === "key_held") {
        throw new APIError(`The run ${answer.run.run} is unfinished and holds the key “${answer.run.key}”: no other is started.`);
      }
      location.hash = `#/runs/${encodeURIComponent(answer.run.run)}`;
      return answer;
    },
    done: answer => answer.verdict === "duplicate" ? "It was started before: this is the run." : `${workflow.name} is started.`,
  });
}
