// Chat templates disagree about what a conversation looks like: how, as data.

/** A row that a template could not render whole is none of its profile; it is left out, and counted. */
export interface TemplateProfile {
  readonly name: string;
  /** A line of help: whose templates. */
  readonly about: string;
  /** Arguments of a call: an object, or its JSON text. The other one is an error there, or text in text. */
  readonly arguments: "object" | "text";
  /** What a message that only calls has as `content`. */
  readonly empty: "" | null;
  /** Text that the model said beside its calls: in their message, in one of its own before, or in none. */
  readonly beside: "with" | "before" | "unfit";
  /** Several calls of one message: in it, or each in a message of its own, with its result behind it. */
  readonly calls: "together" | "apart";
  /** Ids of calls: as they were, or nine letters and digits. */
  readonly ids: "kept" | "short";
  /** The member that has a message's reasoning. */
  readonly reasoning: "reasoning_content" | "thinking";
  /** `alternate`: messages of one role behind each other are one; the user is first, and then has turns. */
  readonly turns: "kept" | "alternate";
}

const object: TemplateProfile = {
  name: "object",
  about: "Qwen 2.5 and 3, most that take an object",
  arguments: "object",
  empty: "",
  beside: "with",
  calls: "together",
  ids: "kept",
  reasoning: "reasoning_content",
  turns: "kept",
};

export const templateProfiles: readonly TemplateProfile[] = [
  object,
  { ...object, name: "object-null", about: "as object, null beside calls", empty: null },
  { ...object, name: "text", about: "arguments as JSON text", arguments: "text" },
  {
    ...object,
    name: "text-null",
    about: "DeepSeek V3.1; as text, null beside calls",
    arguments: "text",
    empty: null,
  },
  { ...object, name: "hermes", about: "Hermes 2 and 3: text before calls", beside: "before" },
  {
    ...object,
    name: "llama",
    about: "Llama 3.1 to 3.3: one call a message, text before it",
    beside: "before",
    calls: "apart",
  },
  {
    ...object,
    name: "mistral",
    about: "Mistral up to Small 3.1: ids of nine, turns that alternate, calls without text",
    beside: "unfit",
    ids: "short",
    turns: "alternate",
  },
  {
    ...object,
    name: "gpt-oss",
    about: "OpenAI's gpt-oss: one call a message, text before it, reasoning as thinking",
    beside: "before",
    calls: "apart",
    reasoning: "thinking",
  },
];
