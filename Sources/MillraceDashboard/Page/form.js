// A form made from a workflow's parameters.

import { APIError } from "./api.js";
import { field } from "./dialog.js";
import { h } from "./dom.js";
import { json } from "./format.js";

/** `{elements, value()}`: `value` gives the parameters, without those that are left to their defaults, or throws what is wrong. */
export function parameterForm(parameters) {
  const inputs = parameters.map(makeInput);
  return {
    elements: inputs.map(input => input.element),
    value() {
      const values = {};
      let fault = null;
      for (const input of inputs) {
        try {
          input.control.removeAttribute("aria-invalid");
          const value = input.read();
          if (value !== undefined) values[input.name] = value;
        } catch (error) {
          input.control.setAttribute("aria-invalid", "true");
          fault ??= error;
        }
      }
      if (fault) throw fault;
      return values;
    },
  };
}

function makeInput(parameter) {
  const { name, type, is_required: isRequired } = parameter;
  const kind = type.enum ? "enum" : typeof type.type === "string" ? type.type : "any";
  const control = makeControl(kind, parameter);
  const hints = [parameter.summary, meaning(kind, type), isRequired ? "required" : null].filter(Boolean);
  const element = field(name, control, hints.join(" · "));
  if (isRequired) control.required = true;
  const wrong = (expected, found) => new APIError(`Parameter “${name}” is expected to be ${expected}; found ${found}.`);
  return { name, control, element, read: () => readControl(kind, control, parameter, wrong) };
}

function makeControl(kind, { type, default: value, is_required: isRequired }) {
  switch (kind) {
  case "enum": {
    const choices = type.enum.map(choice => h("option", { value: choice }, choice));
    const select = h("select", {}, isRequired || value !== undefined ? null : h("option", { value: "" }, "–"), choices);
    if (value !== undefined) select.value = value;
    return select;
  }
  case "boolean": return h("input", { type: "checkbox", checked: value === true });
  case "integer":
  case "number": return h("input", { type: "text", inputmode: kind === "integer" ? "numeric" : "decimal", autocomplete: "off", value: value ?? "" });
  case "string": return h("input", { type: "text", autocomplete: "off", value: value ?? "" });
  default: return h("textarea", { rows: 4, spellcheck: "false", value: value === undefined ? "" : json(value, 2) });
  }
}

function meaning(kind, type) {
  switch (kind) {
  case "integer": return "a whole number";
  case "number": return "a number";
  case "array": return `JSON: an array${type.items?.type ? ` of ${type.items.type}s` : ""}`;
  case "object": return `JSON: an object${type.required ? ` with ${type.required.join(", ")}` : ""}`;
  case "any": return "JSON";
  default: return null;
  }
}

function readControl(kind, control, parameter, wrong) {
  if (kind === "boolean") {
    // What nobody has touched is left to the default, if there is one.
    if (control.checked === (parameter.default === true) && !parameter.is_required) return undefined;
    return control.checked;
  }
  const text = kind === "string" || kind === "enum" ? control.value : control.value.trim();
  if (text === "" && kind === "string" && (parameter.is_required || (parameter.default ?? "") !== "")) return "";
  if (text === "") {
    if (parameter.is_required) throw wrong("given", "nothing");
    return undefined;
  }
  if (kind === "string" || kind === "enum") return text === parameter.default ? undefined : text;
  if (kind === "integer" || kind === "number") {
    const value = Number(text);
    if (!Number.isFinite(value) || (kind === "integer" && !Number.isSafeInteger(value))) {
      throw wrong(kind === "integer" ? "a whole number" : "a number", `“${text}”`);
    }
    return value === parameter.default ? undefined : value;
  }
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong("JSON", `something else: ${error.message}`);
  }
  return json(value) === json(parameter.default) ? undefined : value;
}
