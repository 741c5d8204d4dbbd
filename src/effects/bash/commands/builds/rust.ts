// Rust: cargo.

import { cli, each, looks, runsProject, thing } from "../../cli.ts";
import { type FamilyRow, textOf } from "../../tool.ts";
import { installs, rewrites } from "./project.ts";

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
      each(runsProject, (act) => rewrites(act, [])),
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
        act.delete(thing(`cargo package ${operands.map(textOf).join(" ")}`), {
          certainty: "certain",
          via: "cargo uninstall",
        }),
    ],
    ["publish|yank|owner|login|logout", (act) => act.connect("crates.io")],
    [
      "tree|metadata|search|info|pkgid|locate-project|version|help|read-manifest|verify-project|audit|outdated|deny|bloat|about|machete|report",
      looks,
    ],
  ],
  otherwise: runsProject,
});

export const rustRows: readonly FamilyRow[] = [["cargo", cargo]];
