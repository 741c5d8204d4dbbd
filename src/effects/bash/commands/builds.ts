// Build, test and format tools: they run what the files of a project say, which is not seen.

import {
  acts,
  cli,
  each,
  type LineAction,
  type LineRow,
  looks,
  runsProject,
  runsRest,
  words,
} from "../cli.ts";
import type { Command, Word } from "../command.ts";
import { globParts } from "../inline/pure.ts";
import { leadingText } from "../options.ts";
import { type Act, type FamilyRow, family, program, textOf, tool, wordOf } from "../tool.ts";
import { runsUnseen, sourceOf } from "../unseen.ts";

/** A tool that runs code of the project, but for options with which it only shows. */
function runner(shows: string = ""): Command {
  return cli({ dry: `${shows} -V`, rows: [], otherwise: runsProject });
}

/** A tool that reads the project's files, and its settings, which may be code. */
const checker = runner();

/** Writes the files of the project anew, by the tool's own rules. */
function rewrites(act: Act, paths: readonly Word[]): undefined {
  const places = paths.length === 0 ? ["."] : paths;
  for (const place of places) act.write(below(place), { recursive: true });
}

/** Go's `./...` is a folder and all below it. */
function below(place: Word | string): Word | string {
  const text = typeof place === "string" ? place : place.value;
  return text?.endsWith("/...") === true ? text.slice(0, -"/...".length) : place;
}

/** A formatter: with `--write` or without `--check`, whichever it takes. */
function formatter({
  writesWith,
  keepsWith = "",
  values = "",
}: {
  writesWith?: string;
  keepsWith?: string;
  values?: string;
}): Command {
  return cli({
    values,
    rows: [],
    otherwise: (act, line) => {
      runsProject(act, line);
      const keeps = line.has(...words(keepsWith));
      if (!keeps && (writesWith === undefined || line.has(...words(writesWith))))
        rewrites(act, line.operands);
      return undefined;
    },
  });
}

const rewritesOperands: LineAction = (act, { operands }) => rewrites(act, operands);
const rewritesProject = each(runsProject, rewritesOperands);

/** `clean` of a build tool: what it deletes stands in its settings; `target` is where it is by default. */
function cleans(...folders: readonly string[]): LineAction {
  return function clean(act) {
    for (const folder of folders) {
      act.delete(folder, {
        recursive: true,
        certainty: "possible",
        via: `${act.invocation.program} clean`,
      });
    }
    return undefined;
  };
}

/** `install` of a package manager of the project: writes its folder, runs the packages' scripts. */
function installs(folder: string, host: string): LineAction {
  return each(
    runsProject,
    (act) => act.connect(host, { certainty: "possible" }),
    (act) => act.write(folder, { recursive: true }),
  );
}

const npmRegistry = "npm registry";

/** npm, pnpm, yarn and bun in what they have in common (`npm help`, `pnpm help`, `yarn help`). */
const packageRows: readonly LineRow[] = [
  [
    "run|run-script|test|t|tst|start|stop|restart|build|dev|lint|serve|preview|typecheck|check|format|watch|coverage|e2e|rebuild|rb|install-test|it|workspace|workspaces|ws|foreach|-r|recursive|prune-scripts|deploy",
    runsProject,
  ],
  [
    "install|i|add|in|ins|update|up|upgrade|dedupe|ddp|link|ln|import|fetch|install-ci-test|isntall|audit fix",
    installs("node_modules", npmRegistry),
  ],
  [
    "ci|clean-install|ic",
    each(
      (act) => act.delete("node_modules", { recursive: true, via: `${act.invocation.program} ci` }),
      installs("node_modules", npmRegistry),
    ),
  ],
  [
    "uninstall|remove|rm|r|un|unlink|prune",
    each(runsProject, (act, { operands, command }) => {
      const places =
        operands.length === 0
          ? ["node_modules"]
          : operands.map((word) => `node_modules/${textOf(word)}`);
      for (const place of places)
        act.delete(place, {
          recursive: true,
          certainty: "possible",
          via: `${act.invocation.program} ${command}`,
        });
      return undefined;
    }),
  ],
  [
    "cache clean|cache rm|cache clear|store prune|pm cache rm|cache verify",
    (act, { command }) =>
      act.delete(
        { form: "unresolved", path: `${act.invocation.program} cache` },
        { recursive: true, certainty: "certain", via: `${act.invocation.program} ${command}` },
      ),
  ],
  [
    "publish|unpublish|deprecate|dist-tag add|dist-tag rm|owner|access|token|login|logout|adduser|star|hook|team|org|stage",
    (act, { command }) => {
      act.connect(npmRegistry, { via: `${act.invocation.program} ${command}` });
      if (command === "unpublish")
        act.delete(
          { form: "unresolved", path: "npm package" },
          { certainty: "certain", via: "npm unpublish" },
        );
      return act.execute();
    },
  ],
  [
    "pack|version|init|create|innit|pkg set|pkg delete|set-script|config set|config delete|set|shrinkwrap|completion|patch|patch-commit|plugin",
    (act) => act.write(".", { recursive: true }),
  ],
  [
    "view|info|show|v|search|s|outdated|audit|ping|whoami|dist-tag ls|dist-tag|fund|doctor|docs|bugs|repo|home",
    (act) => act.connect(npmRegistry),
  ],
  [
    "ls|list|ll|la|help|config get|config list|config ls|config|get|root|bin|prefix|explain|why|query|pkg get|pkg|licenses|help-search|--version|versions|profile|sbom|find-dupes|edit|explore",
    looks,
  ],
];

