// A provider for the bench: one stream for every request, an event each millisecond.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const base = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" };
const chunk = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ ...base, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

const call = { index: 0, id: "call_1", type: "function" };
const parts = ['{"cmd":', '"ls ', "-la", '"}'].map((text) =>
  chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] }),
);
const events = [
  chunk({ role: "assistant", content: "" }),
  ...Array.from({ length: 100 }, (_, i) => chunk({ content: ` word${i}` })),
  chunk({ tool_calls: [{ ...call, function: { name: "exec_command", arguments: "" } }] }),
  ...parts,
  chunk({}, "tool_calls"),
  "data: [DONE]\n\n",
];

const server = createServer((request, response) => {
  request.resume().once("end", () => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    let at = 0;
    const timer = setInterval(() => {
      response.write(events[at]);
      at += 1;
      if (at < events.length) return;
      clearInterval(timer);
      response.end();
    }, 1);
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ event: "ready", agent: `http://127.0.0.1:${port}` }));
});
