// Package managers of systems and languages: what they remove is a package, not a path of ours.

import {
  acts,
  cli,
  type Line,
  type LineAction,
  type LineRow,
  looks,
  removes,
  thing,
  words,
} from "../cli.ts";
import type { Command } from "../command.ts";
import { leadingText } from "../options.ts";
import { type Act, family, program, textOf, tool } from "../tool.ts";

/** A package index is asked and programs of packages run (maintainer scripts, build steps). */
function fetches(host: string): LineAction {
  return function fetch(act) {
    act.connect(host, { certainty: "possible" });
    return act.execute();
  };
}

const install = fetches("package index");
const removesPackage = removes("package");
const removesUnused = removes("packages that nothing needs", { all: true });
const removesCache = removes("package cache", { all: true });

interface Manager {
  readonly values?: string;
  readonly dry?: string;
  readonly removes: string;
  readonly unused?: string;
  readonly caches?: string;
  readonly installs: string;
  readonly rows?: readonly LineRow[];
}

/** What no row names only asks. */
function manager({
  values,
  dry,
  removes: gone,
  unused,
  caches,
  installs,
  rows = [],
}: Manager): Command {
  return cli({
    ...(values === undefined ? {} : { values }),
    ...(dry === undefined ? {} : { dry }),
    rows: [
      [gone, removesPackage],
      [installs, install],
      ...(unused === undefined ? [] : [[unused, removesUnused] as const]),
      ...(caches === undefined ? [] : [[caches, removesCache] as const]),
      ...rows,
    ],
    otherwise: looks,
  });
}

const apt: Command = (invocation, scope) => {
  // `apt-get install name-` removes as well (apt-get(8)).
  const removing = invocation.args.some(
    (word, at) => at > 0 && /^[a-z0-9][a-z0-9+.]*-$/.test(word.value ?? ""),
  );
  return (removing ? aptInstallRemoves : aptPlain)(invocation, scope);
};
const aptValues = "-o -c -t --target-release --option --config-file -a --host-architecture";
const aptDry = "-s --simulate --just-print --dry-run --recon --no-act --print-uris -h -v";
const aptRows = {
  values: aptValues,
  dry: aptDry,
  removes: "remove|purge|full-purge",
  unused: "autoremove|autopurge|auto-remove",
  caches: "clean|autoclean|auto-clean|distclean",
  installs:
    "install|reinstall|upgrade|full-upgrade|dist-upgrade|dselect-upgrade|safe-upgrade|build-dep|satisfy|update|source|download|changelog|edit-sources",
};
const aptPlain = manager(aptRows);
const aptInstallRemoves = manager({
  ...aptRows,
  removes: "remove|purge|install",
  installs: "upgrade|update",
});

/** dpkg(1): actions are options. */
const dpkg = tool<string>(
  [
    "i,install unpack configure triggers-only r,remove P,purge V,verify update-avail merge-avail A,record-avail forget-old-unavail clear-avail get-selections set-selections clear-selections",
    "C,audit yet-to-unpack predep-package add-architecture: remove-architecture: print-architecture print-foreign-architectures assert-help compare-versions l,list s,status L,listfiles S,search p,print-avail",
    "b,build c,contents I,info f,field e,control x,extract X,vextract R,ctrl-tarfile fsys-tarfile a,pending R,recursive no-act dry-run simulate force-all force-help B,auto-deconfigure G E O root: admindir: instdir: no-triggers triggers D:",
  ],
  (act, options) => {
    if (options.has("no-act") || options.has("dry-run") || options.has("simulate")) return;
    if (options.has("r") || options.has("P")) {
      for (const name of options.operands)
        act.delete(thing(`package ${textOf(name)}`), { recursive: true, certainty: "certain" });
      return;
    }
    if (options.has("x") || options.has("X") || options.has("e"))
      return act.write(options.operands[1] ?? ".", { recursive: true });
    if (options.has("b")) return act.overwrite(options.operands[1] ?? ".");
    const changes = [
      "i",
      "unpack",
      "configure",
      "triggers-only",
      "set-selections",
      "clear-selections",
      "add-architecture",
      "remove-architecture",
    ] as const;
    return changes.some((name) => options.has(name)) ? act.execute() : undefined;
  },
);

