// A graph of tasks as a picture that the keyboard can walk, and as a table.

import { h, replace, s, setAttribute, setText } from "./dom.js";
import { count } from "./format.js";
import { layOut } from "./layers.js";
import { badge, setBadge, signPath, stateClass, stateWord } from "./states.js";

/** On a phone layers go down, elsewhere to the right. */
const isDown = window.innerWidth < 720;
const box = { width: isDown ? 158 : 184, height: 50, letters: isDown ? 14 : 17 };
const gap = { along: 56, labelled: 92, across: 18 };
const margin = 10;
/** More than so many tasks nobody reads as a picture; it is drawn when somebody asks. */
const drawnLimit = 300;

export class GraphView {
  #tasks;
  #edges;
  #noun;
  #choose;
  #nodes = new Map();
  #rows = new Map();
  #shapes = new Map();
  #chosen = null;
  #layout = null;

  /** `graph`: as the server gives it. `choose(name)` is called when a task is chosen. */
  constructor(graph, choose) {
    this.#tasks = graph.nodes;
    this.#edges = graph.edges;
    this.#noun = graph.kind === "states" ? ["status", "statuses"] : ["task", "tasks"];
    this.#choose = choose;
    this.picture = h("div", { class: "graph scroll" });
    this.element = h("div", {}, this.picture, this.#table());
    if (this.#tasks.length <= drawnLimit) {
      this.#draw();
    } else {
      replace(this.picture, h("p", { class: "empty" }, `The graph has ${count(this.#tasks.length, ...this.#noun)}: the table lists them. `,
        h("button", { type: "button", on: { click: () => this.#draw() } }, "Draw it anyway")));
    }
    this.update(graph);
  }

  /** Whether another answer of the server is about the same tasks, so that `update` can show it. */
  fits(graph) {
    return graph.nodes.length === this.#tasks.length && graph.edges.length === this.#edges.length
      && graph.nodes.every((node, index) => node.name === this.#tasks[index].name);
  }

  /** Tells the picture and the table how tasks are now. */
  update(graph) {
    this.#tasks = graph.nodes;
    this.#edges = graph.edges;
    for (const task of this.#tasks) {
      const words = task.state ? [stateWord(task.state), noteOn(task)].filter(Boolean).join(" · ") : task.kind;
      const node = this.#nodes.get(task.name);
      if (node) {
        setAttribute(node, "class", `node ${stateClass(task.state)}${this.#chosen === task.name ? " chosen" : ""}`);
        setAttribute(node, "aria-label", `${task.name}, ${words}${task.state ? `, ${task.kind}` : ""}`);
        setAttribute(node.querySelector(".sign"), "d", signPath(task.state));
        setText(node.querySelector(".word"), words);
      }
      const row = this.#rows.get(task.name);
      if (task.state) setBadge(row.querySelector(".badge"), task.state);
      row.querySelector(".badge").hidden = !task.state;
      setText(row.querySelector(".note"), noteOn(task));
    }
    for (const edge of this.#edges) {
      const shape = this.#shapes.get(edgeKey(edge));
      if (shape) setAttribute(shape, "class", `edge${edge.is_dashed ? " dashed" : ""}${edge.is_taken ? " taken" : ""}`);
    }
  }

  /** Marks a task as the chosen one. */
  mark(name) {
    this.#chosen = name;
    for (const [other, node] of this.#nodes) {
      setAttribute(node, "tabindex", other === name ? 0 : -1);
      setAttribute(node, "aria-pressed", other === name ? "true" : "false");
      node.classList.toggle("chosen", other === name);
    }
    if (!this.#nodes.has(name)) this.#nodes.values().next().value?.setAttribute("tabindex", "0");
  }

  // MARK: The picture

  #draw() {
    const { layers, routes, places } = layOut(this.#tasks.map(task => task.name), this.#edges);
    this.#layout = { layers, places };
    const step = isDown
      ? { along: box.height + 34, across: box.width + gap.across }
      : { along: box.width + (this.#edges.some(edge => edge.label) ? gap.labelled : gap.along), across: box.height + gap.across };
    const point = place => isDown
      ? { x: margin + place.row * step.across, y: margin + place.layer * step.along }
      : { x: margin + place.layer * step.along, y: margin + place.row * step.across };
    const all = layers.flat();
    const width = Math.max(...all.map(place => point(place).x)) + box.width + margin;
    const height = Math.max(...all.map(place => point(place).y)) + box.height + margin;
    const svg = s("svg", {
      width, height, viewBox: `0 0 ${width} ${height}`, role: "group",
      "aria-label": `Graph of ${count(this.#tasks.length, ...this.#noun)}. Arrow keys go from one to the next, Enter shows it.`,
      on: { keydown: event => this.#walk(event) },
    });
    // A graph that is a little too wide is shown smaller; a much wider one scrolls.
    svg.style.minWidth = `${Math.round(width * (isDown ? 0.9 : 0.72))}px`;
    svg.append(s("defs", {}, s("marker", {
      id: "arrow", viewBox: "0 0 8 8", refX: 7.5, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse",
    }, s("path", { d: "M0 .5L7.5 4L0 7.5z", class: "tip" }))));
    for (const [edge, route] of routes) svg.append(this.#edgeShape(edge, route.map(point)));
    for (const task of this.#tasks) {
      const node = this.#node(task, point(places.get(task.name)));
      this.#nodes.set(task.name, node);
      svg.append(node);
    }
    replace(this.picture, svg);
    const first = layers[0]?.find(place => place.name !== undefined);
    if (isDown && first) requestAnimationFrame(() => this.#showAcross(first.name));
    this.update({ nodes: this.#tasks, edges: this.#edges });
    this.mark(this.#chosen);
  }

  /** Where it begins is seen first: layers that go down may begin in the middle. The page stays where it is. */
  #showAcross(name) {
    const node = this.#nodes.get(name)?.getBoundingClientRect();
    const frame = this.picture.getBoundingClientRect();
    if (node) this.picture.scrollLeft += node.left + node.width / 2 - frame.left - frame.width / 2;
  }

  #edgeShape(edge, points) {
    const centre = p => isDown ? { x: p.x + box.width / 2, y: p.y } : { x: p.x, y: p.y + box.height / 2 };
    const length = isDown ? box.height : box.width;
    const shift = (p, by) => isDown ? { x: p.x, y: p.y + by } : { x: p.x + by, y: p.y };
    const isBack = isDown ? points[0].y > points.at(-1).y : points[0].x > points.at(-1).x;
    const first = shift(centre(points[0]), isBack ? 0 : length);
    const last = shift(centre(points.at(-1)), isBack ? length : 0);
    let at = first;
    let d = `M${at.x} ${at.y}`;
    const curve = to => {
      const half = (isDown ? to.y - at.y : to.x - at.x) / 2;
      const a = shift(at, half);
      const b = shift(to, -half);
      d += `C${a.x} ${a.y} ${b.x} ${b.y} ${to.x} ${to.y}`;
      at = to;
    };
    for (const bend of points.slice(1, -1)) {
      const enter = shift(centre(bend), isBack ? length : 0);
      const leave = shift(centre(bend), isBack ? 0 : length);
      curve(enter);
      d += `L${leave.x} ${leave.y}`;
      at = leave;
    }
    const rise = last.y - at.y;
    curve(last);
    const shape = s("path", { d, class: `edge${edge.is_dashed ? " dashed" : ""}`, "marker-end": "url(#arrow)" });
    this.#shapes.set(edgeKey(edge), shape);
    if (!edge.label) return shape;
    // Beside the arrow's head on the side that it does not come from; over the middle of a straight one.
    const place = isDown || isBack || Math.abs(rise) < 1
      ? { x: (first.x + last.x) / 2, y: (first.y + last.y) / 2 - 5, "text-anchor": "middle" }
      : { x: last.x - 12, y: last.y + (rise > 0 ? 15 : -8), "text-anchor": "end" };
    return s("g", {}, shape, s("text", { class: "edge-label", ...place }, short(edge.label, 14)));
  }

  #node(task, place) {
    return s("g", {
      class: "node", tabindex: -1, role: "button", "data-name": task.name, "aria-pressed": "false",
      transform: `translate(${place.x} ${place.y})`,
      on: { click: () => this.#pick(task.name) },
    },
    s("title", {}, task.name),
    task.is_fan_out ? s("rect", { class: "shape behind", x: 4, y: -4, width: box.width, height: box.height, rx: 9 }) : null,
    s("rect", { class: `shape ${task.role}`, width: box.width, height: box.height, rx: 9 }),
    s("rect", { class: "ring", x: -3.5, y: -3.5, width: box.width + 7, height: box.height + 7, rx: 12 }),
    s("path", { class: "sign", transform: "translate(12 17)", d: "" }),
    s("text", { class: "name", x: 38, y: 21 }, short(task.name, box.letters)),
    s("text", { class: "word", x: 38, y: 39 }));
  }

  #pick(name) {
    this.mark(name);
    this.#choose(name);
  }

  /** Along the arrows to the next layer or back, across them within the layer. */
  #walk(event) {
    const from = event.target.closest?.(".node")?.getAttribute("data-name");
    if (from === undefined || from === null) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#pick(from);
      return;
    }
    const turn = isDown
      ? { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }
      : { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    const [along, across] = turn[event.key] ?? [0, 0];
    const here = this.#layout.places.get(from);
    let to;
    if (along !== 0) {
      to = this.#nearest(here, along);
    } else if (across !== 0) {
      const layer = this.#layout.layers[here.layer].filter(place => place.name !== undefined);
      to = layer[layer.indexOf(here) + across];
    } else if (event.key === "Home" || event.key === "End") {
      const layer = event.key === "Home" ? this.#layout.layers[0] : this.#layout.layers.at(-1);
      to = layer.find(place => place.name !== undefined);
    }
    if (!to) return;
    event.preventDefault();
    for (const [name, node] of this.#nodes) setAttribute(node, "tabindex", name === to.name ? 0 : -1);
    const node = this.#nodes.get(to.name);
    node.focus();
    node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** The task at the other end of an edge; without one the closest of the next layer. */
  #nearest(here, along) {
    let next = along > 0 ? here.below : here.above;
    while (next.length > 0 && next.every(place => place.name === undefined)) {
      next = next.flatMap(place => along > 0 ? place.below : place.above);
    }
    const layer = next.length > 0 ? next : this.#layout.layers[here.layer + along] ?? [];
    return layer.filter(place => place.name !== undefined)
      .sort((a, b) => Math.abs(a.row - here.row) - Math.abs(b.row - here.row))[0];
  }

  // MARK: The table

  #table() {
    const into = new Map(this.#tasks.map(task => [task.name, []]));
    for (const edge of this.#edges) into.get(edge.to)?.push(edge.label ? `${edge.from} (${edge.label})` : edge.from);
    const rows = this.#tasks.map(task => {
      const row = h("tr", {},
        h("th", { scope: "row" }, h("button", {
          type: "button", class: "plain", on: { click: () => this.#pick(task.name) },
        }, task.name)),
        h("td", { "data-label": "Kind" }, task.kind),
        h("td", {}, badge("pending"), " ", h("span", { class: "note muted small" })),
        h("td", { "data-label": "Needs", class: "break" }, into.get(task.name).join(", ")));
      this.#rows.set(task.name, row);
      return row;
    });
    return h("details", { class: "as-table" }, h("summary", {}, "The graph as a table"),
      h("table", { class: "folds" }, h("thead", {}, h("tr", {},
        [this.#noun[0] === "task" ? "Task" : "Status", "Kind", "State", "Needs"].map(title => h("th", { scope: "col" }, title)))), h("tbody", {}, rows)));
  }
}

function short(text, length) {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

const edgeKey = edge => JSON.stringify([edge.from, edge.to, edge.label ?? ""]);

/** What there is to say besides the state: elements, attempts, progress. */
function noteOn(task) {
  if (!task.state) return "";
  if (task.elements) return `${task.elements.succeeded ?? 0} of ${task.elements.total}`;
  if (task.visits > 1) return `${task.visits} times`;
  if (task.state === "running" && task.progress > 0) return `${Math.round(task.progress * 100)} %`;
  return task.attempt > 1 ? `attempt ${task.attempt}` : "";
}