/** `npm exec -- tool`, `pnpm dlx tool`, `npx -c 'text'` */
const execRows: readonly LineRow[] = [["exec|x|dlx", (act, line) => runsPackage(act, line.rest)]];

/** The program of a package: known by its name, or fetched. */
function runsPackage(act: Act, given: readonly Word[]) {
  let at = 0;
  for (; at < given.length; at += 1) {
    const word = given[at];
    const text = word === undefined ? "" : leadingText(word);
    if (text === "--") {
      at += 1;
      break;
    }
    if (!text.startsWith("-")) break;
    const next = given[at + 1];
    if ((text === "-c" || text === "--call" || text === "--shell-mode") && next !== undefined)
      return act.script(next, { newShell: true });
    if (
      /^(?:-p|--package|--workspace|-w|--filter|-F|-C|--dir|--python|--with|--from|--index-url|--spec)$/.test(
        text,
      )
    )
      at += 1;
  }
  const [tool, ...rest] = given.slice(at);
  if (tool === undefined) return act.execute();
  return act.run([named(act, tool), ...rest]);
}

/** `eslint@9` and `@scope/tool@latest` without the version. */
function named(act: Act, word: Word): Word {
  const version = word.value?.lastIndexOf("@") ?? -1;
  return version > 0 && word.value !== undefined
    ? act.scope.word(word.value.slice(0, version))
    : word;
}

const npmValues =
  "--prefix --workspace -w --registry --tag --userconfig --cache --loglevel --filter -F -C --dir --cwd --otp --scope --omit --include --reporter";
const npmDry = "--dry-run --help";

function npmLike(extra: readonly LineRow[], otherwise: LineAction): Command {
  return cli({
    values: npmValues,
    dry: npmDry,
    rows: [...packageRows, ...execRows, ...extra],
    otherwise,
  });
}

/** `bun file`, `bun -e code`, `bun x tool` */
const bun: Command = (invocation, scope) => {
  const first = invocation.args[0]?.value ?? "";
  if (/^(?:-e|--eval|-p|--print)$/.test(first))
    return scope.run([scope.word("node"), ...invocation.args]);
  if (/[./]/.test(first) && !first.startsWith("-"))
    return scope.run([scope.word("node"), ...invocation.args]);
  return npmLike([], runsProject)(invocation, scope);
};

const deno = cli({
  values: "--config -c --import-map --lock --cert --location --reload -r -A",
  rows: [
    [
      "eval",
      (act, { rest }) =>
        act.run([
          act.scope.word("node"),
          act.scope.word("-e"),
          ...rest.filter((word) => !leadingText(word).startsWith("-")),
        ]),
    ],
    ["run|serve|watch", (act, { rest }) => scriptOf(act, rest)],
    ["test|bench|task|check|compile|bundle|doc|lint|jupyter|publish", runsProject],
    ["fmt", (act, line) => (line.has("--check") ? act.inspect() : rewrites(act, line.operands))],
    [
      "install|add|cache|upgrade|uninstall|remove|vendor|init",
      installs("node_modules", "deno registry"),
    ],
    ["info|types|lsp|completions|help|coverage|repl", looks],
  ],
  otherwise: (act, { rest }) => scriptOf(act, rest),
});

function scriptOf(act: Act, rest: readonly Word[]): undefined {
  const file = rest.find((word) => !leadingText(word).startsWith("-"));
  if (file === undefined) return act.execute();
  runsUnseen(act, file);
}

