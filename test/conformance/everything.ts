// A server with everything that the official conformance suite asks for, on the official SDK.

import {
  acceptedContent,
  createRequestStateCodec,
  inputRequired,
  McpServer,
  MissingRequiredClientCapabilityError,
  ResourceTemplate,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";

const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";

const states = createRequestStateCodec({ key: "k".repeat(32) });
const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
const named = z.object({ name: z.string() });

const envelope = z.looseObject({
  "io.modelcontextprotocol/clientCapabilities": z.record(z.string(), z.unknown()).default({}),
});

function capabilitiesIn(given: unknown): Readonly<Record<string, unknown>> {
  return envelope.parse(given ?? {})["io.modelcontextprotocol/clientCapabilities"];
}

export function createEverything(): McpServer {
  const server = new McpServer(
    { name: "everything", version: "1" },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: states.verify },
    },
  );
  addContents(server);
  addConversations(server);
  addInputs(server);
  addPrompts(server);
  addResources(server);
  server.server.setRequestHandler("completion/complete", () => ({
    completion: { values: ["paris", "park"], total: 2, hasMore: false },
  }));
  return server;
}

/** Results of every kind. */
function addContents(server: McpServer): void {
  const image = { type: "image" as const, data: png, mimeType: "image/png" };
  const resource = (uri: string, mimeType: string, value: string) => ({
    type: "resource" as const,
    resource: { uri, mimeType, text: value },
  });
  const contents = {
    test_simple_text: text("This is a simple text response for testing.").content,
    test_image_content: [image],
    test_audio_content: [{ type: "audio" as const, data: wav, mimeType: "audio/wav" }],
    test_embedded_resource: [
      resource("test://embedded-resource", "text/plain", "This is an embedded resource content."),
    ],
    test_multiple_content_types: [
      ...text("Multiple content types test:").content,
      image,
      resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
  };
  for (const [name, content] of Object.entries(contents)) {
    server.registerTool(name, { description: name }, () => ({ content }));
  }
  server.registerTool("test_error_handling", { description: "Fails." }, () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
}

/** What a call says on its way, and asks of the client in the protocol with sessions. */
function addConversations(server: McpServer): void {
  server.registerTool("test_tool_with_logging", { description: "Logs." }, async (ctx) => {
    for (const data of ["started", "processing", "completed"]) {
      await ctx.mcpReq.notify({
        method: "notifications/message",
        params: { level: "info", data: `Tool ${data}` },
      });
    }
    return text("logged");
  });
  server.registerTool("test_tool_with_progress", { description: "Progresses." }, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken ?? 0;
    for (const progress of [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 };
      await ctx.mcpReq.notify({ method: "notifications/progress", params });
    }
    return text(String(progressToken));
  });
  server.registerTool(
    "test_sampling",
    { description: "Samples.", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, ctx) => {
      const { content } = await ctx.mcpReq.requestSampling({
        messages: [{ role: "user", content: { type: "text", text: prompt } }],
        maxTokens: 100,
      });
      return text(`LLM response: ${JSON.stringify(content)}`);
    },
  );
  const asked = async (
    ctx: ServerContext,
    params: Parameters<typeof ctx.mcpReq.elicitInput>[0],
  ) => {
    const { action, content } = await ctx.mcpReq.elicitInput(params);
    return text(
      `Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`,
    );
  };
  server.registerTool(
    "test_elicitation",
    { description: "Elicits.", inputSchema: z.object({ message: z.string() }) },
    ({ message }, ctx) =>
      asked(ctx, {
        message,
        requestedSchema: {
          type: "object",
          properties: { response: { type: "string" } },
          required: ["response"],
        },
      }),
  );
  server.registerTool("test_elicitation_sep1034_defaults", { description: "Defaults." }, (ctx) =>
    asked(ctx, {
      message: "defaults",
      requestedSchema: {
        type: "object",
        properties: {
          name: { type: "string", default: "John Doe" },
          age: { type: "integer", default: 30 },
          score: { type: "number", default: 95.5 },
          status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
          verified: { type: "boolean", default: true },
        },
      },
    }),
  );
  const options = [1, 2, 3].map((n) => `option${n}`);
  const titled = [1, 2, 3].map((n) => ({ const: `value${n}`, title: `Choice ${n}` }));
  server.registerTool("test_elicitation_sep1330_enums", { description: "Enums." }, (ctx) =>
    asked(ctx, {
      message: "enums",
      requestedSchema: {
        type: "object",
        properties: {
          untitledSingle: { type: "string", enum: options },
          titledSingle: { type: "string", oneOf: titled },
          legacyEnum: {
            type: "string",
            enum: ["opt1", "opt2", "opt3"],
            enumNames: ["One", "Two", "Three"],
          },
          untitledMulti: { type: "array", items: { type: "string", enum: options } },
          titledMulti: { type: "array", items: { anyOf: titled } },
        },
      },
    }),
  );
}

const elicitName = (message: string) => inputRequired.elicit({ message, requestedSchema: named });
const sample = (prompt: string, maxTokens: number) =>
  inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: prompt } }],
    maxTokens,
  });

