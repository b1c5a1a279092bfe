// All runs, newest first: filters, search, and what changes meanwhile.

import { get, may, query } from "./api.js";
import { announce, h, KeyedList, setAttribute, setText } from "./dom.js";
import { count, number, setElapsed, setTime, shortID } from "./format.js";
import { onRuns, settle, throttle } from "./live.js";
import { badge, runStates, setBadge, stateClass, stateWord, sign } from "./states.js";

const pageSize = 50;
/** More rows than this are not kept by what comes in by itself. */
const liveLimit = 200;

export async function open(route) {
  const view = new RunsView(route.query);
  await view.load();
  return view;
}

class RunsView {
  title = "Runs";
  #filter;
  /** By id. */
  #runs = new Map();
  #cursor = null;
  #total = 0;
  #stop;
  #loads = 0;

  constructor(search) {
    this.#filter = readFilter(search);
    this.#build();
    // The server's counts are up to a second old.
    const recount = settle(1.2, () => this.#recount());
    const reload = throttle(2, () => this.load());
    this.#stop = onRuns(({ runs, isWhole }) => {
      if (!isWhole) return reload();
      if (this.#merge(runs)) this.#show();
      if (runs.length > 0) recount();
    });
  }

  close() { this.#stop(); }

  /** Somebody went to other filters, or back to earlier ones. */
  go(route) {
    this.#filter = readFilter(route.query);
    this.#showFilter();
    this.load();
  }

  /** The first page. */
  async load() {
    this.#loads += 1;
    const mine = this.#loads;
    try {
      const page = await get(this.#path({ limit: pageSize }));
      if (mine !== this.#loads) return;
      this.fault.hidden = true;
      this.#runs = new Map(page.runs.map(run => [run.run, run]));
      this.#cursor = page.next_cursor ?? null;
      this.#take(page);
      this.#show();
    } catch (error) {
      if (mine !== this.#loads) return;
      if (!this.element.isConnected) throw error;
      this.fault.hidden = false;
      setText(this.fault, error.message);
    }
  }

  async #more() {
    this.moreButton.disabled = true;
    try {
      const page = await get(this.#path({ limit: pageSize, cursor: this.#cursor }));
      for (const run of page.runs) this.#runs.set(run.run, run);
      this.#cursor = page.next_cursor ?? null;
      this.#take(page);
      this.#show();
      announce(`${count(this.#runs.size, "run")} shown`);
    } catch (error) {
      this.fault.hidden = false;
      setText(this.fault, error.message);
    } finally {
      this.moreButton.disabled = false;
    }
  }

  async #recount() {
    this.#take(await get(this.#path({ limit: 1 })));
    this.#showCounts();
  }

  #take(page) {
    this.#total = page.total;
    this.counts = page.counts;
  }

  #path(more) {
    const { text, workflow, states } = this.#filter;
    return query("/runs", { text, workflow, state: states, ...more });
  }

  // MARK: What comes in by itself

  /** Whether anything that is shown is another now. */
  #merge(runs) {
    let isChanged = false;
    const last = [...this.#runs.keys()].at(-1);
    for (const run of runs) {
      const known = this.#runs.get(run.run);
      if (known && known.revision > run.revision) continue;
      if (!this.#matches(run)) {
        isChanged = this.#runs.delete(run.run) || isChanged;
      } else if (known || this.#cursor === null || last === undefined || run.run > last) {
        this.#runs.set(run.run, run);
        isChanged = true;
      }
    }
    if (!isChanged) return false;
    // Ids sort by age: the newest first.
    const sorted = [...this.#runs.entries()].sort(([a], [b]) => (a < b ? 1 : -1));
    const most = Math.max(liveLimit, this.list.shownCount ?? 0);
    if (sorted.length > most) this.#cursor = sorted[most - 1][0];
    this.#runs = new Map(sorted.slice(0, most));
    return true;
  }

  /** As the server's own search does it. */
  #matches(run) {
    const { text, workflow, states } = this.#filter;
    if (workflow && run.workflow !== workflow) return false;
    if (states.length > 0 && !states.includes(run.state)) return false;
    if (!text) return true;
    const wanted = text.toLowerCase();
    return [run.workflow, run.key, run.status, run.reason].some(part => part?.toLowerCase().includes(wanted))
      || run.run.startsWith(wanted);
  }

  // MARK: What is shown

  #build() {
    this.search = h("input", {
      id: "search", type: "search", placeholder: "Workflow, key, status, reason or id", autocomplete: "off",
      maxlength: 200, on: { input: () => this.#typed() },
    });
    this.workflow = h("select", { id: "workflow", on: { change: () => this.#changed() } });
    this.chips = new Map(runStates.map(state => {
      const chip = h("button", {
        type: "button", class: `chip ${stateClass(state)}`, "aria-pressed": "false",
        on: { click: () => this.#toggle(state) },
      }, sign(state), h("span", {}, stateWord(state)), " ", h("span", { class: "count" }));
      return [state, chip];
    }));
    this.fault = h("p", { class: "notice", role: "alert", hidden: true });
    this.summary = h("p", { class: "muted small", id: "runs-summary", role: "status" });
    this.body = h("tbody");
    this.list = new KeyedList(this.body, run => makeRow(run), changeRow);
    this.table = h("div", { class: "scroll" }, h("table", { class: "folds runs" },
      h("caption", { class: "unseen" }, "Runs, newest first"),
      h("thead", {}, h("tr", {}, ["State", "Workflow", "Run", "Started", "Took", "About"].map(title =>
        h("th", { scope: "col" }, title)))), this.body));
    this.empty = h("div", { class: "empty", hidden: true });
    this.moreButton = h("button", { type: "button", on: { click: () => this.#more() } }, "Show more");
    this.element = h("div", {},
      h("div", { class: "head" }, h("h1", {}, "Runs"), h("div", { class: "actions" },
        may("operator") ? h("a", { class: "button primary", href: "#/workflows" }, "Start a run") : null)),
      h("form", { class: "filters", role: "search", on: { submit: event => event.preventDefault() } },
        h("div", { class: "field grow" }, h("label", { for: "search" }, "Search"), this.search),
        h("div", { class: "field" }, h("label", { for: "workflow" }, "Workflow"), this.workflow),
        h("div", { class: "chips", role: "group", "aria-label": "States" }, [...this.chips.values()])),
      this.fault,
      h("div", { class: "card list" }, this.summary, this.table, this.empty, h("p", { class: "more" }, this.moreButton)));
    this.#fillWorkflows([]);
    this.#showFilter();
    get("/workflows").then(({ workflows }) => this.#fillWorkflows(workflows.map(one => one.name)), () => {});
  }

  #fillWorkflows(names) {
    const chosen = this.#filter.workflow;
    const all = [...new Set([...names, ...(chosen ? [chosen] : [])])].sort();
    this.workflow.replaceChildren(h("option", { value: "" }, "All"), ...all.map(name => h("option", { value: name }, name)));
    this.workflow.value = chosen;
  }

  #showFilter() {
    const { text, workflow, states } = this.#filter;
    if (this.search.value !== text) this.search.value = text;
    if (workflow && ![...this.workflow.options].some(option => option.value === workflow)) {
      this.workflow.append(h("option", { value: workflow }, workflow));
    }
    this.workflow.value = workflow;
    for (const [state, chip] of this.chips) setAttribute(chip, "aria-pressed", states.includes(state) ? "true" : "false");
  }

  #show() {
    this.list.set([...this.#runs]);
    this.list.shownCount = this.#runs.size;
    this.moreButton.parentElement.hidden = this.#cursor === null;
    const isEmpty = this.#runs.size === 0;
    this.table.hidden = isEmpty;
    this.empty.hidden = !isEmpty;
    if (isEmpty) this.empty.replaceChildren(...this.#emptyText());
    this.#showCounts();
  }

  #emptyText() {
    const { text, workflow, states } = this.#filter;
    if (text || workflow || states.length > 0) {
      return [h("h2", {}, "No run is like this"), h("p", {}, "Others may be: "),
        h("button", { type: "button", on: { click: () => { location.hash = "#/runs"; } } }, "Show all runs")];
    }
    return [h("h2", {}, "No runs yet"), h("p", {}, "Start one here, with “Start a run”, or in a terminal:"),
      h("code", {}, "millrace run my-workflow.yaml")];
  }

  #showCounts() {
    setText(this.summary, this.#total === 0 ? "" : `${count(this.#total, "run")}, ${number(this.#runs.size)} shown`);
    for (const [state, chip] of this.chips) {
      const amount = this.counts?.[state] ?? 0;
      setText(chip.querySelector(".count"), number(amount));
      chip.classList.toggle("none", amount === 0);
    }
  }

  // MARK: Filters

  #typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.#changed(), 200);
  }

  #toggle(state) {
    const states = new Set(this.#filter.states);
    if (!states.delete(state)) states.add(state);
    this.#filter.states = [...states];
    this.#changed();
  }

  /** The filters are a part of the address: they can be kept and sent. */
  #changed() {
    this.#filter.text = this.search.value.trim();
    this.#filter.workflow = this.workflow.value;
    const { text, workflow, states } = this.#filter;
    history.replaceState(null, "", query("#/runs", { text, workflow, state: states.join(",") }));
    this.#showFilter();
    this.load();
  }
}

function readFilter(search) {
  return {
    text: search.get("text") ?? "", workflow: search.get("workflow") ?? "",
    states: (search.get("state") ?? "").split(",").filter(state => runStates.includes(state)),
  };
}

function makeRow(run) {
  return h("tr", { class: "link", "data-run": run.run },
    h("td", {}, badge(run.state)),
    h("th", { scope: "row" }, h("a", { href: `#/runs/${encodeURIComponent(run.run)}` }, run.workflow),
      h("span", { class: "key muted" })),
    h("td", {}, h("code", { title: run.run }, shortID(run.run))),
    h("td", { "data-label": "Started" }, h("time", { class: "relative" })),
    h("td", { "data-label": "Took" }, h("span", { class: "elapsed" })),
    h("td", { class: "about muted small" }));
}

function changeRow(row, run) {
  const [state, name, , started, took, about] = row.children;
  setBadge(state.firstChild, run.state, run.closing);
  setText(name.lastChild, run.key ? ` ${run.key}` : "");
  setTime(started.firstChild, run.created_at);
  setElapsed(took.firstChild, run.created_at, run.finished_at);
  setText(about, run.reason ?? run.status ?? "");
  setAttribute(about, "title", run.reason ?? null);
}