/** make(1): `-f -` takes the makefile from standard input, whose lines behind tabs are shell text. */
const make = tool<string>(
  [
    "B,always-make b m C,directory: d debug:: e,environment-overrides E,eval: f,file,makefile: h i,ignore-errors I,include-dir: j,jobs:: jobserver-style: k,keep-going l,load-average,max-load::",
    "L,check-symlink-times n,just-print,dry-run,recon o,old-file,assume-old: O,output-sync:: p,print-data-base q,question r,no-builtin-rules R,no-builtin-variables s,silent,quiet no-silent S,no-keep-going,stop",
    "shuffle:: t,touch trace v w,print-directory no-print-directory W,what-if,new-file,assume-new: warn-undefined-variables",
  ],
  (act, options) => {
    for (const file of [...options.values("f"), ...options.values("E")])
      readsMakefile(act, file, options.values("E").includes(file));
    if (options.has("n") || options.has("q") || options.has("p")) return act.inspect();
    const folder = options.value("C");
    const word = act.args.map(textOf);
    return act.emit({
      kind: "execute",
      program: act.invocation.program,
      words: word,
      code: "project",
      inspects: false,
      target: act.target(folder ?? "."),
    });
  },
);

/** Lines of one makefile that are looked at. */
const maxMakeLines = 5_000;

/** A makefile that this call brings along. `$(shell ...)` and recipes are read as far as they are plain. */
function readsMakefile(act: Act, file: Word, isText: boolean): void {
  const standard = file.value === "-" || file.value === "/dev/stdin";
  const source = isText ? file.value : standard ? stdinText(act) : act.scope.contentOf(file);
  if (source === undefined) {
    if (standard || isText) act.unknown("make reads rules that are not known");
    return;
  }
  for (const line of source.split("\n", maxMakeLines)) recipeOf(act, line);
}

function stdinText(act: Act): string | undefined {
  const { stdin } = act.invocation;
  return stdin.kind === "text" ? stdin.text : undefined;
}

function recipeOf(act: Act, line: string): void {
  const recipe = line.startsWith("\t") ? line.slice(1) : inlineRecipe(line);
  const shell = /\$\(shell\s([^()]*)\)|!=(.*)/.exec(line.slice(0, 4_096));
  const inner = shell?.[1] ?? shell?.[2];
  const via = `${act.invocation.program} recipe`;
  if (inner !== undefined) act.script(inner, { via, newShell: true, possible: true });
  if (recipe === undefined) return;
  const text = recipe.replace(/^[@+-]+/, "").replaceAll("$$", "$");
  act.script(text, { via, newShell: true, possible: true });
}

/** `target: dependencies; command` */
function inlineRecipe(line: string): string | undefined {
  const colon = line.indexOf(":");
  const semicolon = line.indexOf(";", colon);
  return colon > 0 && semicolon > 0 && !line.startsWith("#")
    ? line.slice(semicolon + 1).trim()
    : undefined;
}

const cargo = cli({
  values:
    "--manifest-path --target --target-dir -p --package --bin --example --features -F -j --jobs --profile --color --config -Z --root --version --git --branch --path -C",
  dry: "--dry-run -V",
  rows: [
    [
      "build|b|check|c|test|t|run|r|bench|doc|d|rustc|rustdoc|clippy|nextest|nextest run|llvm-cov|miri|expand|watch|make|xtask|tarpaulin|udeps|fuzz|criterion|leptos|tauri|ndk|zigbuild|hack|insta|mutants",
      runsProject,
    ],
    ["fmt", (act, line) => (line.has("--check") ? act.inspect() : rewrites(act, []))],
    [
      "fix|update|add|remove|rm|new|init|vendor|generate-lockfile|package|upgrade|sort",
      each(runsProject, (act, { operands }) => rewrites(act, operands.slice(0, 0))),
    ],
    [
      "clean",
      (act, line) =>
        act.delete(line.value("--target-dir") ?? "target", { recursive: true, via: "cargo clean" }),
    ],
    ["install|fetch|binstall", installs("target", "crates.io")],
    [
      "uninstall",
      (act, { operands }) =>
        act.delete(
          { form: "unresolved", path: `cargo package ${operands.map(textOf).join(" ")}` },
          { certainty: "certain", via: "cargo uninstall" },
        ),
    ],
    ["publish|yank|owner|login|logout", (act) => act.connect("crates.io")],
    [
      "tree|metadata|search|info|pkgid|locate-project|version|help|read-manifest|verify-project|audit|outdated|deny|bloat|about|machete|report",
      looks,
    ],
  ],
  otherwise: runsProject,
});

const go = cli({
  values: "-o -C -run -count -timeout -tags -ldflags -mod -p -coverprofile -bench -c -exec",
  dry: "-n",
  rows: [
    ["build|test|run|install|generate|vet|tool|fix|telemetry|work", runsProject],
    [
      "get|mod download|mod tidy|mod init|mod edit|mod vendor|work sync|work use",
      installs(".", "go module proxy"),
    ],
    ["fmt", rewritesOperands],
    [
      "clean",
      (act, line) => {
        const all = line.has("-cache", "-modcache", "-testcache", "-fuzzcache");
        if (all)
          return act.delete(
            { form: "unresolved", path: "go cache" },
            { recursive: true, certainty: "certain", via: "go clean" },
          );
        return act.delete(".", { recursive: true, certainty: "possible", via: "go clean" });
      },
    ],
    ["env|version|list|doc|help|mod graph|mod why|mod verify", looks],
  ],
  otherwise: runsProject,
});

