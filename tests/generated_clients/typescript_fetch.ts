// The same job through a client of openapi-generator's typescript-fetch.
import { Configuration, HandoversApi, InboxApi, QueueApi, ResponseError, TasksApi } from "./sdk";
import type { ClaimedTask } from "./sdk";

const { HUB = "", KEY = "", COOKIE = "", CSRF = "", ACTION = "approve" } = process.env;
const application = new Configuration({ basePath: HUB, accessToken: KEY });
const person = new Configuration({ basePath: HUB, headers: { Cookie: COOKIE, "X-CSRFToken": CSRF } });
const tasks = new TasksApi(application);
const queue = new QueueApi(application);

async function claim(): Promise<ClaimedTask> {
  const { tasks: claimed } = await queue.claimTasks({ claimBody: { functions: ["refund.pay"], wait: 10 } });
  const task = claimed[0];
  if (task === undefined) throw new Error("nothing to claim");
  return task;
}

async function main(): Promise<void> {
  const body = { container: "refunds", type: "refund", title: "Order 88213", fields: { amount: 142 } };
  const made = await tasks.createTask({ taskBody: body });
  const first = await claim();
  if (first.id !== made.id) throw new Error("another task");
  const asked = await tasks.handOverTask({
    id: made.id,
    handOverBody: {
      key: "approval",
      to: "user:ana",
      title: "Approve?",
      fields: ["reason", { name: "amount", required: true }],
      actions: [
        { name: "approve", effect: "return" },
        { name: "refuse", effect: "return", needsComment: true },
      ],
      leaseToken: first.lease.token,
    },
  });
  const waiting = await new InboxApi(person).listInbox();
  if (!waiting.results.some((one) => one.id === asked.id)) throw new Error("not in the inbox");
  const answered = await new HandoversApi(person).submitHandover({
    id: asked.id,
    submitBody: { action: ACTION, fields: { reason: "Seen.", amount: 142 }, comment: "Seen." },
  });
  if (answered.state !== "submitted") throw new Error(answered.state);
  const again = await claim();
  const result = { paid: again.answers?.action === "approve" };
  const results = [{ task: again.id, token: again.lease.token, result }];
  const done = await queue.completeLeases({ completionsBody: { results } });
  if (!done.results[0]?.ok) throw new Error("not completed");
  const ended = await tasks.getTask({ id: made.id });
  const code = await tasks.getTask({ id: "none" }).catch(async (error: unknown) => {
    if (!(error instanceof ResponseError)) throw error;
    return (await error.response.json()).code;
  });
  console.log(JSON.stringify({ status: ended.status, result: ended.result, code }));
}

void main();
