// Builds and changes elements. Text goes in as text, never as markup: what a name or a payload holds is shown, and does nothing.

const svgSpace = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (name === "value") {
      element.value = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat(Infinity).filter(child => child !== undefined && child !== null && child !== false));
  return element;
}

/** An element of HTML: `h("p", {class: "muted"}, "text", child)`. `on` holds handlers by event. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An element of SVG. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(svgSpace, tag), attributes, children);
}

/** Sets text only if it is another: what has not changed is not touched, so a selection in it stays. */
export function setText(element, text) {
  const value = String(text ?? "");
  if (element.textContent !== value) element.textContent = value;
}

export function setAttribute(element, name, value) {
  if (value === undefined || value === null || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

/** Puts children in the place of all there are. */
export function replace(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(child => child !== undefined && child !== null && child !== false));
}

/** Children of an element that stand for items by key. One that stays is changed in place, so it keeps the focus and the place on the screen. */
export class KeyedList {
  /** What the elements stand in. */
  parent;
  #make;
  #change;
  #parts = new Map();

  /** `make(item)` gives an element, `change(element, item)` brings it up to date; it is called for a new one too. */
  constructor(parent, make, change) {
    this.parent = parent;
    this.#make = make;
    this.#change = change;
  }

  /** `items`: pairs of key and item, in order, each key once. */
  set(items) {
    const focused = this.parent.contains(document.activeElement) ? document.activeElement : null;
    const keys = new Set(items.map(([key]) => key));
    for (const [key, element] of this.#parts) {
      if (keys.has(key)) continue;
      element.remove();
      this.#parts.delete(key);
    }
    let next = this.parent.firstChild;
    for (const [key, item] of items) {
      let element = this.#parts.get(key);
      if (!element) {
        element = this.#make(item);
        this.#parts.set(key, element);
      }
      this.#change(element, item);
      if (element === next) {
        next = next.nextSibling;
      } else {
        this.parent.insertBefore(element, next);
      }
    }
    // An element that is moved loses the focus.
    if (focused && focused.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  /** The element of a key; undefined if there is none. */
  element(key) { return this.#parts.get(key); }

  change(key, item) {
    const element = this.#parts.get(key);
    if (element) this.#change(element, item);
    return element !== undefined;
  }
}

/** Says something to screen readers without moving the focus. */
export function announce(text) {
  setText(document.getElementById("announcement"), text);
}

let lastNumber = 0;

/** An id that no other element has: to tie labels and descriptions to what they are about. */
export function freshID(prefix) {
  lastNumber += 1;
  return `${prefix}-${lastNumber}`;
}
