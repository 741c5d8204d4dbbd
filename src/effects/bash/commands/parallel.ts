// GNU parallel: composes shell commands from a template and input sources. Also sem(1) and the
// parallel of moreutils, whose arguments stand behind `--`.

import type { CommandFamily, RunOptions, Stdin, Word, WordPart } from "../command.ts";
import { hasHole, type Options } from "../options.ts";
import { partsOf, unmarked } from "../text.ts";
import { type Act, family, lastName, textOf, tool, wordOf } from "../tool.ts";

/** Beyond this many jobs the template is run once, with arguments that are not known. */
const maxJobs = 32;
/** Items of one source, and sources. */
const maxItems = 4_096;
const maxSources = 16;

/** As in `options_completion_hash` of its source, without what only formats output. */
const optionLines = [
  "null,0 a,arg-file: d,delimiter: E: e,eof:: I: i,replace:: L: l,max-lines:: n,max-args: N,max-replace-args:",
  "j,jobs,P,max-procs: k,keep-order m X xargs v q,quote o,open-tty p,interactive r,no-run-if-empty",
  "s,max-chars: t,verbose u,ungroup x,exit S,sshlogin: slf,sshloginfile: ssh: transfer return: cleanup",
  "trc: tf,transferfile,transfer-file: bf,basefile: wd,workdir: dry-run,dryrun,dr pipe,spreadstdin",
  "pipe-part,pipepart tee cat fifo joblog,jl: results,result,res: resume resume-failed retry-failed",
  "tmpdir: bar progress eta tag tagstring: color color-failed colsep,C,col-sep: csv header: link,xapply",
  "halt,halt-on-error: delay: ssh-delay: load: memfree: memsuspend: nice: noswap timeout: term-seq: retries:",
  "env: record-env J,profile: gnu group line-buffer,lb latest-line,ll silent plus rpl: parens: shuf",
  "er,extensionreplace: bnr,basenamereplace: dnr,dirnamereplace: bner,basenameextensionreplace: U: seqreplace:",
  "slotreplace: trim: onall nonall controlmaster,M rsync-opts: compress compress-program: decompress-program:",
  "arg-sep: arg-file-sep: shebang,hashbang shebang-wrap semaphore semaphore-name,semaphorename,id:",
  "semaphore-timeout,st: fg bg wait will-cite citation,bibtex bug h,help version,V show-limits",
  "skip-first-line round-robin,round recstart: recend: regexp,regex rrs,remove-rec-sep files,output-as-files",
  "block,block-size: bt,block-timeout: shard: bin: group-by: hgrp,hostgroups embed filter: process-slot-var:",
  "template,tmpl: limit: max-line-length-allowed number-of-cpus number-of-cores number-of-sockets",
  "number-of-threads tmux tmuxpane tmux-pane tty total-jobs,total: shell-quote Y D,debug: sql-master:",
  "sql-worker: sql-and-worker: W: B: T H: no-keep-order ctag ctagstring: filter-hosts session use-cpus-instead-of-cores",
] as const;

type ParallelOptions = Options<
  | "a"
  | "I"
  | "i"
  | "q"
  | "dry-run"
  | "pipe"
  | "pipe-part"
  | "S"
  | "slf"
  | "null"
  | "d"
  | "joblog"
  | "results"
  | "rpl"
  | "filter"
  | "csv"
  | "link"
  | "p"
  | "wd"
  | "colsep"
  | "X"
  | "m"
  | "xargs"
  | "n"
  | "N"
  | "L"
  | "nonall"
  | "return"
  | "trc"
  | "bf"
  | "arg-sep"
  | "arg-file-sep"
  | "r"
  | "tee"
  | "cat"
  | "fifo"
>;

/** One input source: its items, or undefined where they are not known. */
type Source = readonly Word[] | undefined;

const parallel = tool(
  optionLines,
  (act, options) => {
    if (options.has("dry-run")) return undefined;
    logs(act, options);
    const { command, sources } = split(act, options);
    return runJobs(act, command, jobs(act, sources, options), options);
  },
  { order: "posix" },
);

function logs(act: Act, options: ParallelOptions): void {
  const log = options.value("joblog");
  const results = options.value("results");
  if (log !== undefined) act.overwrite(log);
  if (results !== undefined) act.write(results, { recursive: true });
}