/** What a call asks of the client in the protocol without sessions: by a result that is none yet. */
function addInputs(server: McpServer): void {
  const has = ({ mcpReq }: ServerContext, key: string) =>
    mcpReq.inputResponses?.[key] !== undefined;

  server.registerTool(
    "test_input_required_result_elicitation",
    { description: "Asks a name." },
    ({ mcpReq }) => {
      const given = acceptedContent(mcpReq.inputResponses, "user_name", named);
      if (given !== undefined) return text(`Hello, ${given.name}!`);
      return inputRequired({ inputRequests: { user_name: elicitName("What is your name?") } });
    },
  );
  server.registerTool(
    "test_input_required_result_sampling",
    { description: "Asks a model." },
    (ctx) => {
      if (has(ctx, "capital_question")) {
        return text(JSON.stringify(ctx.mcpReq.inputResponses?.capital_question));
      }
      const inputRequests = { capital_question: sample("What is the capital of France?", 100) };
      return inputRequired({ inputRequests });
    },
  );
  server.registerTool(
    "test_input_required_result_list_roots",
    { description: "Asks for roots." },
    (ctx) => {
      if (has(ctx, "client_roots")) return text(JSON.stringify(ctx.mcpReq.inputResponses));
      return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
    },
  );
  for (const name of ["request_state", "tampered_state"]) {
    server.registerTool(
      `test_input_required_result_${name}`,
      { description: "Keeps state with the client." },
      async (ctx) => {
        if (has(ctx, "confirm") && ctx.mcpReq.requestState() === "one") return text("state-ok");
        const confirm = inputRequired.elicit({
          message: "Please confirm",
          requestedSchema: z.object({ ok: z.boolean() }),
        });
        const requestState = await states.mint("one", ctx);
        return inputRequired({ inputRequests: { confirm }, requestState });
      },
    );
  }
  server.registerTool(
    "test_input_required_result_multiple_inputs",
    { description: "Asks for much." },
    async (ctx) => {
      if (["user_name", "greeting", "client_roots"].every((key) => has(ctx, key))) {
        return text("thanks");
      }
      return inputRequired({
        inputRequests: {
          user_name: elicitName("What is your name?"),
          greeting: sample("Generate a greeting", 50),
          client_roots: inputRequired.listRoots(),
        },
        requestState: await states.mint("much", ctx),
      });
    },
  );
  server.registerTool(
    "test_input_required_result_multi_round",
    { description: "Asks twice." },
    async (ctx) => {
      if (has(ctx, "step2")) return text("done");
      if (has(ctx, "step1")) {
        const step2 = inputRequired.elicit({
          message: "Step 2: What is your favorite color?",
          requestedSchema: z.object({ color: z.string() }),
        });
        return inputRequired({
          inputRequests: { step2 },
          requestState: await states.mint("two", ctx),
        });
      }
      return inputRequired({
        inputRequests: { step1: elicitName("Step 1: What is your name?") },
        requestState: await states.mint("one", ctx),
      });
    },
  );
  server.registerTool(
    "test_input_required_result_capabilities",
    { description: "Asks for what the client can do." },
    ({ mcpReq }) => {
      const can = capabilitiesIn(mcpReq.envelope);
      const inputRequests = {
        ...(can.elicitation !== undefined && { name: elicitName("What is your name?") }),
        ...(can.sampling !== undefined && { greeting: sample("Generate a greeting", 50) }),
      };
      return inputRequired({ inputRequests });
    },
  );
  const region = z.string().meta({ "x-mcp-header": "Region" });
  server.registerTool(
    "test_x_mcp_header",
    { description: "Has a header of its own.", inputSchema: z.object({ region }) },
    ({ region: value }) => text(value),
  );
  server.registerTool("test_missing_capability", { description: "Needs sampling." }, (ctx) => {
    if (capabilitiesIn(ctx.mcpReq.envelope).sampling !== undefined) {
      return text("sampled");
    }
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
  });
}

function addPrompts(server: McpServer): void {
  const says = (value: string) => ({
    role: "user" as const,
    content: { type: "text" as const, text: value },
  });
  server.registerPrompt("test_simple_prompt", { description: "simple" }, () => ({
    messages: [says("This is a simple prompt for testing.")],
  }));
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "arguments",
      argsSchema: z.object({ arg1: z.string(), arg2: z.string() }),
    },
    ({ arg1, arg2 }) => ({
      messages: [says(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
    }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "resource", argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => ({
      messages: [
        {
          role: "user",
          content: {
            type: "resource",
            resource: { uri, mimeType: "text/plain", text: "embedded" },
          },
        },
        says("Please process the embedded resource above."),
      ],
    }),
  );
  server.registerPrompt("test_prompt_with_image", { description: "image" }, () => ({
    messages: [
      { role: "user", content: { type: "image", data: png, mimeType: "image/png" } },
      says("Please analyze the image above."),
    ],
  }));
  server.registerPrompt(
    "test_input_required_result_prompt",
    { description: "asks" },
    ({ mcpReq }) => {
      const context = z.object({ context: z.string() });
      const given = acceptedContent(mcpReq.inputResponses, "user_context", context);
      if (given !== undefined) return { messages: [says(given.context)] };
      const user_context = inputRequired.elicit({
        message: "What context should the prompt use?",
        requestedSchema: context,
      });
      return inputRequired({ inputRequests: { user_context } });
    },
  );
}

function addResources(server: McpServer): void {
  server.registerResource("text", "test://static-text", { mimeType: "text/plain" }, ({ href }) => ({
    contents: [
      {
        uri: href,
        mimeType: "text/plain",
        text: "This is the content of the static text resource.",
      },
    ],
  }));
  server.registerResource("binary", "test://static-binary", { mimeType: "image/png" }, (uri) => ({
    contents: [{ uri: uri.href, mimeType: "image/png", blob: png }],
  }));
  server.registerResource("watched", "test://watched-resource", {}, ({ href }) => ({
    contents: [{ uri: href, text: "watched" }],
  }));
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { mimeType: "application/json" },
    ({ href }, { id }) => ({
      contents: [
        {
          uri: href,
          mimeType: "application/json",
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        },
      ],
    }),
  );
  for (const method of ["resources/subscribe", "resources/unsubscribe"] as const) {
    server.server.setRequestHandler(method, () => ({}));
  }
}