const dotnet = cli({
  values: "-c --configuration -f --framework -r --runtime -o --output -v --verbosity --project",
  rows: [
    [
      "build|test|run|publish|pack|restore|watch|msbuild|vstest|ef|tool run|format|workload",
      runsProject,
    ],
    ["clean", cleans("bin", "obj")],
    [
      "new|add|remove|sln|tool install|tool update|nuget push",
      each(runsProject, (act) => rewrites(act, [])),
    ],
    [
      "tool uninstall|nuget delete|nuget locals",
      (act, { command, operands }) =>
        act.delete(
          { form: "unresolved", path: `dotnet ${command} ${operands.map(textOf).join(" ")}` },
          { certainty: "certain", via: `dotnet ${command}` },
        ),
    ],
    ["list|--info|--list-sdks|help|nuget list", looks],
  ],
  otherwise: runsProject,
});

/** The project's scripts, and what cleans up after them. */
function projectTool(rows: readonly LineRow[] = [], shows = ""): Command {
  return cli({ dry: shows, rows, otherwise: runsProject });
}

const cmake = program((act) => {
  const at = act.args.findIndex((word) => word.value === "-E");
  if (at >= 0) return cmakeCommand(act, act.args.slice(at + 1));
  const [first, second] = act.args;
  if (first?.value === "-P" && second !== undefined) {
    runsUnseen(act, second);
    return undefined;
  }
  runsProject(act, {
    command: "",
    operands: [],
    rest: act.args,
    inner: [],
    has: () => false,
    value: () => undefined,
  });
  const build = act.args.findIndex((word) => word.value === "-B");
  const folder = act.args[build + 1];
  if (build >= 0 && folder !== undefined) act.write(folder, { recursive: true });
  if (act.args.some((word) => word.value === "--fresh"))
    act.delete(folder ?? "CMakeCache.txt", {
      recursive: true,
      certainty: "possible",
      via: "cmake --fresh",
    });
  if (act.args.some((word) => word.value === "--clean-first"))
    act.delete(act.args[1] ?? ".", {
      recursive: true,
      certainty: "possible",
      via: "cmake --clean-first",
    });
  return undefined;
});

/** cmake(1), "Run a Command-Line Tool": portable file operations. */
function cmakeCommand(act: Act, [name, ...args]: readonly Word[]) {
  const files = args.filter((word) => !leadingText(word).startsWith("-"));
  const last = files.at(-1);
  switch (name?.value) {
    case "rm":
    case "remove":
    case "remove_directory":
      for (const file of files)
        act.delete(file, { recursive: name.value !== "remove", via: "cmake -E" });
      return undefined;
    case "copy":
    case "copy_if_different":
    case "copy_directory":
      for (const file of files.slice(0, -1)) act.read(file, { recursive: true });
      return last === undefined
        ? undefined
        : act.overwrite(last, { recursive: true, via: "cmake -E" });
    case "rename":
      return files[0] === undefined || last === undefined
        ? undefined
        : act.move(files[0], last, { via: "cmake -E" });
    case "make_directory":
    case "touch":
    case "create_symlink":
    case "create_hardlink":
      for (const file of files) act.write(file, { creates: true, via: "cmake -E" });
      return undefined;
    case "chdir":
      return files[0] === undefined
        ? undefined
        : act.run(args.slice(1), { cwd: act.target(files[0]), via: "cmake -E chdir" });
    case "env":
    case "time":
      return act.run([act.scope.word("env"), ...args], { via: "cmake -E" });
    case "tar":
      return act.run([act.scope.word("tar"), ...args], { via: "cmake -E" });
    default:
      return act.inspect();
  }
}

const ninja = tool<string>(
  "version C: f: j: k: l: n d: t: v,verbose w: quiet",
  (act, options) => {
    if (options.has("n")) return;
    if (options.value("t")?.value === "clean")
      return act.delete(options.value("C") ?? ".", {
        recursive: true,
        certainty: "possible",
        via: "ninja -t clean",
      });
    return runsProject(act, {
      command: "",
      operands: options.operands,
      rest: act.args,
      inner: [],
      has: () => false,
      value: () => undefined,
    });
  },
  { order: "permute" },
);

