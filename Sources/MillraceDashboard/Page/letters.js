// Sends a run the event that it waits for: an approval, a callback.

import { APIError, path, post } from "./api.js";
import { ask, field } from "./dialog.js";
import { h } from "./dom.js";

/** `wait`: as the server gives it, with the name of the event. */
export function sendEvent(run, wait, changed) {
  const payload = h("textarea", { spellcheck: "false", rows: 4 });
  ask({
    title: wait.kind === "approval" ? `Answer “${wait.event}”?` : `Send “${wait.event}”?`,
    text: wait.text, verb: "Send",
    fields: [field("Payload", payload, "JSON, for example {\"by\": \"Ada\"}; may be left empty.")],
    work: async () => {
      const body = { name: wait.event };
      if (payload.value.trim() !== "") {
        try {
          body.payload = JSON.parse(payload.value);
        } catch (error) {
          payload.setAttribute("aria-invalid", "true");
          throw new APIError(`The payload is expected to be JSON: ${error.message}.`);
        }
      }
      const answer = await post(path`/runs/${run}/events`, body);
      await changed();
      return answer;
    },
    done: answer => answer.verdict === "duplicate" ? "The event had come before." : "The event is sent.",
  });
}
