// What can be done to a run. The server says what its state and the reader's role allow.

import { get, path, post } from "./api.js";
import { ask, field } from "./dialog.js";
import { h } from "./dom.js";
import { bytes, count, number } from "./format.js";

const actions = {
  pause: {
    verb: "Pause", done: "paused", isCalm: true,
    text: "No further attempt begins until it is resumed. Attempts under way come to their end.",
  },
  resume: { verb: "Resume", done: "resumed", isMain: true, text: "It goes on where it was paused." },
  retry: {
    verb: "Retry", done: "being retried", isMain: true,
    text: "It goes on where it failed. What has succeeded is not done again.",
  },
  restart: {
    verb: "Restart", done: "restarted", takesStep: true, step: "Do again",
    text: "A step is done again, and all that follows it, with the run's parameters.",
  },
  fork: {
    verb: "Fork", done: "forked", takesStep: true, step: "Do anew from",
    text: "A new run takes over what this one has done, up to a step; from there on it does all itself. This run stays as it is.",
  },
  cancel: {
    verb: "Cancel the run", short: "Cancel", done: "cancelled", isDangerous: true,
    text: "It ends. What has succeeded is undone, where the workflow says how.",
  },
};

/** Buttons for what a run allows. `current()` gives the run as it is by then, `changed()` is called after a change. */
export function actionButtons(run, current, changed) {
  const order = ["resume", "retry", "pause", "restart", "fork", "cancel", "erase"];
  return order.filter(name => run.actions.includes(name)).map(name => {
    const { short, verb, isMain, isDangerous } = actions[name] ?? { verb: "Delete the data", isDangerous: true };
    return h("button", {
      type: "button", "data-action": name, class: isMain ? "primary" : isDangerous ? "danger" : "",
      on: { click: () => name === "erase" ? askToErase(current(), changed) : askTo(name, current(), changed) },
    }, short ?? verb);
  });
}

async function askTo(name, run, changed) {
  const action = actions[name];
  const reason = h("input", { type: "text", maxlength: 500, autocomplete: "off" });
  const step = action.takesStep ? await stepChoice(run) : null;
  ask({
    title: `${action.short ?? action.verb} ${run.workflow}${run.key ? ` ${run.key}` : ""}?`,
    text: action.text, verb: action.verb, isDangerous: action.isDangerous,
    fields: [step ? field(action.step, step) : null, field("Reason", reason, "For the history; may be left empty.")],
    work: async () => {
      const body = {};
      if (reason.value.trim() !== "") body.reason = reason.value.trim();
      if (step) body.from = step.value;
      const answer = await post(`${path`/runs/${run.run}/`}${name}`, body);
      if (name === "fork") { location.hash = `#/runs/${encodeURIComponent(answer.run.run)}`; } else { await changed(); }
      return answer;
    },
    done: () => `${run.workflow} is ${action.done}.`,
  });
}

/** A choice of the run's tasks, or statuses. */
async function stepChoice(run) {
  let names;
  try {
    const { nodes } = await get(path`/runs/${run.run}/graph`);
    names = nodes.filter(node => node.role === "task" || node.role === "status").map(node => node.name);
  } catch {
    names = run.steps.map(step => step.step);
  }
  const failed = run.steps.find(step => step.state === "failed" || step.state === "timedOut")?.step;
  const choice = h("select", {}, names.map(name => h("option", { value: name }, name)));
  if (failed && names.includes(failed)) choice.value = failed;
  return choice;
}

function askToErase(run, changed) {
  const withParts = h("input", { type: "checkbox" });
  ask({
    title: `Delete the data of ${run.workflow}${run.key ? ` ${run.key}` : ""}?`,
    text: "Its parameters, results, reasons, steps, history and events are deleted for good, wherever the engine has put them. A record "
      + "without content stays. What steps have written elsewhere stays, too.",
    verb: "Delete for good", isDangerous: true,
    fields: [field("Also of the runs that were its parts", withParts)],
    work: async () => {
      const report = await post(path`/runs/${run.run}/erase`, { with_parts: withParts.checked });
      await changed();
      return report;
    },
    done: report => ({ title: "The data is deleted", elements: erasureReport(report) }),
  });
}

function erasureReport(report) {
  const rows = [
    ["Runs", number(report.runs.length)],
    ["Parameters and results", bytes(report.payload_bytes)],
    ["Steps", number(report.steps)],
    ["Entries of the history", number(report.history_entries)],
    ["Events received", number(report.inbox_events)],
    ["Events told", number(report.outbox_events + report.stream_events)],
    ["Results kept for other runs", `${count(report.cached_results, "result")}, ${bytes(report.cached_result_bytes)}`],
  ];
  return h("dl", { class: "facts report" }, rows.map(([title, value]) => [h("dt", {}, title), h("dd", {}, value)]));
}