const gradleRows: readonly LineRow[] = [
  ["clean", each(runsProject, cleans("build"))],
  ["tasks|dependencies|projects|properties|help|--status", looks],
];
const mavenRows: readonly LineRow[] = [["clean", each(runsProject, cleans("target"))]];

const prettier = formatter({
  writesWith: "--write -w",
  keepsWith: "--check -c --list-different -l",
  values: "--config --parser --ignore-path --plugin",
});
const fixer = formatter({
  writesWith: "--fix --fix-dry-run --write --apply --autofix -a -A --auto-correct --autocorrect",
  values: "-c --config --ext --rulesdir --format -f --plugin --ignore-path --max-warnings -o",
});

const ruff = cli({
  values:
    "--config --select --ignore --extend-select --line-length --target-version --output-format --exclude",
  dry: "--diff",
  rows: [
    ["format", (act, line) => (line.has("--check") ? act.inspect() : rewrites(act, line.operands))],
    [
      "check",
      (act, line) =>
        line.has("--fix", "--fix-only", "--unsafe-fixes", "--add-noqa")
          ? rewrites(act, line.operands)
          : act.inspect(),
    ],
    ["clean", (act) => act.delete(".ruff_cache", { recursive: true, via: "ruff clean" })],
  ],
  otherwise: (act, line) => (line.has("--fix") ? rewrites(act, line.operands) : act.inspect()),
});

const biome = cli({
  values: "--config-path --max-diagnostics --diagnostic-level --reporter",
  rows: [
    [
      "format|lint|check|ci",
      (act, line) =>
        line.has("--write", "--fix", "--apply", "--apply-unsafe", "--unsafe") &&
        line.command !== "ci"
          ? rewrites(act, line.operands)
          : act.inspect(),
    ],
    ["migrate|init", (act) => act.write("biome.json")],
  ],
  otherwise: looks,
});

const gofmt = tool<string>(
  "w l d s e r: cpuprofile: local: v",
  (act, options) => {
    if (options.has("r")) act.inspect();
    if (options.has("w")) rewrites(act, options.operands);
  },
  { singleDash: true },
);

const clangFormat = tool<string>(
  "i style: output-replacements-xml assume-filename: dump-config n,dry-run Werror files: fallback-style: offset: length: lines: sort-includes verbose cursor:",
  (act, options) => {
    if (options.has("i") && !options.has("n")) rewrites(act, options.operands);
  },
  { singleDash: true },
);

const dockerless = runsRest();

