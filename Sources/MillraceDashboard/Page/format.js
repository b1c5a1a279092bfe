// Times, durations and numbers for people.

import { h, setAttribute, setText } from "./dom.js";

/** About two digits that matter: `0.41 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(seconds) {
  const value = Math.max(0, seconds);
  if (!Number.isFinite(value)) return "–";
  if (value < 0.0005) return "0 s";
  if (value < 0.9995) return `${(value * 1000).toFixed(value < 0.00995 ? 1 : 0)} ms`;
  if (value < 9.95) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  if (whole < 60) return `${whole} s`;
  const parts = (unit, name, smaller, smallerName) => {
    const rest = Math.floor((whole % unit) / smaller);
    return `${Math.floor(whole / unit)} ${name}` + (rest > 0 ? ` ${rest} ${smallerName}` : "");
  };
  if (whole < 3600) return parts(60, "min", 1, "s");
  if (whole < 86_400) return parts(3600, "h", 60, "min");
  return parts(86_400, "d", 3600, "h");
}

/** Seconds between two times; `to` is now if it is left out. */
export function secondsBetween(from, to) {
  return ((to ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000;
}

/** In one unit, with two digits or so. */
export function relative(time) {
  const seconds = secondsBetween(time);
  const whole = Math.round(Math.abs(seconds));
  if (whole < 2) return "now";
  const [unit, name] = whole < 120 ? [1, "s"] : whole < 7200 ? [60, "min"] : whole < 172_800 ? [3600, "h"] : [86_400, "d"];
  const amount = `${Math.round(whole / unit)} ${name}`;
  return seconds > 0 ? `${amount} ago` : `in ${amount}`;
}

const exactForm = new Intl.DateTimeFormat("en-GB", {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
  fractionalSecondDigits: 3, timeZoneName: "short",
});

/** The time of the reader's place, to the millisecond. */
export function exact(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : exactForm.format(date);
}

const clockForm = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function clock(time) { return clockForm.format(new Date(time)); }

const numberForm = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });

export function number(value) { return numberForm.format(value); }

/** `1 run`, `2 runs`. */
export function count(amount, word, plural) {
  return `${number(amount)} ${amount === 1 ? word : plural ?? word + "s"}`;
}

export function bytes(amount) {
  if (amount < 1000) return count(amount, "byte");
  const units = ["KB", "MB", "GB", "TB"];
  let value = amount / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A time that says how long ago it is, and keeps saying it; the exact one is its title. */
export function timeElement(time) {
  const element = h("time", { class: "relative" });
  setTime(element, time);
  return element;
}

export function setTime(element, time) {
  setAttribute(element, "datetime", time ?? null);
  setAttribute(element, "title", time ? exact(time) : null);
  setText(element, time ? relative(time) : "–");
}

/** How long something takes that goes on, or has taken. */
export function elapsedElement(from, to) {
  const element = h("span", { class: "elapsed" });
  setElapsed(element, from, to);
  return element;
}

export function setElapsed(element, from, to) {
  setAttribute(element, "data-from", from && !to ? from : null);
  setText(element, from ? duration(secondsBetween(from, to)) : "–");
}

function tick() {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("time.relative[datetime]")) {
    setText(element, relative(element.getAttribute("datetime")));
  }
  for (const element of document.querySelectorAll(".elapsed[data-from]")) {
    setText(element, duration(Math.floor(secondsBetween(element.getAttribute("data-from")))));
  }
}

setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);

/** A value of JSON as one line, or as indented text. */
export function json(value, indent) {
  if (value === undefined) return "";
  return JSON.stringify(value, null, indent);
}

/** Enough of an id to tell runs apart by eye. */
export function shortID(id) { return String(id).slice(0, 16); }
