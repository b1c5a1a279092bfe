// Values of JSON, as they are: indented, shortened when they are long, whole on request.

import { get, path, query } from "./api.js";
import { h, replace } from "./dom.js";
import { bytes, json } from "./format.js";

const shownLength = 4000;

/** A value; if only its size is known, a button that reads it. `place` names it for the server: `{run, of, step}`. */
export function valueBlock(value, size, place) {
  const block = h("div", { class: "value-block" });
  if (value !== undefined) {
    put(block, value);
  } else if (size) {
    const fault = h("p", { class: "fault", role: "alert" });
    const button = h("button", {
      type: "button", on: {
        click: async () => {
          button.disabled = true;
          try {
            put(block, await get(query(path`/runs/${place.run}/value`, { of: place.of, step: place.step })));
          } catch (error) {
            button.disabled = false;
            fault.textContent = error.message;
          }
        },
      },
    }, `Show ${bytes(size)}`);
    block.append(button, fault);
  }
  return block;
}

function put(block, value) {
  const text = typeof value === "string" ? value : json(value, 2);
  const pre = h("pre", { class: "value", tabindex: "0" }, text.slice(0, shownLength));
  replace(block, pre, text.length <= shownLength ? null : h("button", {
    type: "button", on: {
      click: event => {
        pre.textContent = text;
        event.target.remove();
        pre.focus();
      },
    },
  }, `Show all ${bytes(text.length)}`));
}
