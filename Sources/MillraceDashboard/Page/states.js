// A state is shown by a colour, a sign and a word: never by the colour alone.

import { h, s, setAttribute, setText } from "./dom.js";

const signs = {
  ring: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11",
  dots: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  play: "M5 3.2l7.5 4.8L5 12.8z",
  glass: "M4 2.5h8M4 13.5h8M5 2.5c0 3 3 4 3 5.5S5 10.5 5 13.5M11 2.5c0 3-3 4-3 5.5s3 2.5 3 5.5",
  pause: "M5.5 3v10M10.5 3v10",
  check: "M3 8.5l3.5 3.5L13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3.2l2.2 1.5",
  slash: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M4.2 11.8l7.6-7.6",
  skip: "M3 4l5 4l-5 4zM9 4l4 4l-4 4",
  back: "M6 4L2.5 7.5L6 11M2.5 7.5H10a3.5 3.5 0 0 1 0 7H8",
  gone: "M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.6 9h5.8l.6-9",
};

const states = {
  initiated: ["initiated", "ring"], pending: ["pending", "ring"], queued: ["queued", "dots"],
  running: ["running", "play"], waiting: ["waiting", "glass"], paused: ["paused", "pause"],
  completed: ["completed", "check"], succeeded: ["succeeded", "check"], failed: ["failed", "cross"],
  timedOut: ["timed out", "clock"], cancelled: ["cancelled", "slash"], skipped: ["skipped", "skip"],
  compensated: ["compensated", "back"], dataDeleted: ["data deleted", "gone"],
  closed: ["closed", "check"], open: ["open", "cross"], halfOpen: ["half-open", "glass"],
};

export const runStates = [
  "initiated", "running", "waiting", "paused", "completed", "failed", "cancelled", "dataDeleted",
];

const finalRunStates = new Set(["completed", "failed", "cancelled", "dataDeleted"]);

/** Nothing will happen any more, unless somebody retries it. */
export function isFinal(state) { return finalRunStates.has(state); }

export function stateWord(state) { return states[state]?.[0] ?? String(state); }

/** The class that gives an element the state's colours. */
export function stateClass(state) { return states[state] ? `state-${state}` : "state-pending"; }

export function signPath(state) { return signs[states[state]?.[1] ?? "ring"]; }

export function sign(state) {
  return s("svg", { class: "sign", viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" },
    s("path", { d: signPath(state) }));
}

/** A state with its sign and its word. */
export function badge(state) {
  const element = h("span", { class: "badge" }, sign(state), h("span"));
  setBadge(element, state);
  return element;
}

export function setBadge(element, state, closing) {
  if (element.dataset.state !== state) {
    element.dataset.state = state;
    element.className = `badge ${stateClass(state)}`;
    setAttribute(element.firstChild.firstChild, "d", signPath(state));
  }
  setText(element.lastChild, stateWord(state) + (closing ? ` → ${stateWord(closing)}` : ""));
}