/** `COMMAND ::: a b :::: file -a file`, or items from standard input. */
function split(act: Act, options: ParallelOptions) {
  const operands = options.operands;
  const first = operands.findIndex((word) => separator(word.value, options) !== undefined);
  const command = operands.slice(0, first < 0 ? undefined : first);
  const sources: Source[] = options.values("a").map((file) => fileItems(act, file, options));
  if (first >= 0) sources.push(...sourcesBehind(act, operands.slice(first), options));
  const reads = sources.length === 0 && !options.has("pipe") && !options.has("nonall");
  return { command, sources: reads ? [stdinItems(act, options)] : sources.slice(0, maxSources) };
}

function separator(
  text: string | undefined,
  options: ParallelOptions,
): "items" | "files" | undefined {
  if (text === undefined) return undefined;
  if (text === (options.value("arg-sep")?.value ?? ":::") || text === ":::+" || text === "--")
    return "items";
  return text === (options.value("arg-file-sep")?.value ?? "::::") || text === "::::+"
    ? "files"
    : undefined;
}

/** Each `:::` begins a source of its own; each file behind `::::` is one. */
function sourcesBehind(
  act: Act,
  words: readonly Word[],
  options: ParallelOptions,
): readonly Source[] {
  const sources: Source[] = [];
  let kind: "items" | "files" | undefined;
  let items: Word[] = [];
  const close = (): void => {
    if (kind === "items") sources.push(items.some(isOpen) ? undefined : items);
    else sources.push(...items.map((file) => fileItems(act, file, options)));
    items = [];
  };
  for (const word of words) {
    const next = separator(word.value, options);
    if (next === undefined) items.push(word);
    else {
      close();
      kind = next;
    }
  }
  close();
  return sources;
}

/** An expansion that may become any number of items. A pattern stays one: it stands for each match. */
function isOpen(word: Word): boolean {
  return word.many && hasHole(word);
}

function fileItems(act: Act, file: Word, options: ParallelOptions): Source {
  if (file.value === "-") return stdinItems(act, options);
  act.read(file);
  const text = act.scope.contentOf(file);
  return text === undefined ? undefined : itemsOf(act, text, options);
}

function stdinItems(act: Act, options: ParallelOptions): Source {
  const { stdin } = act.invocation;
  if (act.input !== undefined) return itemsOf(act, act.input, options);
  if (stdin.kind !== "unknown") return undefined;
  return (
    stdin.names ?? (stdin.partly === undefined ? undefined : itemsOf(act, stdin.partly, options))
  );
}

function itemsOf(act: Act, text: string, options: ParallelOptions): Source {
  const delimiter = options.has("null") ? "\0" : (options.value("d")?.value ?? "\n");
  const items = text.split(delimiter.replaceAll("\\n", "\n").replaceAll("\\0", "\0") || "\n");
  if (items.at(-1) === "") items.pop();
  return items.length > maxItems ? undefined : items.map((item) => itemWord(act, item));
}

function itemWord(act: Act, item: string): Word {
  const known = unmarked(item, "what parallel reads");
  return typeof known === "string" ? act.scope.word(known) : wordOf(partsOf(known), unseen(act));
}

function unseen(act: Act): Word {
  return act.scope.hole("what parallel reads");
}

/** The arguments of each job, one from each source (`-N 2`: several of one); undefined: too many. */
function jobs(
  act: Act,
  sources: readonly Source[],
  options: ParallelOptions,
): readonly (readonly Word[])[] {
  const splits = options.last("colsep", "csv") !== undefined;
  const open = splits ? sources.map(() => undefined) : sources;
  const lists = open.map((source) => source ?? [unseen(act)]);
  const [only, ...others] = lists;
  if (only !== undefined && others.length === 0) return chunks(only, perJob(options));
  return options.has("link") ? linked(lists) : product(lists);
}

function perJob(options: ParallelOptions): number {
  if (options.last("X", "m", "xargs") !== undefined) return maxItems;
  const last = options.last("n", "N", "L");
  return last === undefined ? 1 : Number.parseInt(options.value(last)?.value ?? "1", 10) || 1;
}

