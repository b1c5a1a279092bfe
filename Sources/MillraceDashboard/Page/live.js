// Live updates: one stream of the server's events for the whole page, and a clock for what has no events.

import { setText } from "./dom.js";

/** Each with the run that it wants to know of; null: all. */
const listeners = new Map();
const alertListeners = new Set();
let source = null;
let isWanted = false;
/** The run that the stream is about; null: all. */
let aim = null;
let aiming = null;
let wasLost = false;

/**
 * Calls `change({runs, isWhole})` with summaries of runs that have changed; `isWhole` is false when others may have, too, so that
 * what is shown is to be read again. With a run: only that one's changes are of interest. Gives a function that ends it.
 */
export function onRuns(change, run = null) {
  listeners.set(change, run);
  takeAim();
  return () => {
    listeners.delete(change);
    takeAim();
  };
}

/** Calls `change` when something has happened to alerts. Gives a function that ends it. */
export function onAlerts(change) {
  alertListeners.add(change);
  return () => alertListeners.delete(change);
}

function tell(news) {
  for (const listener of [...listeners.keys()]) listener(news);
}

function tellOfAlerts() {
  for (const listener of [...alertListeners]) listener();
}

function tellOfAll() {
  tell({ runs: [], isWhole: false });
  tellOfAlerts();
}

function wantedRun() {
  const runs = new Set(listeners.values());
  return runs.size === 1 ? [...runs][0] : null;
}

/** Asks for another stream if others listen; a moment later, since a view comes before the one goes whose place it takes. */
function takeAim() {
  clearTimeout(aiming);
  aiming = setTimeout(() => {
    if (!source || wantedRun() === aim) return;
    close();
    open();
  }, 0);
}

export function connect() {
  isWanted = true;
  open();
}

export function disconnect() {
  isWanted = false;
  close();
}

function open() {
  if (source || !isWanted || document.hidden) return;
  aim = wantedRun();
  source = new EventSource(aim === null ? "/api/v1/stream" : `/api/v1/stream?run=${encodeURIComponent(aim)}`);
  source.addEventListener("open", () => {
    show(true);
    if (wasLost) tellOfAll();
    wasLost = false;
  });
  source.addEventListener("error", () => {
    show(false);
    wasLost = true;
    // A browser comes back by itself, but for an answer that is an error: then it gives up.
    if (source?.readyState !== EventSource.CLOSED) return;
    source = null;
    setTimeout(open, 3000);
  });
  source.addEventListener("runs", event => {
    const news = JSON.parse(event.data);
    tell({ runs: news.runs, isWhole: !news.has_more });
  });
  source.addEventListener("alerts", tellOfAlerts);
  source.addEventListener("reset", tellOfAll);
}

function close() {
  if (!source) return;
  source.close();
  source = null;
  wasLost = true;
}

// A browser has six connections to a server for all its tabs together, those that it keeps for going back included: a page that nobody
// sees holds none.
document.addEventListener("visibilitychange", () => { if (document.hidden) { close(); } else { open(); } });
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", open);

function show(isLive) {
  const element = document.getElementById("live");
  element.hidden = false;
  element.classList.toggle("lost", !isLive);
  element.title = isLive ? "What you see is kept up to date." : "No updates come from the server; trying again.";
  if (!element.firstChild) element.append(document.createElement("span"));
  setText(element.firstChild, isLive ? "Live" : "No connection");
}

/** Calls `work` again and again while somebody looks, the next time so many seconds after it has ended. Gives a function that ends it. */
export function poll(seconds, work) {
  let timer = null;
  let isOver = false;
  const again = () => { timer = setTimeout(run, seconds * 1000); };
  const run = async () => {
    if (!document.hidden) {
      try { await work(); } catch { /* Shown by the sign of the connection; the next time may go well. */ }
    }
    if (!isOver) again();
  };
  again();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** A function that calls `work` at once, and then at most once in so many seconds, never two at a time; the last call counts. */
export function throttle(seconds, work) {
  let isBusy = false;
  let isWanted = false;
  const run = async () => {
    isBusy = true;
    isWanted = false;
    try { await work(); } catch { /* As above. */ }
    setTimeout(() => {
      isBusy = false;
      if (isWanted) run();
    }, seconds * 1000);
  };
  return () => {
    if (isBusy) { isWanted = true; } else { run(); }
  };
}

/** A function that calls `work` so many seconds after its last call; while calls go on, once in three times as long. */
export function settle(seconds, work) {
  let timer = null;
  let first = null;
  return () => {
    const now = performance.now();
    first ??= now;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      first = null;
      try { await work(); } catch { /* As above. */ }
    }, Math.max(0, Math.min(seconds, first / 1000 + 3 * seconds - now / 1000)) * 1000);
  };
}
