// The arguments of a call, the command among them with its effects marked.

import type { Effect } from "../../core/effect.ts";
import type { ContentRef } from "../../core/outcome.ts";
import { commandOf, isRedacted, markedText } from "../marked.ts";
import { Content, JsonView } from "./parts.tsx";

export function Arguments({
  content,
  effects,
}: {
  content: ContentRef;
  effects: readonly Effect[];
}) {
  if (!("inline" in content)) return <Content content={content} />;
  const command = commandOf(content.inline, effects);
  if (command === undefined || isRedacted(command.text)) return <JsonView value={content.inline} />;
  const others = Object.entries(content.inline ?? {}).filter(([name]) => name !== command.name);
  return (
    <>
      <Command text={command.text} effects={effects} />
      {others.length === 0 ? null : <JsonView value={Object.fromEntries(others)} />}
    </>
  );
}

/** The numbers are those of the list of effects. */
export function Command({ text, effects }: { text: string; effects: readonly Effect[] }) {
  return (
    <pre class="command" tabindex={0}>
      {markedText(text, effects).map((segment) =>
        segment.tone === undefined ? (
          segment.text
        ) : (
          <mark class={segment.tone}>
            {segment.begins.map((number) => (
              <sup>{number}</sup>
            ))}
            {segment.text}
          </mark>
        ),
      )}
    </pre>
  );
}