const rpm = tool<string>(
  "e,erase i,install U,upgrade F,freshen q,query V,verify test a,all f,file l,list nodeps force v h import K,checksig initdb rebuilddb p c d root: dbpath: qf: queryformat: changelog scripts requires provides whatprovides: whatrequires: setperms setugids restore",
  (act, options) => {
    if (options.has("test") || options.has("q") || options.has("K")) return;
    if (options.has("e"))
      for (const name of options.operands)
        act.delete(thing(`package ${textOf(name)}`), { recursive: true, certainty: "certain" });
    else if (options.has("V")) return;
    else if (options.has("setperms") || options.has("restore"))
      act.permission(thing("files of packages"), { family: "chmod" }, { certainty: "certain" });
    else act.execute();
  },
);

/** pacman(8): operations are capital letters. */
const pacman = program((act) => {
  const flags = act.args.map((word) => leadingText(word)).filter((text) => text.startsWith("-"));
  const short = flags.filter((text) => !text.startsWith("--")).join("");
  const given = (letter: string, long: string): boolean =>
    short.includes(letter) || flags.includes(`--${long}`);
  const names = act.args.filter((word) => !leadingText(word).startsWith("-"));
  if (short.includes("p") || flags.includes("--print") || given("Q", "query") || given("h", "help"))
    return act.inspect();
  if (given("R", "remove")) {
    for (const name of names)
      act.delete(thing(`package ${textOf(name)}`), {
        recursive: true,
        certainty: "certain",
        via: "pacman -R",
      });
    return undefined;
  }
  if (short.includes("Sc") || flags.includes("--clean"))
    return act.delete(thing("package cache"), {
      recursive: true,
      certainty: "certain",
      via: "pacman -Sc",
    });
  if (/S[yq]*[si]/.test(short) && !short.includes("u")) return act.inspect();
  act.connect("package index", { certainty: "possible" });
  return act.execute();
});

const pip = cli({
  values:
    "-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t --target --prefix --root --python --proxy --cache-dir -e --editable -d --dest -w --wheel-dir --log --progress-bar",
  dry: "--dry-run -V",
  rows: [
    ["uninstall", (act, line) => removesUnattended(act, line)],
    ["install|download|wheel|lock", install],
    ["cache purge|cache remove", removesCache],
    ["config set|config unset|config edit", acts],
  ],
  otherwise: looks,
});

/** Without `-y` it asks, and gets no answer where nobody is. */
const removesUnattended: LineAction = (act, { operands, has, command }: Line) => {
  if (!has("-y", "--yes")) {
    const { stdin } = act.invocation;
    if (stdin.kind === "inherited") return act.execute({ certainty: "possible" });
  }
  for (const name of operands)
    act.delete(thing(`package ${textOf(name)}`), {
      recursive: true,
      certainty: "certain",
      via: `pip ${command}`,
    });
  return undefined;
};

/** emerge and others whose actions are options. */
function byOptions(removing: string, spec: string): Command {
  const gone = new Set(words(removing));
  return program((act) => {
    const given = act.args.map((word) => word.value ?? "");
    if (
      given.some((value) =>
        /^(?:-p|--pretend|-s|--search|--help|--version|-V|--info|-q|-n|--dry-run)$/.test(value),
      )
    )
      return act.inspect();
    const names = act.args.filter((word) => !leadingText(word).startsWith("-"));
    if (given.some((value) => gone.has(value))) {
      for (const name of names)
        act.delete(thing(`package ${textOf(name)}`), { recursive: true, certainty: "certain" });
      if (names.length === 0) act.delete(thing(spec), { recursive: true, certainty: "certain" });
      return undefined;
    }
    act.connect("package index", { certainty: "possible" });
    return act.execute();
  });
}

/** Every word is a package to remove. */
const removesWords = program((act: Act) => {
  for (const name of act.args) {
    if (!leadingText(name).startsWith("-"))
      act.delete(thing(`package ${textOf(name)}`), { recursive: true, certainty: "certain" });
  }
  return undefined;
});