/** A tool that runs another command in the project's environment. */
const environmentRunners: readonly FamilyRow[] = [
  [
    "poetry",
    cli({
      values: "-C --directory -P --project",
      dry: "--dry-run",
      rows: [
        ["run", dockerless],
        ["install|add|update|lock|build|sync|init|new|self", installs(".", "package index")],
        ["remove", runsProject],
        [
          "cache clear",
          (act) =>
            act.delete(
              { form: "unresolved", path: "poetry cache" },
              { recursive: true, certainty: "certain" },
            ),
        ],
        [
          "env remove",
          (act) =>
            act.delete(
              { form: "unresolved", path: "poetry environment" },
              { recursive: true, certainty: "certain" },
            ),
        ],
        ["publish", (act) => act.connect("package index")],
      ],
      otherwise: looks,
    }),
  ],
  [
    "pipenv",
    cli({
      rows: [
        ["run", dockerless],
        ["install|sync|update|lock|upgrade", installs(".", "package index")],
        ["uninstall|clean", runsProject],
        [
          "--rm",
          (act) =>
            act.delete(
              { form: "unresolved", path: "pipenv environment" },
              { recursive: true, certainty: "certain" },
            ),
        ],
      ],
      otherwise: looks,
    }),
  ],
  [
    "pdm rye hatch",
    cli({
      rows: [
        ["run|exec", dockerless],
        [
          "install|add|update|lock|sync|build|init|remove|publish|test|fmt|lint",
          installs(".", "package index"),
        ],
        [
          "env remove|env prune|cache clear",
          (act) =>
            act.delete(
              { form: "unresolved", path: "environment" },
              { recursive: true, certainty: "certain" },
            ),
        ],
      ],
      otherwise: looks,
    }),
  ],
  [
    "bundle bundler",
    cli({
      rows: [
        ["exec", dockerless],
        ["install|update|add|lock|package|cache|init|pristine", installs("vendor", "rubygems.org")],
        [
          "clean|remove",
          (act, { command }) =>
            act.delete(
              { form: "unresolved", path: "unused gems" },
              { recursive: true, certainty: "possible", via: `bundle ${command}` },
            ),
        ],
        ["list|show|info|outdated|check|config|env|platform|licenses|doctor", looks],
      ],
      otherwise: runsProject,
    }),
  ],
  ["npx bunx pnpx", program((act) => runsPackage(act, act.args))],
  [
    "uvx pipx",
    program((act) =>
      act.args[0]?.value === "run" ? runsPackage(act, act.args.slice(1)) : pipx(act),
    ),
  ],
  [
    "uv",
    cli({
      values:
        "--directory --project --python -p --with --extra --group --index-url --cache-dir --config-file --env-file",
      dry: "--dry-run",
      rows: [
        ["run|tool run|x", (act, { rest }) => runsPackage(act, rest)],
        [
          "pip install|pip sync|pip compile|sync|add|lock|tool install|tool upgrade|python install|init|build|self update",
          installs(".venv", "package index"),
        ],
        [
          "venv",
          (act, line) => act.write(line.operands[0] ?? ".venv", { recursive: true, creates: true }),
        ],
        [
          "pip uninstall|remove|tool uninstall|python uninstall",
          (act, { operands, command }) =>
            act.delete(
              { form: "unresolved", path: `python package ${operands.map(textOf).join(" ")}` },
              { recursive: true, certainty: "certain", via: `uv ${command}` },
            ),
        ],
        [
          "cache clean|cache prune",
          (act) =>
            act.delete(
              { form: "unresolved", path: "uv cache" },
              { recursive: true, certainty: "certain", via: "uv cache clean" },
            ),
        ],
        ["publish", (act) => act.connect("package index")],
      ],
      otherwise: looks,
    }),
  ],
  [
    "conda mamba micromamba",
    cli({
      values: "-n --name -p --prefix -c --channel --cwd -f --file",
      dry: "--dry-run -d",
      rows: [
        ["run", dockerless],
        [
          "install|create|update|upgrade|env create|env update",
          each((act) => act.connect("conda channel"), acts),
        ],
        [
          "remove|uninstall|env remove|clean",
          (act, { operands, command }) =>
            act.delete(
              {
                form: "unresolved",
                path: `conda ${command} ${operands.map(textOf).join(" ")}`.trim(),
              },
              { recursive: true, certainty: "certain", via: `conda ${command}` },
            ),
        ],
      ],
      otherwise: looks,
    }),
  ],
  [
    "mise asdf rtx",
    cli({
      rows: [
        ["exec|x", dockerless],
        ["run|r|tasks run", runsProject],
        ["install|use|upgrade|plugin add|self-update", acts],
        [
          "uninstall|prune|cache clear|implode|plugin remove",
          (act, { command, operands }) =>
            act.delete(
              { form: "unresolved", path: `tool ${operands.map(textOf).join(" ")}`.trim() },
              {
                recursive: true,
                certainty: "certain",
                via: `${act.invocation.program} ${command}`,
              },
            ),
        ],
      ],
      otherwise: looks,
    }),
  ],
  [
    "rbenv pyenv nodenv goenv jenv volta fnm",
    cli({
      rows: [
        ["exec|run", dockerless],
        ["install|global|local|pin|use|default", acts],
        [
          "uninstall",
          (act, { operands }) =>
            act.delete(
              { form: "unresolved", path: `version ${operands.map(textOf).join(" ")}` },
              { recursive: true, certainty: "certain" },
            ),
        ],
      ],
      otherwise: looks,
    }),
  ],
  [
    "dotenv dotenvx doppler op infisical chamber aws-vault envchain",
    cli({
      values: "-f -e -c --env-file --project --config",
      rows: [["run|exec", (act, line) => runsRest()(act, line)]],
      otherwise: (act, line) =>
        act.args.some((word) => word.value === "--") ? runsRest()(act, line) : act.inspect(),
    }),
  ],
  ["nix-shell", program((act) => nixShell(act))],
  [
    "nix",
    cli({
      values: "--option --file -f --expr -I",
      rows: [
        ["run", (act) => act.unknown("nix run fetches a program")],
        ["shell|develop", (act) => nixShell(act)],
        [
          "build|flake check|flake update|flake lock|eval|fmt|profile install|profile upgrade",
          runsProject,
        ],
        [
          "store gc|store delete|profile remove|profile wipe-history",
          (act, { command, operands }) =>
            act.delete(
              {
                form: "unresolved",
                path: `nix ${command} ${operands.map(textOf).join(" ")}`.trim(),
              },
              { recursive: true, certainty: "certain", via: `nix ${command}` },
            ),
        ],
      ],
      otherwise: looks,
    }),
  ],
  [
    "nix-collect-garbage nix-store",
    program((act) =>
      act.args.some((word) => /^(?:--gc|--delete)$/.test(word.value ?? "")) ||
      act.invocation.program === "nix-collect-garbage"
        ? act.delete(
            { form: "unresolved", path: "nix store garbage" },
            { recursive: true, certainty: "certain" },
          )
        : act.execute(),
    ),
  ],
];

