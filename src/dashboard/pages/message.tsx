// A message between user and model, where a door saw it.

import { isJsonObject, type Json } from "../../core/json.ts";
import type { ContentRef } from "../../core/outcome.ts";
import type { MessageRecord } from "../../core/record.ts";
import { Badge, Content, durationOf, JsonView, Text, Time } from "./parts.tsx";

export function Message({
  record,
  contentOf,
}: {
  record: MessageRecord;
  contentOf: (ref: ContentRef) => ContentRef;
}) {
  const { role, content, answer, at } = record;
  return (
    <li class={`card entry message ${role}`}>
      <h2>
        {role}
        {answer === undefined ? null : (
          <span class="soft">
            {answer.served ?? answer.model}, {answer.ended}
            {answer.finish === undefined ? "" : ` (${answer.finish})`},{" "}
            {durationOf(answer.durationMs)}
          </span>
        )}
        <span class="spring" />
        <span class="soft">
          <Time at={at} dateToo={false} />
        </span>
      </h2>
      {answer?.detail === undefined ? null : <p class="problem">{answer.detail}</p>}
      {content === undefined ? (
        <p class="soft">as an earlier message of this trajectory</p>
      ) : (
        <Parts content={contentOf(content)} />
      )}
    </li>
  );
}

function Parts({ content }: { content: ContentRef }) {
  if (!("inline" in content) || !Array.isArray(content.inline))
    return <Content content={content} />;
  return (
    <>
      {content.inline.map((part: Json) => (
        <Part part={part} />
      ))}
    </>
  );
}

/** Texts as texts; everything else as it was recorded. */
function Part({ part }: { part: Json }) {
  if (!isJsonObject(part) || typeof part.type !== "string") return <JsonView value={part} />;
  const { type, text, ...rest } = part;
  if (typeof text === "string") {
    return type === "text" ? (
      <Text text={text} />
    ) : (
      <details>
        <summary>{type}</summary>
        <Text text={text} />
      </details>
    );
  }
  return (
    <>
      <Badge tone="quiet">{type}</Badge>
      <JsonView value={rest} />
    </>
  );
}