export const packages = family(
  ["apt apt-get aptitude nala", apt],
  [
    "apt-cache apt-file apt-config apt-mark add-apt-repository apt-key dpkg-query dpkg-deb-info",
    cli({ rows: [["auto|manual|hold|unhold|add|del|update", acts]], otherwise: looks }),
  ],
  ["dpkg dpkg-deb", dpkg],
  [
    "dpkg-reconfigure update-alternatives update-initramfs update-grub ldconfig depmod dracut",
    program((act) =>
      act.args.some((word) => /^--(?:list|query|display|get-selections)$/.test(word.value ?? ""))
        ? act.inspect()
        : act.execute(),
    ),
  ],
  [
    "dnf yum dnf5 microdnf tdnf",
    manager({
      values:
        "-c --config --enablerepo --disablerepo --installroot --releasever -x --exclude --repo --setopt",
      dry: "--assumeno --downloadonly",
      removes: "remove|erase|group remove|groupremove|module remove|rm",
      unused: "autoremove",
      caches: "clean all|clean packages|clean metadata|clean dbcache|clean",
      installs:
        "install|reinstall|upgrade|update|downgrade|distro-sync|group install|groupinstall|module install|module enable|makecache|builddep|localinstall|swap|history undo|history rollback|config-manager|copr enable|in",
    }),
  ],
  ["rpm", rpm],
  [
    "zypper",
    manager({
      values: "-R --root -r --repo",
      dry: "-D --dry-run",
      removes: "remove|rm|remove-ptf|removerepo|rr",
      caches: "clean|cc",
      installs:
        "install|in|update|up|dist-upgrade|dup|patch|refresh|ref|addrepo|ar|install-new-recommends|source-install|si",
    }),
  ],
  [
    "apk",
    manager({
      values: "-p --root -X --repository -t --virtual --arch --keys-dir",
      dry: "-s --simulate",
      removes: "del",
      caches: "cache clean|cache purge",
      installs: "add|update|upgrade|fix|fetch|cache download",
    }),
  ],
  ["pacman yay paru pamac", pacman],
  ["emerge", byOptions("-C --unmerge -c --depclean -P --prune", "unneeded packages")],
  ["xbps-remove pkg_delete eopkg-remove", removesWords],
  [
    "xbps-install xbps-query pkg_add pkg_info slackpkg installpkg upgradepkg",
    byOptions("", "packages"),
  ],
  ["removepkg", removesWords],
  [
    "pkg pkgin port fink opkg ipkg swupd guix snap flatpak",
    manager({
      values: "--app --user",
      dry: "-n --dry-run",
      removes: "delete|remove|uninstall|deinstall|bundle-remove|rm",
      unused: "autoremove|reclaim|gc",
      caches: "clean",
      installs:
        "install|update|upgrade|refresh|add|selfupdate|bundle-add|pull|build|activate|fetch|enable|disable|connect|revert|repair|mask|remote-add",
    }),
  ],
  [
    "brew",
    manager({
      dry: "-n --dry-run",
      removes: "uninstall|rm|remove|zap|cask uninstall|untap",
      unused: "autoremove",
      caches: "cleanup",
      installs:
        "install|reinstall|upgrade|update|tap|link|ln|unlink|pin|unpin|bundle|bundle install|postinstall|fetch|services start|services stop|services restart|services run|migrate|switch",
      rows: [
        [
          "bundle cleanup",
          (act, line) =>
            line.has("--force", "-f")
              ? act.delete(thing("packages not in the Brewfile"), {
                  recursive: true,
                  certainty: "certain",
                })
              : act.inspect(),
        ],
      ],
    }),
  ],
  ["pip pip2 pip3 pip3.8 pip3.9 pip3.10 pip3.11 pip3.12 pip3.13 pip3.14", pip],
  [
    "gem",
    manager({
      values: "-v --version -i --install-dir -n --bindir --source -s",
      dry: "--dryrun --dry-run",
      removes: "uninstall",
      caches: "cleanup|clean",
      installs: "install|i|update|pristine|build|push|fetch|sources|rdoc|unpack",
      rows: [["yank", removes("published gem")]],
    }),
  ],
  [
    "luarocks cpanm cpan cpanminus pecl pear raco quicklisp-install opam-install",
    byOptions("remove uninstall -U --uninstall", "packages"),
  ],
  [
    "choco winget scoop",
    manager({
      dry: "--what-if --noop",
      removes: "uninstall",
      caches: "cache rm|cleanup",
      installs: "install|upgrade|update|add|import|pin",
    }),
  ],
  [
    "softwareupdate mas",
    cli({
      dry: "-l --list",
      rows: [
        ["uninstall", removesPackage],
        ["install|upgrade", install],
      ],
      otherwise: acts,
    }),
  ],
);