function chunks(items: readonly Word[], size: number): readonly (readonly Word[])[] {
  const parts: (readonly Word[])[] = [];
  for (let at = 0; at < items.length; at += Math.max(1, size))
    parts.push(items.slice(at, at + size));
  return parts;
}

function linked(lists: readonly (readonly Word[])[]): readonly (readonly Word[])[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  const indices = Array.from({ length: longest }, (_, at) => at);
  return indices.map((at) => lists.flatMap((list) => list[at % list.length] ?? []));
}

/** Stops as soon as there are more than are told apart. */
function product(lists: readonly (readonly Word[])[]): readonly (readonly Word[])[] {
  let tuples: readonly (readonly Word[])[] = [[]];
  for (const list of lists) {
    tuples = tuples
      .slice(0, maxJobs + 1)
      .flatMap((tuple) => list.slice(0, maxJobs + 1).map((item) => [...tuple, item]));
  }
  return tuples;
}

function runJobs(
  act: Act,
  command: readonly Word[],
  all: readonly (readonly Word[])[],
  options: ParallelOptions,
): undefined {
  const many = all.length > maxJobs;
  const list = many ? [(all[0] ?? []).map(() => unseen(act))] : all;
  const known = list.every((job) => job.every((item) => item.value !== undefined));
  const run = runOptions(act, options, known && !many);
  const perl = options.last("rpl", "filter") !== undefined;
  if (perl || command.some((word) => word.source.includes("{="))) {
    act.unknown("an argument of parallel is Perl code");
  }
  const mark = options.value("I")?.value ?? "{}";
  for (const job of list)
    runJob(act, template(act, command, job, mark), job, { mark, run, quoted: options.has("q") });
}