function pipx(act: Act) {
  if (act.invocation.program === "uvx") return runsPackage(act, act.args);
  const [command, ...rest] = act.args;
  if (/^(?:uninstall|uninstall-all|reinstall)$/.test(command?.value ?? "")) {
    return act.delete(
      { form: "unresolved", path: `pipx package ${rest.map(textOf).join(" ")}`.trim() },
      { recursive: true, certainty: "certain", via: "pipx uninstall" },
    );
  }
  return command?.value === "list" || command?.value === "environment"
    ? act.inspect()
    : act.execute();
}

function nixShell(act: Act) {
  const at = act.args.findIndex((word) => ["--run", "--command", "-c"].includes(word.value ?? ""));
  const text = act.args[at + 1];
  if (at < 0 || text === undefined) return act.unknown("nix opens a shell of a project");
  if (act.invocation.program === "nix") return act.run(act.args.slice(at + 1), { via: "nix" });
  return act.script(text, { newShell: true, via: "nix-shell --run" });
}

/** pre-commit(1) runs the hooks of the project, which may write. */
const preCommit = cli({
  rows: [
    ["run|try-repo", rewritesProject],
    [
      "install|uninstall|install-hooks|autoupdate|migrate-config|init-templatedir",
      each(runsProject, (act) => act.write(".git/hooks", { recursive: true })),
    ],
    [
      "clean|gc",
      (act) =>
        act.delete(
          { form: "unresolved", path: "pre-commit cache" },
          { recursive: true, certainty: "certain" },
        ),
    ],
  ],
  otherwise: rewritesProject,
});

/** A compiler writes what `-o` names, and `a.out` or object files without it. */
const compiler = program((act) => {
  const inputs = act.args.filter((word) => !leadingText(word).startsWith("-"));
  const at = act.args.findIndex((word) => word.value === "-o");
  const output = at >= 0 ? act.args[at + 1] : undefined;
  const shows = act.args.some((word) =>
    [
      "-fsyntax-only",
      "-E",
      "-M",
      "-MM",
      "-v",
      "-dumpversion",
      "-dumpmachine",
      "-print-search-dirs",
    ].includes(word.value ?? ""),
  );
  if (act.args.some((word) => /^(?:-wrapper|-B|-fplugin=|-specs=)/.test(leadingText(word))))
    act.unknown(`${act.invocation.program} runs a program that its options name`);
  for (const input of inputs) if (input !== output) act.read(input);
  if (output !== undefined) return act.overwrite(output);
  if (!shows && inputs.length > 0) return act.write(".", { via: act.invocation.program });
  return undefined;
});

const source = program((act) => {
  const found = sourceOf(
    act,
    act.args.find((word) => !leadingText(word).startsWith("-")),
  );
  if (found.kind === "text") act.unknown(`${act.invocation.program} runs a program of its own`);
  return undefined;
});

/** Packages of npm that do on every system what rm, mkdir and cp do. */
const rimraf = tool<string>(
  "g,glob no-glob preserve-root no-preserve-root p,preserve-dirs tmp: max-retries: retry-delay: backoff: i,interactive v,verbose I,impl: f,force d,dot",
  (act, options) => {
    for (const word of options.operands) {
      const star = word.value?.includes("*") === true;
      act.delete(star ? wordOf(globParts(textOf(word)), word) : word, { recursive: true });
    }
  },
);

const copyfiles = tool<string>(
  "u,up: a,all f,flat e,exclude: E,error V,verbose s,soft F,follow cwd: parents rename: p v d o",
  (act, options) => {
    for (const word of options.operands.slice(0, -1)) act.read(word, { recursive: true });
    for (const word of options.operands.slice(-1)) act.overwrite(word, { recursive: true });
  },
);

