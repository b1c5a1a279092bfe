// Starts the page: who asks, which view is shown, what is at the top.

import { APIError, get, logOut, onLoggedOut, readSession, session, unreachable } from "./api.js";
import { announce, h, replace, setAttribute, setText } from "./dom.js";
import { connect, disconnect, onAlerts, poll, throttle } from "./live.js";
import { logInView } from "./login.js";

const views = {
  runs: ["Runs", () => import("./runs.js")],
  run: [null, () => import("./run.js")],
  workflows: ["Workflows", () => import("./workflows.js")],
  queues: ["Queues", () => import("./queues.js")],
  schedules: ["Schedules", () => import("./schedules.js")],
  alerts: ["Alerts", () => import("./alerts.js")],
  metrics: ["Metrics", () => import("./metrics.js")],
};

const main = document.getElementById("main");
const nav = document.getElementById("nav");
/** What is shown now: `{route, view}`. */
let shown = null;
/** Counts navigations, so that an answer that comes late does not replace what somebody went to meanwhile. */
let navigation = 0;

/** `#/runs/ID/graph?step=a` as `{name, id, part, query}`. */
function readRoute() {
  const [place, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, id, part] = place.split("/").map(decode);
  const isRun = name === "runs" && id;
  return { name: isRun ? "run" : name in views ? name : "runs", id, part, query: new URLSearchParams(query) };
}

function decode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

async function show() {
  navigation += 1;
  const mine = navigation;
  const route = readRoute();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  for (const link of nav.querySelectorAll("a")) {
    const name = link.getAttribute("href").slice(2);
    setAttribute(link, "aria-current", name === route.name || (name === "runs" && route.name === "run") ? "page" : null);
  }
  showCurrent();
  if (shown && shown.route.name === route.name && shown.route.id === route.id && shown.view.go) {
    shown.route = route;
    shown.view.go(route);
    return;
  }
  try {
    const module = await loadModule(route.name);
    const view = await module.open(route);
    if (mine !== navigation) {
      view.close?.();
      return;
    }
    put(route, view);
  } catch (error) {
    if (mine !== navigation || session.needs_login) return;
    put(route, {
      title: "Trouble",
      element: h("div", { class: "card empty" }, h("h2", {}, "This could not be shown"), h("p", {}, error.message), h("p", {},
        h("button", { type: "button", on: { click: show } }, "Try again"))),
    });
  }
}

async function loadModule(name) {
  try {
    return await views[name][1]();
  } catch {
    throw new APIError(unreachable);
  }
}

/** What the other views need, when nobody waits for anything: a module that could not be read once is not asked for again by some browsers. */
function loadRest() {
  for (const name of Object.keys(views)) loadModule(name).catch(() => {});
}

/** What has been put into the page is seen: what else there is to do does not hold it up. A page that nobody sees is not drawn. */
function drawn() {
  return new Promise(done => {
    if (document.hidden) { done(); } else { requestAnimationFrame(() => setTimeout(done)); }
  });
}

function put(route, view) {
  const isFirst = shown === null;
  shown?.view.close?.();
  shown = { route, view };
  replace(main, view.element);
  document.title = `${view.title} · Millrace`;
  if (!isFirst) {
    window.scrollTo(0, 0);
    main.focus({ preventScroll: true });
    announce(view.title);
  }
  performance.mark("millrace-shown");
}

// MARK: The top

function themeButton() {
  const button = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const label = () => {
    setText(button, isDark() ? "Light" : "Dark");
    setAttribute(button, "aria-label", isDark() ? "Light theme" : "Dark theme");
  };
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem("millrace-theme", theme); } catch { /* Then it lasts until the page is closed. */ }
    label();
  });
  dark.addEventListener("change", label);
  label();
}

function fillNav() {
  if (nav.firstChild) return;
  for (const [name, [title]] of Object.entries(views)) {
    if (title) nav.append(h("a", { href: `#/${name}` }, title));
  }
}

/** On a phone the views do not all fit. With the next frame, for which the top is laid out anyway. */
function showCurrent() {
  requestAnimationFrame(() => nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }));
}

async function countAlerts() {
  const { alerts } = await get("/alerts");
  const firing = alerts.filter(alert => alert.state === "firing").length;
  const link = nav.querySelector('a[href="#/alerts"]');
  let number = link.querySelector(".number");
  if (firing === 0) {
    number?.remove();
    return;
  }
  const isNew = !number;
  if (isNew) {
    number = h("span", { class: "number" });
    link.append(number);
  }
  setText(number, firing);
  if (isNew) showCurrent();
  setAttribute(number, "title", `${firing} not acknowledged`);
}

// MARK: Coming and going

let stopCounting = null;
const recount = throttle(1, countAlerts);
onAlerts(() => { if (!session.needs_login) recount(); });

async function enter() {
  fillNav();
  nav.hidden = false;
  // Without a token there is nobody to log out.
  document.getElementById("logout").hidden = !session.expires_at;
  await show();
  await drawn();
  // Somebody may have logged out meanwhile.
  if (session.needs_login) return;
  loadRest();
  connect();
  countAlerts().catch(() => {});
  stopCounting ??= poll(10, countAlerts);
}

function leave() {
  navigation += 1;
  session.needs_login = true;
  disconnect();
  stopCounting?.();
  stopCounting = null;
  nav.hidden = true;
  document.getElementById("logout").hidden = true;
  document.getElementById("live").hidden = true;
  put({ name: "login" }, logInView(enter));
  main.querySelector("input").focus();
}

onLoggedOut(() => { if (!session.needs_login) leave(); });
document.getElementById("logout").addEventListener("click", async () => {
  try {
    await logOut();
    leave();
  } catch (error) {
    announce(error.message);
  }
});
window.addEventListener("hashchange", () => { if (!session.needs_login) show(); });
// A hash that is set to what it is fires nothing.
document.querySelector(".skip").addEventListener("click", event => {
  event.preventDefault();
  main.focus();
});

themeButton();
try {
  await readSession();
  if (session.needs_login) { leave(); } else { await enter(); }
} catch (error) {
  replace(main, h("p", { class: "notice", role: "alert" }, error.message));
}
