// Asks before something is done, and tells how it went.

import { announce, freshID, h, replace, setText } from "./dom.js";

/**
 * Asks, and does it when somebody says so.
 *
 * `title`, `text`: what will happen. `verb`: the word on the button. `isDangerous`: it cannot be taken back. `fields`: elements
 * between. `work()`: does it; what it throws is shown, and the dialog stays. `done(result)`: the sentence about how it went, or
 * elements to show in the dialog's place.
 */
export function ask({ title, text, verb, isDangerous = false, fields = [], work, done = () => null }) {
  const titleID = freshID("dialog");
  const textID = freshID("dialog");
  const fault = h("p", { class: "notice", role: "alert", hidden: true });
  const confirm = h("button", { type: "submit", class: isDangerous ? "danger primary" : "primary" }, verb);
  const form = h("form", { novalidate: true, on: { submit } },
    h("h2", { id: titleID }, title), h("p", { id: textID, class: "explained" }, text), fault, fields,
    h("div", { class: "buttons" }, h("button", { type: "button", on: { click: close } }, "Leave it"), confirm));
  const dialog = h("dialog", { "aria-labelledby": titleID, "aria-describedby": textID }, form);
  // Who has asked for it may be gone by then: the page may have changed meanwhile.
  const opener = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    (opener?.isConnected ? opener : document.getElementById("main")).focus({ preventScroll: true });
  });

  function close() { dialog.close(); }

  async function submit(event) {
    event.preventDefault();
    fault.hidden = true;
    confirm.disabled = true;
    try {
      const end = done(await work());
      if (typeof end === "string" || end === null) {
        close();
        if (end) announce(end);
      } else {
        replace(form, h("h2", { id: titleID }, end.title), end.elements,
          h("div", { class: "buttons" }, h("button", { type: "button", class: "primary", on: { click: close } }, "Close")));
        announce(end.title);
        form.querySelector(".buttons button").focus();
      }
    } catch (error) {
      fault.hidden = false;
      setText(fault, error.message);
      confirm.disabled = false;
      (form.querySelector("[aria-invalid=true]") ?? confirm).focus();
    }
  }

  document.body.append(dialog);
  dialog.showModal();
  (form.querySelector("input, select, textarea") ?? confirm).focus();
  return dialog;
}

/** A label, its control, and what else there is to say about it. */
export function field(label, control, hint) {
  control.id ||= freshID("field");
  const hintElement = hint ? h("p", { class: "hint", id: freshID("hint") }, hint) : null;
  if (hintElement) control.setAttribute("aria-describedby", hintElement.id);
  const labelElement = h("label", { for: control.id }, label);
  return control.type === "checkbox"
    ? h("div", { class: "field check" }, control, labelElement, hintElement)
    : h("div", { class: "field" }, labelElement, control, hintElement);
}