export const builds = family(
  ["rimraf del del-cli rmrf", rimraf],
  ["copyfiles cpy cpx cpr ncp", copyfiles],
  ["shx", program((act) => (act.args.length === 0 ? undefined : act.run(act.args)))],
  [
    "mkdirp make-dir make-dir-cli",
    program((act) => {
      for (const word of act.args)
        if (!leadingText(word).startsWith("-")) act.write(word, { creates: true });
      return undefined;
    }),
  ],
  ["npm", npmLike([], looks)],
  ["pnpm", npmLike([], runsProject)],
  [
    "yarn yarnpkg",
    npmLike([], (act, line) =>
      (act.args.length === 0 ? installs("node_modules", npmRegistry) : runsProject)(act, line),
    ),
  ],
  ["bun", bun],
  ["deno", deno],
  ["make gmake bmake remake", make],
  ["cargo", cargo],
  ["go", go],
  ["dotnet", dotnet],
  ["cmake", cmake],
  ["ctest cpack", runner("-N --show-only")],
  ["ninja samu", ninja],
  ["meson", projectTool([["introspect", looks]])],
  ["gradle gradlew", projectTool(gradleRows, "--dry-run -m")],
  ["mvn mvnw mvnd", projectTool(mavenRows)],
  [
    "ant sbt mill bazel bazelisk buck buck2 pants lein boot scons waf rake thor invoke inv fab nox tox",
    projectTool([["clean", each(runsProject, cleans("."))]], "--dry-run --list"),
  ],
  [
    "just task mage doit grunt gulp jake nx turbo lerna rush moon wireit earthly dagger act",
    projectTool([], "--dry-run --list -l --summary --evaluate"),
  ],
  [
    "pytest py.test jest vitest mocha ava tap c8 nyc karma cypress playwright rspec minitest phpunit pest codecept behat ginkgo gotestsum unittest nose2 nosetests behave robot lit bats shellspec cucumber stryker bun-test coverage",
    runner("--collect-only --listTests"),
  ],
  [
    "tsc tsgo webpack vite rollup esbuild parcel rspack swc babel tsup microbundle next nuxt astro svelte-kit ng vue-cli-service react-scripts gatsby remix expo storybook eleventy hugo jekyll mkdocs sphinx-build docusaurus typedoc jsdoc electron-builder wrangler webpack-dev-server nodemon concurrently npm-run-all run-s run-p wait-on start-server-and-test pm2 serve http-server live-server json-server",
    runner("--noEmit --showConfig"),
  ],
  [
    "mypy pyright basedpyright flake8 pylint bandit pyflakes pycodestyle pydocstyle vulture radon xenon shellcheck hadolint yamllint jsonlint markdownlint-cli2 golangci-lint staticcheck govulncheck cppcheck clang-tidy detekt checkstyle spotbugs phpstan psalm semgrep trivy gitleaks trufflehog actionlint tflint ajv dependency-cruiser madge depcheck knip publint attw size-limit commitlint license-checker npm-check syncpack snyk codespell cspell alex write-good vale lychee zizmor taplo-lint",
    checker,
  ],
  [
    "eslint stylelint oxlint tslint xo standard markdownlint textlint rubocop standardrb ktlint swiftlint ansible-lint sqlfluff npm-check-updates ncu php-cs-fixer phpcbf",
    fixer,
  ],
  ["prettier", prettier],
  [
    "black isort autopep8 yapf autoflake pyupgrade djlint docformatter usort",
    formatter({
      keepsWith: "--check --check-only -c --diff -d",
      values: "-l --line-length --config -t --target-version --profile",
    }),
  ],
  [
    "rustfmt swiftformat swift-format scalafmt dart-format terraform-fmt nixfmt nixpkgs-fmt alejandra ormolu fourmolu stylua taplo buildifier cmake-format",
    formatter({ keepsWith: "--check -c --lint --dry-run" }),
  ],
  ["shfmt", formatter({ writesWith: "-w --write" })],
  ["gofmt goimports gofumpt golines", gofmt],
  ["clang-format", clangFormat],
  ["ruff", ruff],
  ["biome", biome],
  ["pre-commit lefthook husky lint-staged prek", preCommit],
  [
    "gcc g++ cc c++ clang clang++ tcc rustc javac kotlinc scalac ghc gfortran nvcc ld lld as nasm yasm protoc flex bison lex yacc swiftc zig nim fpc dmd ldc2 valac",
    compiler,
  ],
  ["java", program((act) => javaRuns(act))],
  [
    "jupyter ipython notebook flask django-admin uvicorn gunicorn celery alembic streamlit gradio scrapy rails rackup puma sidekiq unicorn mix rebar3 stack cabal dune opam swift xcodebuild xcrun fastlane pod flutter dart composer symfony artisan drush wp sqlx diesel prisma drizzle-kit typeorm sequelize knex",
    projectTool([["--version", looks]], "--dry-run"),
  ],
  ["irb pry ghci-console jshell-console", source],
  ...environmentRunners,
);

/** java: `-jar` and class files are programs that are not seen. */
function javaRuns(act: Act) {
  const shows = act.args.some((word) =>
    /^-{1,2}(?:version|showversion|help|\?)$/.test(word.value ?? ""),
  );
  if (shows || act.args.length === 0) return act.inspect();
  const jar = act.args.findIndex((word) => word.value === "-jar");
  const file =
    jar >= 0 ? act.args[jar + 1] : act.args.find((word) => !leadingText(word).startsWith("-"));
  if (file === undefined) return act.execute();
  runsUnseen(act, file);
  return undefined;
}
