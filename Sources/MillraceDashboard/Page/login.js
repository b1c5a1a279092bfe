// Asks for a token.

import { logIn } from "./api.js";
import { h, setAttribute, setText } from "./dom.js";

/** `enter` is called when somebody has logged in. */
export function logInView(enter) {
  const fault = h("p", { class: "notice", role: "alert", id: "login-fault", hidden: true });
  const token = h("input", {
    id: "token", type: "password", required: true, autocomplete: "current-password", spellcheck: "false",
    "aria-describedby": "login-fault",
  });
  const button = h("button", { type: "submit", class: "primary" }, "Log in");
  const form = h("form", { class: "card login", on: { submit } },
    h("h1", {}, "Log in"),
    h("p", {}, "With the token that the server was started with: for a viewer, an operator or an administrator."),
    fault,
    h("div", { class: "field" }, h("label", { for: "token" }, "Token"), token),
    button);

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    try {
      await logIn(token.value);
      await enter();
    } catch (error) {
      setText(fault, error.status === 401 ? "No token is like this one." : error.message);
      fault.hidden = false;
      setAttribute(token, "aria-invalid", "true");
      token.value = "";
      token.focus();
    } finally {
      button.disabled = false;
    }
  }

  return { title: "Log in", element: form };
}
