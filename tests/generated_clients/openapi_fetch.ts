// One job through a client of openapi-typescript and openapi-fetch: created, claimed, asked, answered, completed.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const { HUB = "", KEY = "", COOKIE = "", CSRF = "", ACTION = "approve" } = process.env;
const application = createClient<paths>({ baseUrl: HUB, headers: { Authorization: `Bearer ${KEY}` } });
const person = createClient<paths>({ baseUrl: HUB, headers: { Cookie: COOKIE, "X-CSRFToken": CSRF } });

function must<Value>(answer: { data?: Value; error?: components["schemas"]["Problem"] }): Value {
  if (answer.data === undefined) throw new Error(answer.error ? `${answer.error.code}: ${answer.error.detail}` : "empty");
  return answer.data;
}

async function claim(): Promise<components["schemas"]["ClaimedTask"]> {
  const claimed = must(await application.POST("/api/v1/queue/claim", { body: { functions: ["refund.pay"], wait: 10 } }));
  const task = claimed.tasks[0];
  if (task === undefined) throw new Error("nothing to claim");
  return task;
}

const made = must(
  await application.POST("/api/v1/tasks", {
    body: { container: "refunds", type: "refund", title: "Order 88213", fields: { amount: 142 } },
  }),
);
const first = await claim();
if (first.id !== made.id) throw new Error("another task");
const asked = must(
  await application.POST("/api/v1/tasks/{id}/hand-over", {
    params: { path: { id: made.id } },
    body: {
      key: "approval",
      to: "user:ana",
      title: "Approve?",
      fields: ["reason", { name: "amount", required: true }],
      actions: [
        { name: "approve", effect: "return" },
        { name: "refuse", effect: "return", needs_comment: true },
      ],
      lease_token: first.lease.token,
    },
  }),
);
const waiting = must(await person.GET("/api/v1/inbox"));
if (!waiting.results.some((one) => one.id === asked.id)) throw new Error("not in the inbox");
const answered = must(
  await person.POST("/api/v1/handovers/{id}/submit", {
    params: { path: { id: asked.id } },
    body: { action: ACTION, fields: { reason: "Seen.", amount: 142 }, comment: "Seen." },
  }),
);
if (answered.state !== "submitted") throw new Error(answered.state);
const again = await claim();
const paid = again.answers?.action === "approve";
const done = must(
  await application.POST("/api/v1/queue/complete", {
    body: { results: [{ task: again.id, token: again.lease.token, result: { paid } }] },
  }),
);
if (!done.results[0]?.ok) throw new Error("not completed");
const ended = must(await application.GET("/api/v1/tasks/{id}", { params: { path: { id: made.id } } }));
const empty = await person.POST("/api/v1/inbox/take-next", { body: {} });
const refused = await application.GET("/api/v1/tasks/{id}", { params: { path: { id: "none" } } });
if (empty.response.status !== 204) throw new Error(`take-next: ${empty.response.status}`);
console.log(JSON.stringify({ status: ended.status, result: ended.result, code: refused.error?.code }));
