// Talks to the server. What goes wrong becomes an error whose message is a sentence for people.

export class APIError extends Error {
  /** `status`: of HTTP; 0 where it did not come to an answer. */
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

export const unreachable = "The server does not answer. Is `millrace serve` running?";

/** Who asks, as the server takes it: `role`, `needs_login`, `csrf_token`. */
export let session = { needs_login: true };

let loggedOut = () => {};

/** Calls `handler` when the server wants a login. */
export function onLoggedOut(handler) { loggedOut = handler; }

async function call(method, path, body) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && session.csrf_token) headers["X-CSRF-Token"] = session.csrf_token;
  let response;
  let text;
  try {
    response = await fetch(`/api/v1${path}`, {
      method, headers, credentials: "same-origin", cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    text = await response.text();
  } catch {
    throw new APIError(unreachable);
  }
  let value = null;
  try { value = text === "" ? null : JSON.parse(text); } catch { /* Said below, by the status. */ }
  if (response.ok) return value;
  const message = value?.message ?? `the server answered ${response.status} ${response.statusText} to ${method} ${path}`;
  if (response.status === 401 && !path.startsWith("/session")) loggedOut();
  throw new APIError(sentence(message) + (value?.place ? ` (${value.place})` : ""), response.status);
}

export async function readSession() {
  session = await call("GET", "/session");
  return session;
}

export async function logIn(token) {
  session = { needs_login: false, ...await call("POST", "/session", { token }) };
}

export async function logOut() {
  await call("DELETE", "/session");
  session = { needs_login: true };
}

const ranks = { viewer: 0, operator: 1, admin: 2 };

/** Whether who asks may do what takes a role. */
export function may(role) { return (ranks[session.role] ?? 0) >= ranks[role]; }

/** Begins with a capital letter and ends with a full stop. */
function sentence(text) {
  const trimmed = text.trim();
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1) + (/[.!?…]$/.test(trimmed) ? "" : ".");
}

/** A path of which each part that is a value is escaped: path`/runs/${id}`. */
export function path(parts, ...values) {
  return parts.reduce((text, part, index) => text + encodeURIComponent(values[index - 1]) + part);
}

/** A path with a query of those values that are there. */
export function query(base, values) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") search.append(name, one);
    }
  }
  const text = search.toString();
  return text === "" ? base : `${base}?${text}`;
}

export const get = path => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);
