// JavaScript: npm and its like, and the runtimes bun and deno, which manage packages too.

import { cli, each, type LineAction, type LineRow, looks, runsProject, thing } from "../../cli.ts";
import type { Command, Word } from "../../command.ts";
import { leadingText } from "../../options.ts";
import { type Act, type FamilyRow, program, textOf } from "../../tool.ts";
import { runsUnseen } from "../../unseen.ts";
import { installs, rewrites } from "./project.ts";
import { runsPackage } from "./run-package.ts";

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
      act.delete(thing(`${act.invocation.program} cache`), {
        recursive: true,
        certainty: "certain",
        via: `${act.invocation.program} ${command}`,
      }),
  ],
  [
    "publish|unpublish|deprecate|dist-tag add|dist-tag rm|owner|access|token|login|logout|adduser|star|hook|team|org|stage",
    (act, { command }) => {
      act.connect(npmRegistry, { via: `${act.invocation.program} ${command}` });
      if (command === "unpublish")
        act.delete(thing("npm package"), { certainty: "certain", via: "npm unpublish" });
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
  // `npm exec -- tool`, `pnpm dlx tool`, `npm exec -c 'text'`
  ["exec|x|dlx", (act, line) => runsPackage(act, line.rest)],
];

function npmLike(otherwise: LineAction): Command {
  return cli({
    values:
      "--prefix --workspace -w --registry --tag --userconfig --cache --loglevel --filter -F -C --dir --cwd --otp --scope --omit --include --reporter",
    dry: "--dry-run --help",
    rows: packageRows,
    otherwise,
  });
}

const bunPackages = npmLike(runsProject);

/** `bun file`, `bun -e code`, `bun x tool` */
const bun: Command = (invocation, scope) => {
  const first = invocation.args[0]?.value ?? "";
  if (/^(?:-e|--eval|-p|--print)$/.test(first))
    return scope.run([scope.word("node"), ...invocation.args]);
  if (/[./]/.test(first) && !first.startsWith("-"))
    return scope.run([scope.word("node"), ...invocation.args]);
  return bunPackages(invocation, scope);
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

export const javascriptRows: readonly FamilyRow[] = [
  ["npm", npmLike(looks)],
  ["pnpm", npmLike(runsProject)],
  [
    "yarn yarnpkg",
    npmLike((act, line) =>
      (act.args.length === 0 ? installs("node_modules", npmRegistry) : runsProject)(act, line),
    ),
  ],
  ["bun", bun],
  ["deno", deno],
  ["npx bunx pnpx", program((act) => runsPackage(act, act.args))],
];