function runOptions(act: Act, options: ParallelOptions, known: boolean): RunOptions {
  const folder = options.value("wd");
  const login = options.value("S");
  const remote = login !== undefined && login.value !== ":" ? textOf(login) : undefined;
  if (remote !== undefined) act.connect(remote.slice(remote.lastIndexOf("/") + 1));
  if (options.has("slf")) act.connect("a host of --sshloginfile");
  const elsewhere = remote ?? (options.has("slf") ? "a host of --sshloginfile" : undefined);
  return {
    via: act.invocation.program,
    possible: !known || options.has("p"),
    ...(folder === undefined ? {} : { cwd: act.target(folder) }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(act.invocation.stdin.kind === "inherited" ? {} : { stdin: restOfInput(act, options) }),
  };
}

function restOfInput(act: Act, options: ParallelOptions): Stdin {
  const pipes = options.has("pipe") || options.has("pipe-part");
  return pipes ? act.invocation.stdin : { kind: "text", text: "" };
}

/** Without a replacement string the arguments are put behind the command. */
function template(
  act: Act,
  command: readonly Word[],
  job: readonly Word[],
  mark: string,
): readonly Word[] {
  const replaces = command.some((word) =>
    word.parts.some(
      (part) => part.kind === "text" && (part.text.includes(mark) || hasTag(part.text)),
    ),
  );
  return replaces || job.length === 0 ? command : [...command, act.scope.word(mark)];
}

interface JobSettings {
  readonly mark: string;
  readonly run: RunOptions;
  readonly quoted: boolean;
}

/**
 * The words are joined and run by the shell, each argument quoted. Where no word has a character that
 * the shell reads, that is the same as running them, and patterns among the arguments stay known.
 */
function runJob(
  act: Act,
  words: readonly Word[],
  job: readonly Word[],
  settings: JobSettings,
): void {
  const [only] = words;
  if (words.length === 1 && only?.value === settings.mark) runLine(act, job, settings.run);
  else if (settings.quoted || words.every(isPlain)) {
    act.run(
      words.map((word) => withoutMany(filledIn(word, job, settings, false))),
      settings.run,
    );
  } else {
    const blank: WordPart = { kind: "text", text: " " };
    const parts = words.flatMap((word, at) => [
      ...(at === 0 ? [] : [blank]),
      ...filledIn(word, job, settings, true).parts,
    ]);
    act.script(wordOf(parts, only ?? unseen(act)), settings.run);
  }
}

/** `parallel ::: 'rm a' ls`: the arguments are the command line. */
function runLine(act: Act, job: readonly Word[], run: RunOptions): void {
  const blank: WordPart = { kind: "text", text: " " };
  const parts = job.flatMap((word, at) => [...(at === 0 ? [] : [blank]), ...word.parts]);
  act.script(wordOf(parts, unseen(act)), run);
}

const withoutMany = (word: Word): Word => ({ ...word, many: word.many && hasHole(word) });

const plain = /^[\w.,/:=@%+{}#-]*$/;

function isPlain(word: Word): boolean {
  return word.parts.every((part) => part.kind === "text" && plain.test(part.text));
}

// Neither part reads over a brace, so that no text is read twice.
const tags = /\{=[^{}]*=\}|\{[^{}\s]*\}/g;

function hasTag(text: string): boolean {
  return [...text.matchAll(tags)].some((match) => isTag(match[0].slice(1, -1)));
}

/** `{}`, `{.}`, `{/}`, `{//}`, `{/.}`, `{2}`, `{2/.}`, `{#}`, `{%}`, `{= code =}`, those of `--plus`. */
function isTag(tag: string): boolean {
  return tag.startsWith("=") || /^(?:-?\d+)?[./+:#%^,]*$/.test(tag);
}

function filledIn(word: Word, job: readonly Word[], settings: JobSettings, quotes: boolean): Word {
  const parts = word.parts.flatMap((part) =>
    part.kind === "text" ? fill(part.text, job, settings, quotes) : [part],
  );
  const value = parts.every((part) => part.kind === "text");
  const filled = wordOf(parts, word);
  return value ? filled : { ...filled, many: word.many };
}

function fill(
  text: string,
  job: readonly Word[],
  { mark }: JobSettings,
  quotes: boolean,
): readonly WordPart[] {
  const source = mark === "{}" ? text : text.replaceAll(mark, "{}");
  const parts: WordPart[] = [];
  let from = 0;
  for (const match of source.matchAll(tags)) {
    const tag = match[0].slice(1, -1);
    if (!isTag(tag)) continue;
    if (match.index > from) parts.push({ kind: "text", text: source.slice(from, match.index) });
    parts.push(...argument(tag, job).flatMap((part) => (quotes ? [quoted(part)] : [part])));
    from = match.index + match[0].length;
  }
  if (from < source.length) parts.push({ kind: "text", text: source.slice(from) });
  return parts;
}

/** As `shell_quote_scalar_default` of GNU parallel. */
function quoted(part: WordPart): WordPart {
  if (part.kind !== "text" || /^[-_.+a-zA-Z0-9/]+$/.test(part.text)) return part;
  return { kind: "text", text: `'${part.text.replaceAll("'", `'"'"'`)}'` };
}

function argument(tag: string, job: readonly Word[]): readonly WordPart[] {
  const [, number, form = ""] = /^(-?\d+)?(.*)$/s.exec(tag) ?? [];
  const chosen =
    number === undefined ? job : [job.at(Number(number) > 0 ? Number(number) - 1 : Number(number))];
  const blank: WordPart = { kind: "text", text: " " };
  return chosen.flatMap((word, at) => {
    const parts = word === undefined ? [] : formed(word, form);
    return at === 0 ? parts : [blank, ...parts];
  });
}

function formed(word: Word, form: string): readonly WordPart[] {
  if (form === "") return word.parts;
  if (form === "/") return lastName(word);
  const value = word.value;
  const slash = value?.lastIndexOf("/") ?? -1;
  if (value === undefined || !["//", ".", "/."].includes(form)) {
    return [{ kind: "hole", why: `{${form}} of parallel` }];
  }
  if (form === "//")
    return [{ kind: "text", text: slash < 0 ? "." : value.slice(0, slash) || "/" }];
  const name = form === "." ? value : value.slice(slash + 1);
  const dot = name.lastIndexOf(".");
  return [{ kind: "text", text: dot > name.lastIndexOf("/") ? name.slice(0, dot) : name }];
}

/** `sem COMMAND`: `parallel --semaphore`, which takes no arguments from anywhere. */
const sem = tool(
  optionLines,
  (act, options) => {
    if (options.operands.length === 0) return;
    runJobs(act, options.operands, [[]], options);
  },
  { order: "posix" },
);

export const parallels: CommandFamily = family(["parallel env_parallel", parallel], ["sem", sem]);
